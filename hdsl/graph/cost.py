"""Static bounds of a program: model calls, world writes and waiting time, per node and in all.

Every node counts once at each of its coordinates. Of the branches of a switch only the most expensive counts, as far as
they are needed through that switch alone. The sum is never less than what a run can do.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from hdsl.graph.dominators import immediate_dominators
from hdsl.graph.loops import Loop, loops_of
from hdsl.graph.model_options import retries_of
from hdsl.graph.polynomial import Maximum, Polynomial
from hdsl.graph.program import Argument, Node, NodeArgument, Program
from hdsl.graph.shapes import Shape
from hdsl.meaning.demand import is_aligned

_ZERO = Maximum()


class Bound:
    """At most so many model calls and world writes, and at most so many seconds of waiting."""

    __slots__ = ("llm_calls", "seconds", "writes")

    def __init__(self, llm_calls: Maximum = _ZERO, writes: Maximum = _ZERO, seconds: Maximum = _ZERO) -> None:
        self.llm_calls: Final = llm_calls
        self.writes: Final = writes
        self.seconds: Final = seconds

    def __add__(self, other: "Bound") -> "Bound":
        return Bound(self.llm_calls + other.llm_calls, self.writes + other.writes, self.seconds + other.seconds)

    def at(self, values: Mapping[str, int]) -> "Bound":
        """The bound with some shape parameters replaced by numbers."""
        return Bound(self.llm_calls.at(values), self.writes.at(values), self.seconds.at(values))

    @property
    def is_nothing(self) -> bool:
        """Whether the node neither asks, writes nor waits."""
        return self.llm_calls.is_nothing and self.writes.is_nothing and self.seconds.is_nothing


def most_expensive(bounds: Iterable[Bound]) -> Bound:
    """The larger of several bounds, in each respect."""
    given = list(bounds)
    return Bound(
        Maximum.of(each for bound in given for each in bound.llm_calls.alternatives),
        Maximum.of(each for bound in given for each in bound.writes.alternatives),
        Maximum.of(each for bound in given for each in bound.seconds.alternatives),
    )


def bound_of(node: Node) -> Bound:
    """The bound of one node by itself."""
    bound = Bound()
    for effect in node.effects:
        if effect.name not in ("llm", "write", "wait"):
            continue
        factor = node.options.get(effect.option) if effect.option else 1
        times = 1 + (retries_of(node) or 0) if effect.name == "llm" else 1
        if isinstance(factor, tuple):
            elements = Polynomial.of_shape((*node.shape, *factor), times)
        else:
            elements = Polynomial.of_shape(node.shape, times * (factor if isinstance(factor, int | float) else 1))
        amount = Maximum((elements,))
        if effect.name == "llm":
            bound = bound + Bound(llm_calls=amount)
        elif effect.name == "write":
            bound = bound + Bound(writes=amount)
        else:
            bound = bound + Bound(seconds=amount)
    return bound


def bounds(
    program: Program, values: Mapping[str, int] | None = None, *, within: str = ""
) -> tuple[Bound, dict[str, Bound]]:
    """The bound of the program (or of the inlined call `within`), and that of each node, at these sizes."""
    nodes = reached(program)
    own = {node.path: bound_of(node).at(values or {}) for node in nodes if _is_within(node.path, within)}
    each = {path: bound for path, bound in own.items() if not bound.is_nothing}
    if not any(stage.is_choice for node in nodes for stage in program.demands[node.path]):
        return _sum(each.values()), each
    return _Paths(program, nodes, each).total(), each


def reached(program: Program, targets: Sequence[str] | None = None) -> list[Node]:
    """The nodes that the result needs, or these targets, in order."""
    needed = {program.result} if targets is None else set(targets)
    for node in reversed(list(program.nodes.values())):
        if node.path in needed:
            needed.update(node.input_paths)
    return [node for node in program.nodes.values() if node.path in needed]


def _is_within(path: str, call: str) -> bool:
    return not call or path.startswith(call + ".")


def _paths(arguments: Iterable[Argument]) -> list[str]:
    return [argument.path for argument in arguments if isinstance(argument, NodeArgument)]


def _sum(bounds: Iterable[Bound]) -> Bound:
    total = Bound()
    for bound in bounds:
        total = total + bound
    return total


class _Paths:
    """The sum along the dominator tree, in which each branch of a switch is a node of its own."""

    def __init__(self, program: Program, nodes: Sequence[Node], own: Mapping[str, Bound]) -> None:
        self.program = program
        self.own = own
        self.order: list[str] = []
        self.needed_by: dict[str, list[str]] = {}
        self.switch_of: dict[str, str] = {}
        loops = loops_of(program)
        for node in nodes:
            self._put(node, loops.get(node.path))
        self.children: dict[str, list[str]] = {}
        for path, above in immediate_dominators(self.order, self.needed_by, "").items():
            self.children.setdefault(above, []).append(path)

    def _put(self, node: Node, loop: Loop | None) -> None:
        needs: list[str] = [] if loop is None else list(loop.outside)
        for stage in self.program.demands[node.path]:
            paths = _paths([node.arguments[access.input] for access in stage.accesses])
            if stage.is_choice:
                for case, branch in enumerate(paths):
                    name = f"{node.path}/{case}"
                    self.order.append(name)
                    self.switch_of[name] = node.path
                    self.needed_by[name] = [node.path]
                    self.needed_by[branch].append(name)
            else:
                needs += paths
        self.order.append(node.path)
        self.needed_by.setdefault(node.path, [])
        for path in needs:
            self.needed_by[path].append(node.path)

    def total(self) -> Bound:
        """The bound of the whole, from the leaves of the dominator tree upward."""
        totals: dict[str, Bound] = {}
        shared: dict[str, Shape | None] = {}
        for path in self.order:
            below = [shared[child] for child in self.children.get(path, ())]
            shared[path] = _common([self._own_shape(path), *below])
            bound = self.own.get(path, Bound())
            branches: list[str] = []
            for child in self.children.get(path, ()):
                if self.switch_of.get(child) == path and self._is_aligned(path, shared[child]):
                    branches.append(child)
                else:
                    bound = bound + totals[child]
            if branches:
                bound = bound + most_expensive(totals[branch] for branch in branches)
            totals[path] = bound
        return _sum(totals[root] for root in self.children.get("", ()))

    def _own_shape(self, path: str) -> Shape | None:
        """The shape of a node that costs something, () for one that moves coordinates, None for any other."""
        node = self.program.nodes.get(path)
        if node is not None and self._moves(node):
            return ()
        return node.shape if node is not None and path in self.own else None

    def _moves(self, node: Node) -> bool:
        """Whether two elements of a node may ask for one element of an input beside the coordinates they share."""
        rank = len(node.shape)
        return any(
            stage.axis is not None or not all(is_aligned(access, rank) for access in stage.accesses)
            for stage in self.program.demands[node.path]
        )

    def _is_aligned(self, switch: str, shared: Shape | None) -> bool:
        """Whether each element of a switch pays for its own branch alone: then one choice costs as much as another."""
        shape = self.program.nodes[switch].shape
        return shared is None or all(size == 1 for size in shape) or shared[: len(shape)] == shape


def _common(shapes: Sequence[Shape | None]) -> Shape | None:
    """The longest shape that all begin with; None where there is none to begin with."""
    given = [shape for shape in shapes if shape is not None]
    if not given:
        return None
    length = 0
    while all(len(shape) > length and shape[length] == given[0][length] for shape in given):
        length += 1
    return given[0][:length]
