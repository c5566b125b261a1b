"""One trial of a graph: trained on the training part, then scored on other examples. Nothing on disk changes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from hdsl.experience.row_changes import Rows
from hdsl.experience.training_data import Example
from hdsl.future.context import BudgetSpent
from hdsl.graph.program import Program
from hdsl.kernel.request import Answer, Kernel, LimitReached, Request, Usage
from hdsl.learn.module import HarnessModule, seeds
from hdsl.learn.rollouts import Backward, Rollout, teach
from hdsl.learn.sgd import StSGD
from hdsl.learn.split import batches
from hdsl.learn.training import Work
from hdsl.reflect.traced import Traced, traced

AT_ONCE = 32
"""Examples that are scored at once where no session is opened."""


@dataclass(frozen=True, slots=True)
class Answered:
    """One example as it was answered: its loss, and the texts of the result as one."""

    line: int
    loss: float
    text: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a trial.

    `before`: the training examples in the order of the data, each answered before the last step that it was part of.
    `after`: the held-out examples, with the trained tables.
    """

    before: tuple[Answered, ...]
    after: tuple[Answered, ...]
    training: Usage
    scoring: Usage
    tables: Mapping[str, Rows]
    traces: tuple[Traced, ...] = field(default=(), compare=False)

    @property
    def loss(self) -> float:
        """The mean loss of the held-out examples."""
        return mean([each.loss for each in self.after])

    @property
    def calls(self) -> int:
        """All model calls of the trial."""
        return self.training.calls + self.scoring.calls

    @property
    def tokens(self) -> int:
        """All tokens of the trial."""
        return (self.training + self.scoring).tokens

    @property
    def calls_an_answer(self) -> float:
        """Model calls for each held-out example."""
        return self.scoring.calls / len(self.after) if self.after else 0.0


@dataclass(frozen=True, slots=True)
class Setting:
    """How trials are made: the same for a graph and for what it is compared with."""

    work: Work
    """The loss, the choices of the train block, the project; its program and examples are not used."""
    training: tuple[Example, ...]
    epochs: int

    @property
    def batch(self) -> int:
        """How many examples a step has."""
        return self.work.choices.batch


def learned(
    program: Program,
    kernel: Kernel,
    setting: Setting,
    seed: int,
    scope: str,
    *,
    is_traced: bool = False,
    epochs: int | None = None,
) -> tuple[dict[str, Rows], tuple[Answered, ...], Usage, tuple[Traced, ...]]:
    """The tables of a program trained on the training part in the order of a seed; with what was answered on the way.

    Raises what running raises.
    """
    usage = Usage()
    before: dict[int, Answered] = {}
    traces: list[Traced] = []
    tables = seeds(program, setting.work.project)
    with _module(program, kernel, setting, tables) as module:
        if not tables:
            return {}, (), usage, ()
        optimizer = StSGD(module.parameters(), lr=setting.work.choices.lr)
        for epoch in range(setting.epochs if epochs is None else epochs):
            wrong = 0.0
            for number, batch in enumerate(batches(setting.training, setting.batch, seed, epoch)):
                optimizer.zero_grad()
                place = f"{scope}, epoch {epoch}, batch {number}"
                backward: Backward = traced if is_traced and epoch == 0 else teach
                for each in list(setting.work.rollouts.run(module, batch, setting.work.loss, place, backward)):
                    wrong += each.loss
                    before[each.line] = _answered(each)
                    traces += [each.found] if isinstance(each.found, Traced) else []
                    usage += each.usage
                optimizer.take(optimizer.propose())
            if not wrong:
                break
        rows = module.rows()
    order = {example.line: number for number, example in enumerate(setting.training)}
    answered = tuple(sorted(before.values(), key=lambda each: order[each.line]))
    return rows, answered, usage, tuple(traces)


def scored_on(
    program: Program,
    kernel: Kernel,
    setting: Setting,
    tables: Mapping[str, Rows],
    examples: Sequence[Example],
    scope: str,
) -> tuple[tuple[Answered, ...], Usage]:
    """Examples answered with these tables, and what it cost. Raises what running raises."""
    found: list[Answered] = []
    usage = Usage()
    with _module(program, kernel, setting, tables) as module:
        at_once = setting.batch if _opens(program) else max(setting.batch, AT_ONCE)
        for each in setting.work.rollouts.run(module, examples, setting.work.loss, scope, at_once=at_once):
            found.append(_answered(each))
            usage += each.usage
    return tuple(found), usage


def trial(
    program: Program,
    kernel: Kernel,
    setting: Setting,
    held_out: Sequence[Example],
    seed: int,
    scope: str,
    *,
    is_traced: bool = False,
) -> Outcome:
    """A program trained and scored. Raises what running raises, and LimitReached where that is why a run ended."""
    salted = Reseeded(kernel, seed)
    try:
        tables, before, training, traces = learned(program, salted, setting, seed, scope, is_traced=is_traced)
        after, scoring = scored_on(program, salted, setting, tables, held_out, f"{scope}, held out")
    except BudgetSpent:
        if salted.limit is not None:
            raise salted.limit from None
        raise
    return Outcome(before, after, training, scoring, tables, traces)


def _opens(program: Program) -> bool:
    """Whether sessions are opened, each of which is a process."""
    return any(effect.name == "open" for node in program.nodes.values() for effect in node.effects)


def mean(values: Sequence[float]) -> float:
    """The mean; 0 of nothing."""
    return sum(values) / len(values) if values else 0.0


class Lent:
    """A kernel that stays open when what asks it ends: whoever owns it closes it."""

    def __init__(self, kernel: Kernel) -> None:
        self.name = kernel.name
        self._kernel = kernel

    async def answer(self, request: Request) -> Answer:
        """The kernel's answer."""
        return await self._kernel.answer(request)

    async def close(self) -> None:
        """Nothing."""


class Reseeded(Lent):
    """A kernel that is asked with other seeds."""

    def __init__(self, kernel: Kernel, salt: int) -> None:
        super().__init__(kernel)
        self.limit: LimitReached | None = None
        self._salt = salt

    async def answer(self, request: Request) -> Answer:
        """The kernel's answer to the same question with another seed. `limit` keeps that a limit was reached."""
        seed = (request.seed + self._salt * 1_000_003) % (1 << 31)
        try:
            return await self._kernel.answer(replace(request, seed=seed) if self._salt else request)
        except LimitReached as error:
            self.limit = error
            raise


def _module(program: Program, kernel: Kernel, setting: Setting, tables: Mapping[str, Rows]) -> HarnessModule:
    choices = setting.work.choices
    return HarnessModule(program, Lent(kernel), tables, sandbox=choices.sandbox, rules=setting.work.rules)


def _answered(rollout: Rollout) -> Answered:
    return Answered(rollout.line, rollout.loss, rollout.text)
