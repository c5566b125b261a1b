"""What is asked of a kernel and what it answers: the one interface that every kernel stands behind."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Literal, Protocol

from hdsl.ground.errors import LIMIT, UNREACHABLE, HdslError
from hdsl.ground.row import Row as Row
from hdsl.structure.structures import Choice, ChoiceLabel, Structure

Kind = Literal["expert", "llm", "keywords", "gradient", "agent"]

Role = Literal["input", "key", "value", "merge", "output"]
"""What a text is that should be better: what came in, a row's key or value, a text that several want changed, or what
came out."""


@dataclass(frozen=True, slots=True)
class Step:
    """What one node of an earlier turn answered or wrote."""

    name: str
    text: str
    failed: bool = False


@dataclass(frozen=True, slots=True)
class Turn:
    """What an earlier turn of a loop did and returned."""

    text: str
    failed: bool
    cause: str = ""
    steps: tuple[Step, ...] = ()
    """The nodes that asked or wrote, in the order of the file."""
    loop: int = 0
    """Which of the nested loops it is a turn of; 0 is the outermost."""


@dataclass(frozen=True, slots=True)
class Position:
    """Which turn of a loop it is, counted from 0, and how many there are at most."""

    turn: int
    turns: int


@dataclass(frozen=True, slots=True)
class Label:
    """A label that an answer may carry, with the description the model chooses by."""

    text: str
    description: str = ""


@dataclass(frozen=True, slots=True)
class Correction:
    """What a "gradient" request is about: a better version of `text` is wanted, and is the whole answer.

    The request's `input` is what came in, its `rows` are those that were shown, its `labels` bound the better text.
    """

    role: Role
    text: str
    """The text as it is."""
    actual: str = ""
    """What came out; empty where that is `text` itself."""
    expected: tuple[str, ...] = ()
    """What should have come out; for a merge the versions that are wanted, the one that most want first."""
    advice: str = ""
    """Where nothing is known to expect: what is wrong, in words."""


@dataclass(frozen=True, slots=True)
class Rejection:
    """An earlier answer to the same question that was outside the type, and what was wrong with it."""

    answer: str
    reason: str


@dataclass(frozen=True, slots=True)
class Work:
    """What an "agent" request lets a coding agent do: where, by which tools, and how often its model may be called.

    `folder`: a real folder whose files it works on; empty: a folder of its own, with the input, `files` by their names,
    and nothing else. The answer is then what it leaves in the file `answer`.
    """

    folder: str = ""
    tools: tuple[str, ...] = ("Read", "Edit", "Write")
    calls: int = 20
    files: tuple[tuple[str, str], ...] = ()
    answer: str = ""


class Guide(Protocol):
    """Says segment by segment how a text may go on: what comes next depends on what was written."""

    @property
    def grammar(self) -> str | None:
        """The grammar of the next segment, in llguidance's notation; None where the text is complete."""
        ...

    def take(self, text: str) -> None:
        """Goes on behind a segment, written by `grammar`."""
        ...


