"""Training data forward and backward under a trace: what each node did in an example, and what its backward said."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from hdsl.experience.training_data import Example, flat
from hdsl.graph.program import NodeArgument, Program
from hdsl.learn.forward import Scored
from hdsl.learn.losses import Loss
from hdsl.learn.module import HarnessModule
from hdsl.learn.rollouts import HERE, Rollouts
from hdsl.ops.element import element_coordinates
from hdsl.ops.lessons import lesson_registry
from hdsl.ops.passing import element_of, is_absent
from hdsl.reflect.policies import BudgetPolicy, CollectingPolicy, RecordingPolicy, ReflectionRecord, TracePolicy
from hdsl.reflect.said import Coordinates, Said
from hdsl.run.lower import Lowered
from hdsl.storage.layout import all_coordinates
from hdsl.tensor.gradients import gradient_registry
from hdsl.tensor.reflection import Policy, dispatch_policy
from hdsl.tensor.text_tensor import store_of

SCOPE = "reflection"


@dataclass(frozen=True, slots=True)
class Evaluated:
    """One element that a node evaluated. `request`: what came in at its first input, None where it has none."""

    node: str
    at: Coordinates
    text: str
    failed: bool
    cause: str
    request: str | None
    rows: tuple[int, ...] = ()
    """Of an expert: the numbers of the rows that it was shown, the most similar first."""


@dataclass(frozen=True, slots=True)
class Traced:
    """One example: where it stands in the data, its loss, what was evaluated, what the backward passes said."""

    line: int
    loss: float
    expected: str
    """What the result should have been, as one text to compare; empty where the example does not say it."""
    evaluated: tuple[Evaluated, ...]
    said: tuple[Said, ...]
    branches: Mapping[str, tuple[int | None, ...]]
    """By the path of a switch: the numbers of the branches that it took, None where none matched."""
    calls: int
    reflections: int
    """How many model calls the forward took, and the backward."""
    inputs: Mapping[str, str] = field(default_factory=dict)
    """What the example gives to each input of the harness, whether a node takes it or not; several texts by lines."""


@dataclass(frozen=True, slots=True)
class Reflected:
    """What a backward under a trace found. Of one that ran elsewhere the lines of its record, and what it spent."""

    traced: Traced
    lines: tuple[Mapping[str, Any], ...] = ()
    spent: int = 0
    refused: int = 0


class Tracing:
    """The backward of an example under a trace, recorded; within a budget, if there is one.

    Elsewhere it collects what is to be recorded, and may spend what was left of the budget when it was sent there.
    """

    def __init__(self, recording: RecordingPolicy | None, budget: BudgetPolicy | None = None) -> None:
        self._recording, self._budget = recording, budget

    def __reduce__(self) -> "tuple[type[_TracingElsewhere], tuple[int | None]]":
        left = None if self._budget is None else max(0, self._budget.calls - self._budget.spent)
        return _TracingElsewhere, (left,)

    def __call__(self, module: HarnessModule, scored: Scored) -> Reflected:
        if self._recording is not None:
            self._recording.about = _about(scored)
        return Reflected(traced(module, scored, self._recording))

    def take(self, reflected: Reflected) -> Traced:
        """Records what was found elsewhere."""
        if self._recording is not None:
            for line in reflected.lines:
                self._recording.append(line)
        if self._budget is not None:
            self._budget.spent += reflected.spent
            self._budget.refused += reflected.refused
        return reflected.traced


class _TracingElsewhere:
    def __init__(self, calls: int | None) -> None:
        self._calls = calls

    def __call__(self, module: HarnessModule, scored: Scored) -> Reflected:
        budget = None if self._calls is None else BudgetPolicy(self._calls)
        collecting = CollectingPolicy(_about(scored), budget, names=_names(module))
        found = traced(module, scored, collecting)
        spent, refused = (0, 0) if budget is None else (budget.spent, budget.refused)
        return Reflected(found, tuple(collecting.lines), spent, refused)


def trace_examples(
    module: HarnessModule,
    examples: Sequence[Example],
    loss: Loss,
    batch: int,
    tracing: Tracing | None = None,
    rollouts: Rollouts = HERE,
) -> Iterator[Traced]:
    """Runs examples, `batch` at once, and their backward one after the other; the tables do not change.

    Raises what running raises, and OSError.
    """
    backward = tracing or Tracing(None)
    for each in rollouts.run(module, examples, loss, SCOPE, backward, batch):
        yield backward.take(each.found)
        for table in module.tables.values():
            uid = store_of(table).uid
            gradient_registry().take(uid)
            lesson_registry().take(uid)


def traced(module: HarnessModule, scored: Scored, policy: Policy | None = None) -> Traced:
    """Runs the backward of an example under a trace; what it teaches waits for the tables, as without one."""
    records: list[ReflectionRecord] = []
    forward = scored.usage.calls
    with dispatch_policy(TracePolicy(records, policy, names=_names(module))):
        scored.backward()
    shown = _by_node(records, "rows")
    evaluated = tuple(
        each
        for path, future in scored.lowered.nodes.items()
        for each in _evaluated(module.program, scored.lowered, path, future.ft_node.shape, shown.get(path, {}))
    )
    said = tuple(record.said for record in records if record.said is not None)
    branches = {
        path: _branches(scored.lowered, path, taken) for path, taken in _by_node(records, "selected_index").items()
    }
    example = scored.example
    return Traced(
        example.line,
        scored.loss,
        "" if example.expected is None else repr(example.expected),
        evaluated,
        said,
        branches,
        forward,
        scored.usage.calls - forward,
        {name: "\n".join(text.strip() for text in flat(texts)) for name, texts in example.inputs.items()},
    )


def _about(scored: Scored) -> dict[str, Any]:
    """What stands in each line of the record of an example."""
    return {"example": scored.example.line, "loss": round(scored.loss, 6)}


def _names(module: HarnessModule) -> dict[str, str]:
    return {store_of(table).uid: key for key, table in module.tables.items()}


def _by_node(records: Sequence[ReflectionRecord], name: str) -> dict[str, Any]:
    """One of the arguments of the backward functions, by the nodes of those that have it."""
    return {record.node: record.inputs[name] for record in records if record.node and name in record.inputs}


def _evaluated(
    program: Program, lowered: Lowered, path: str, shape: tuple[int, ...], shown: Mapping[Coordinates, tuple[int, ...]]
) -> Iterator[Evaluated]:
    node = lowered.nodes[path].ft_node
    came_in = _request_of(program, lowered, path)
    for at in all_coordinates(shape):
        entry = element_of((node, at))
        if entry is not None and not is_absent((node, at)):
            failed = entry.coefficient < 0
            yield Evaluated(path, at, entry.text, failed, entry.cause, came_in(at), shown.get(at, ()))


def _request_of(program: Program, lowered: Lowered, path: str) -> Callable[[Coordinates], str | None]:
    """What came in at the first input of a node, by the coordinates of its own elements."""
    first = next((each for each in program.nodes[path].arguments if isinstance(each, NodeArgument)), None)
    if first is None:
        return lambda at: None
    source, shape = lowered.seen[first.path].ft_node, lowered.nodes[path].ft_node.shape

    def came_in(at: Coordinates) -> str | None:
        if len(source.shape) > len(at):
            return None
        entry = element_of((source, element_coordinates(source.shape, at, shape)))
        return None if entry is None else entry.text

    return came_in


def _branches(lowered: Lowered, path: str, taken: Any) -> tuple[int | None, ...]:
    node = lowered.nodes[path].ft_node
    asked = [at for at in all_coordinates(node.shape) if element_of((node, at)) is not None]
    return tuple(taken.get(at) if isinstance(taken, dict) else taken for at in asked)
