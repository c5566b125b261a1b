"""The loop of writing: asks a model for a file, tells it what is wrong with it, and keeps the best one."""

from collections.abc import Callable
from dataclasses import dataclass

from hdsl.author.judging import Judged, judged
from hdsl.author.request import request_for
from hdsl.configuration.kernels import settings_of
from hdsl.configuration.settings import Settings
from hdsl.kernel.request import Answer, LimitReached, Request, Usage


@dataclass(frozen=True, slots=True)
class Attempt:
    """One file that was written; `refused`: why there is none."""

    number: int
    judged: Judged | None
    refused: str = ""


@dataclass(frozen=True, slots=True)
class Written:
    """What came of it: the best file, all attempts, what they cost, and why it ended early, if it did."""

    best: Judged | None
    attempts: tuple[Attempt, ...]
    usage: Usage
    stopped: str = ""

    @property
    def is_right(self) -> bool:
        """Whether there is a file that checks and whose tests pass."""
        return self.best is not None and self.best.is_right


def is_guided(settings: Settings) -> bool:
    """Whether the kernel of the settings holds a file to what checks while it is written: the local one does."""
    own = settings_of(settings, settings.kernel)
    return own.kernel == "local" and own.constraints


def write(
    description: str,
    answer: Callable[[Request], Answer],
    *,
    tries: int,
    max_tokens: int,
    guided: bool = False,
    watch: Callable[[Attempt], None] = lambda attempt: None,
) -> Written:
    """Asks until a file is right, at most `tries` times. Raises what the kernel raises, except LimitReached.

    `guided`: the kernel holds what is written to what checks (`is_guided`).
    """
    best: Judged | None = None
    attempts: list[Attempt] = []
    usage = Usage()
    for number in range(tries):
        earlier = None if best is None else (best.text, best.report)
        try:
            answered = answer(request_for(description, number, earlier, max_tokens, guided=guided))
        except LimitReached as error:
            return Written(best, tuple(attempts), usage + error.usage, str(error))
        usage += answered.usage
        if answered.refused and not answered.cut:
            attempts.append(Attempt(number, None, answered.refused))
        else:
            attempts.append(Attempt(number, judged(answered.text)))
        watch(attempts[-1])
        found = attempts[-1].judged
        if found is not None and (best is None or found.rank <= best.rank):
            best = found
        if best is not None and best.is_right:
            break
    return Written(best, tuple(attempts), usage)
