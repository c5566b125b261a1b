"""What traces say of a harness: how each node did, what it is to blame for, and signs of a wrong structure."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from hdsl.graph.program import Call, HarnessInput, Node, NodeArgument, Program, Switch, TableArgument
from hdsl.reflect.blame import blamed_by_backward, shares, to_blame
from hdsl.reflect.traced import Evaluated, Traced


@dataclass(frozen=True, slots=True)
class NodeReport:
    """How one node did. `blamed`: how many elements backward passes blame it for. `blame`: the share of the whole loss
    that is put on it, weighed by all examples; `examples` are their lines."""

    path: str
    operation: str
    ran: int
    failed: int
    judged: int
    wrong: int
    blamed: int
    blame: float
    examples: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class RowReport:
    """How one row of a table did: shown, answered by (its value was the answer), right and contradicted then."""

    number: int
    key: str
    value: str
    shown: int
    used: int
    right: int
    contradicted: int
    examples: tuple[int, ...]
    """The lines that contradict it."""


@dataclass(frozen=True, slots=True)
class TableReport:
    """The rows of one table."""

    key: str
    rows: tuple[RowReport, ...]

    @property
    def never_used(self) -> tuple[int, ...]:
        """The rows that no answer came from."""
        return tuple(row.number for row in self.rows if not row.used)

    @property
    def contradicted(self) -> tuple[RowReport, ...]:
        """The rows whose answer was wrong at least once, the most contradicted first."""
        found = [row for row in self.rows if row.contradicted]
        return tuple(sorted(found, key=lambda row: (-row.contradicted, row.number)))


@dataclass(frozen=True, slots=True)
class LoopReport:
    """How one loop did: how often it ran, how many turns it may take, and how many it took how often."""

    path: str
    turns: int
    taken: Mapping[int, int]
    repeated: int
    """How many turns gave the text of the turn before them again."""

    @property
    def uses_all(self) -> bool:
        """Whether it took all its turns each time."""
        return self.turns > 1 and bool(self.taken) and set(self.taken) == {self.turns}


@dataclass(frozen=True, slots=True)
class Ambiguous:
    """A request that a node cannot tell apart: other answers are wanted of the same one. By answer, the lines."""

    node: str
    request: str
    goal: str
    wanted: Mapping[str, tuple[int, ...]]


@dataclass(frozen=True, slots=True)
class Summary:
    """What all traces say. `attributed`: the share of the loss that some node is to blame for."""

    harness: str
    examples: int
    wrong: int
    loss: float
    attributed: float
    calls: int
    reflections: int
    nodes: tuple[NodeReport, ...]
    tables: tuple[TableReport, ...]
    unused_branches: Mapping[str, tuple[str, ...]]
    loops: tuple[LoopReport, ...]
    ambiguous: tuple[Ambiguous, ...]


def summary_of(
    program: Program, traces: Sequence[Traced], tables: Mapping[str, Sequence[tuple[str, str, str]]]
) -> Summary:
    """The summary of the traces of a program; `tables` are the rows they were made with."""
    total = sum(trace.loss for trace in traces)
    knowing = {path for path, node in program.nodes.items() if _knows(node)}
    blame = shares(traces, knowing)
    nodes = tuple(_nodes(program, traces, blame, total))
    attributed = sum(trace.loss for trace, blamed in zip(traces, blame, strict=True) if blamed)
    return Summary(
        program.name,
        len(traces),
        sum(1 for trace in traces if trace.loss > 0),
        total / len(traces) if traces else 0.0,
        attributed / total if total else 0.0,
        sum(trace.calls for trace in traces),
        sum(trace.reflections for trace in traces),
        nodes,
        tuple(_table(program, key, rows, traces) for key, rows in tables.items()),
        _unused_branches(program, traces),
        tuple(_loops(program, traces)),
        tuple(_ambiguous(traces)),
    )


def _knows(node: Node) -> bool:
    """Whether a node answers by a table or by the model, and so can be wrong in what it knows."""
    has_table = any(isinstance(each, TableArgument) for each in node.arguments)
    return has_table or any(effect.name == "llm" for effect in node.effects)


def _nodes(
    program: Program, traces: Sequence[Traced], blame: Sequence[Mapping[str, float]], total: float
) -> Iterator[NodeReport]:
    lost: defaultdict[str, float] = defaultdict(float)
    lines: defaultdict[str, list[int]] = defaultdict(list)
    for trace, blamed in zip(traces, blame, strict=True):
        for path, share in blamed.items():
            lost[path] += trace.loss * share
            lines[path].append(trace.line)
    ran = Counter(each.node for trace in traces for each in trace.evaluated)
    failed = Counter(each.node for trace in traces for each in trace.evaluated if each.failed)
    judged: Counter[str] = Counter()
    wrong: Counter[str] = Counter()
    for trace in traces:
        for said in trace.said:
            judged[said.node] += len(said.judged)
            wrong[said.node] += sum(1 for each in said.judged if not each.is_right)
    counted: Counter[str] = Counter()
    for trace in traces:
        counted.update(blamed_by_backward(trace))
    for path, node in program.nodes.items():
        if not isinstance(node.what, HarnessInput):
            share = lost[path] / total if total else 0.0
            yield NodeReport(path, node.shown, ran[path], failed[path], judged[path], wrong[path], counted[path],
                             share, tuple(lines[path]))  # fmt: skip


@dataclass
class _Row:
    shown: int = 0
    used: int = 0
    right: int = 0
    contradicted: list[int] = field(default_factory=list)


def _table(program: Program, name: str, rows: Sequence[tuple[str, str, str]], traces: Sequence[Traced]) -> TableReport:
    nodes = {path for path, node in program.nodes.items() if TableArgument(name) in node.arguments}
    found = [_Row() for _ in rows]
    for trace in traces:
        judged = {(said.node, each.at): each for said in trace.said if said.node in nodes for each in said.judged}
        innocent = {said.node for said in trace.said if said.node in nodes and not to_blame(said)}
        for each in trace.evaluated:
            if each.node not in nodes:
                continue
            for number in each.rows:
                found[number].shown += 1
            answered = _answered_by(each, rows)
            verdict = judged.get((each.node, each.at))
            if answered is None:
                continue
            found[answered].used += 1
            if verdict is not None and verdict.is_right:
                found[answered].right += 1
            elif verdict is not None and each.node not in innocent:
                found[answered].contradicted.append(trace.line)
    reports = (
        RowReport(number, key, value, row.shown, row.used, row.right, len(row.contradicted), tuple(row.contradicted))
        for number, (row, (_, key, value)) in enumerate(zip(found, rows, strict=True))
    )
    return TableReport(name, tuple(reports))


def _answered_by(evaluated: Evaluated, rows: Sequence[tuple[str, str, str]]) -> int | None:
    """The row that an answer came from: of those shown that say it, the one about what came in, or the first."""
    said = [number for number in evaluated.rows if rows[number][2].strip() == evaluated.text.strip()]
    exact = (number for number in said if rows[number][1].strip() == (evaluated.request or "").strip())
    return next(exact, said[0] if said else None)


def _unused_branches(program: Program, traces: Sequence[Traced]) -> dict[str, tuple[str, ...]]:
    """By switch, the labels of branches that never fired, for switches that were asked at all."""
    found = {}
    for path, node in program.nodes.items():
        taken = {number for trace in traces for number in trace.branches.get(path, ())}
        if isinstance(node.what, Switch) and taken:
            labels = [label if label is not None else "else" for label in node.what.labels]
            unused = tuple(label for number, label in enumerate(labels) if number not in taken)
            if unused:
                found[path] = unused
    return found


def _loops(program: Program, traces: Sequence[Traced]) -> Iterator[LoopReport]:
    for path, node in program.nodes.items():
        if not (isinstance(node.what, Call) and node.meaning.takes_turns):
            continue
        body = next((each.path for each in node.arguments if isinstance(each, NodeArgument)), None)
        taken: Counter[int] = Counter()
        repeated = turns = 0
        for trace in traces:
            by_loop: defaultdict[tuple[int, ...], list[str]] = defaultdict(list)
            for each in trace.evaluated:
                if each.node == body:
                    by_loop[each.at[:-1]].append(each.text)
            for texts in by_loop.values():
                taken[len(texts)] += 1
                repeated += sum(1 for before, after in pairwise(texts) if before == after)
        size = program.nodes[body].shape[-1] if body is not None else 0
        turns = size if isinstance(size, int) else max(taken, default=0)
        default = program.dimensions.get(size) if isinstance(size, str) else None
        yield LoopReport(path, default if isinstance(default, int) else turns, dict(sorted(taken.items())), repeated)


def _ambiguous(traces: Sequence[Traced]) -> Iterator[Ambiguous]:
    wanted: defaultdict[tuple[str, str, str], defaultdict[str, list[int]]] = defaultdict(lambda: defaultdict(list))
    for trace in traces:
        for said in trace.said:
            for each in said.taught:
                wanted[said.node, each.key, each.goal][each.value].append(trace.line)
    for (node, request, goal), answers in wanted.items():
        if len(answers) > 1:
            yield Ambiguous(node, request, goal, {answer: tuple(lines) for answer, lines in answers.items()})