@dataclass(frozen=True, slots=True)
class Request:
    """One question. `goal` and `trajectory` are empty outside a loop; no `labels`: any text may be answered."""

    kind: Kind
    input: str
    task: str = ""
    goal: str = ""
    trajectory: tuple[Turn, ...] = ()
    """The earlier turns of the loops it is in: those of the outermost loop first."""
    rows: tuple[Row, ...] = ()
    labels: tuple[Label, ...] = ()
    seed: int = 0
    correction: Correction | None = None
    """Of a "gradient" request, and of no other."""
    place: str = field(default="", compare=False)
    """Where it is asked: the node and the coordinates. Part of records, and of no prompt."""
    name: str = ""
    """The path of the node that asks."""
    purpose: str = ""
    """What the harness's author says of the harness and of the node."""
    positions: tuple[Position, ...] = ()
    """Which turn of each loop it is asked in, the outermost first."""
    max_tokens: int | None = None
    """The longest answer that the node allows; None: as long as its type needs."""
    temperature: float | None = None
    """How freely the model samples, where the node says so."""
    model: str = ""
    """The named kernel that the node asks for; empty: the default one."""
    rejected: tuple[Rejection, ...] = ()
    """The answers that were given before, where the question is asked again."""
    form: Structure | None = None
    """Of an answer that is a record, or a label behind which a record may stand; its `labels` are those of the form. Or
    the values of the `rows`, one of which is the answer."""
    input_form: Structure | None = None
    """Of an input, and of the keys of the rows, that are records."""
    work: Work | None = None
    """Of an "agent" request, and of no other."""
    grammar: str = ""
    """The name of the grammar that a text is held to where the server can: "hg"; empty for any text."""
    guide: Callable[[], Guide] | None = field(default=None, compare=False)
    """What holds a text to more than a grammar, where the kernel can. No part of what is asked."""

    @property
    def wanted(self) -> Structure | None:
        """What the answer is made of; None: any text."""
        return self.form if self.form is not None or not self.labels else _choice(self.labels)


@lru_cache(maxsize=64)
def _choice(labels: tuple[Label, ...]) -> Choice:
    return Choice(tuple(ChoiceLabel(label.text, label.description) for label in labels))


@dataclass(frozen=True, slots=True)
class Usage:
    """What one answer cost. Retries of transport belong to the one call they serve.

    `cost`: money, at the prices that are configured. `cached`: answers that were given again, and cost nothing.
    """

    calls: int = 0
    retries: int = 0
    prompt_tokens: int = 0
    completion_tokens: int = 0
    cost: float = 0.0
    cached: int = 0

    @property
    def tokens(self) -> int:
        """All tokens."""
        return self.prompt_tokens + self.completion_tokens

    def __add__(self, other: "Usage") -> "Usage":
        return Usage(
            self.calls + other.calls,
            self.retries + other.retries,
            self.prompt_tokens + other.prompt_tokens,
            self.completion_tokens + other.completion_tokens,
            self.cost + other.cost,
            self.cached + other.cached,
        )


@dataclass(frozen=True, slots=True)
class Answer:
    """The kernel's text. `refused` says why it is not an answer: the element that asked has failed by it.

    `overflowed`: it is none because the request did not fit into the model's context; `cut`: because it was longer than
    an answer may be. `final`: asking again would bring nothing else.
    """

    text: str
    refused: str = ""
    overflowed: bool = False
    usage: Usage = field(default_factory=lambda: Usage(calls=1))
    cut: bool = False
    final: bool = False


class KernelUnreachable(HdslError):  # noqa: N818 - says what happened
    """The kernel could not be reached, or refused us, after all retries: the run ends with exit code 5."""

    exit_code = UNREACHABLE


class KernelNotConfigured(KernelUnreachable):
    """A setting that the kernel cannot do without is missing."""


class AgentNeeded(HdslError):  # noqa: N818 - says what happened
    """A node lets a coding agent work, and the kernel that it asks is none."""

    def __init__(self, node: str, kernel: str) -> None:
        super().__init__(
            f"`{node}` needs a coding agent, and the kernel {kernel} is none: use --kernel agent, or write "
            'model="agent" at the node (or the name of a kernel of [kernels] with kernel = "agent")'
        )


class LimitReached(HdslError):  # noqa: N818 - says what happened
    """The next call could pass a limit of calls, tokens or cost. `usage`: that of a call that was cut by it."""

    exit_code = LIMIT

    def __init__(self, reason: str, usage: Usage | None = None) -> None:
        super().__init__(reason)
        self.usage = usage or Usage()


class Kernel(Protocol):
    """What answers. `name` is what `--kernel` calls it."""

    name: str

    async def answer(self, request: Request) -> Answer:
        """Answers one request; raises KernelUnreachable where asking again would not help."""
        ...

    async def close(self) -> None:
        """Releases connections; the kernel is not asked again."""
        ...
