"""What a trace says of one node, line by line: what it was asked, what it answered, what was wanted of it."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from hdsl.evolve.edits.draft import Draft
from hdsl.evolve.proposals import Place, View
from hdsl.graph.program import Node, NodeArgument, TableArgument
from hdsl.reflect.traced import Traced


@dataclass(frozen=True, slots=True)
class Asked:
    """One answer of a node. `wanted` is None where no backward judged it; `expected` is what the example expects."""

    line: int
    request: str
    answer: str
    failed: bool
    cause: str
    wanted: str | None
    rows: tuple[int, ...]
    loss: float
    expected: str

    @property
    def is_wrong(self) -> bool:
        """Whether something else was wanted."""
        return self.wanted is not None and self.wanted != self.answer


def asked_of(view: View, path: str) -> list[Asked]:
    """All answers of a node, in the order of the trace."""
    found = []
    for trace in view.traces:
        wanted = {each.at: each.better for said in trace.said if said.node == path for each in said.judged}
        for each in trace.evaluated:
            if each.node == path:
                found.append(
                    Asked(
                        trace.line,
                        (each.request or "").strip(),
                        each.text.strip(),
                        each.failed,
                        each.cause,
                        wanted.get(each.at),
                        each.rows,
                        trace.loss,
                        trace.expected,
                    )
                )
    return found


def texts_of(view: View, path: str) -> dict[int, str]:
    """By the line of an example, the texts that a node had, or an input, joined; no node need take the input."""
    return {trace.line: _text(trace, path) for trace in view.traces}


def _text(trace: Traced, path: str) -> str:
    found = [each.text.strip() for each in trace.evaluated if each.node == path]
    return "\n".join(found) if found else trace.inputs.get(path, "")


def table_of(node: Node) -> str | None:
    """The key of the table that a node answers from."""
    return next((each.key for each in node.arguments if isinstance(each, TableArgument)), None)


def asks(node: Node) -> bool:
    """Whether a node asks the model."""
    return any(effect.name == "llm" for effect in node.effects)


def may_fail(view: View, path: str) -> bool:
    """Whether a node lets some texts not pass."""
    node = view.program.nodes.get(path)
    return node is not None and any(effect.name == "fails" for effect in node.effects)


def is_fallback(node: Node) -> bool:
    """Whether a node takes the first of its inputs that does not fail."""
    return node.meaning.name == "alternatives"


def users_of(view: View, path: str, place: Place) -> list[Node]:
    """The nodes of the harness that take a node."""
    prefix = path[: -len(place.node)]
    names = Draft(view.opened).users(place.harness, place.node)
    return [view.program.nodes[prefix + each] for each in names if prefix + each in view.program.nodes]


def source_of(node: Node) -> str | None:
    """The path of the first input of a node."""
    return next((each.path for each in node.arguments if isinstance(each, NodeArgument)), None)


def agreement(groups: Mapping[object, Sequence[str]]) -> float:
    """How well a group says what is wanted: for each text, whether the others of its group agree; alone it is not."""
    total = right = 0
    for wanted in groups.values():
        counts = Counter(wanted)
        for text in wanted:
            others = counts.copy()
            others[text] -= 1
            most = max(others.values())
            total += 1
            right += bool(most) and others[text] == most
    return right / total if total else 0.0


def grouped(pairs: Iterable[tuple[object, str]]) -> dict[object, list[str]]:
    """Texts by what they belong to."""
    found: defaultdict[object, list[str]] = defaultdict(list)
    for key, text in pairs:
        found[key].append(text)
    return dict(found)
