"""Static bounds of a program: model calls, world writes and waiting time, per node and in all.

Every node counts at all its coordinates, so the sum is never less than what a run can do; branches of a switch that
exclude each other are both counted.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from hdsl.graph.polynomial import NOTHING, Polynomial
from hdsl.graph.program import Node, Program


@dataclass(frozen=True, slots=True)
class Bound:
    """At most so many model calls and world writes, and at most so many seconds of waiting."""

    llm_calls: Polynomial = NOTHING
    writes: Polynomial = NOTHING
    seconds: Polynomial = NOTHING

    def __add__(self, other: "Bound") -> "Bound":
        return Bound(self.llm_calls + other.llm_calls, self.writes + other.writes, self.seconds + other.seconds)

    def at(self, values: Mapping[str, int]) -> "Bound":
        """The bound with some shape parameters replaced by numbers."""
        return Bound(self.llm_calls.at(values), self.writes.at(values), self.seconds.at(values))

    @property
    def is_nothing(self) -> bool:
        """Whether the node neither asks, writes nor waits."""
        return not (self.llm_calls.terms or self.writes.terms or self.seconds.terms)


def bound_of(node: Node) -> Bound:
    """The bound of one node by itself."""
    bound = Bound()
    for effect in node.effects:
        factor = node.options.get(effect.option) if effect.option else 1
        if isinstance(factor, tuple):
            elements = Polynomial.of_shape((*node.shape, *factor))
        else:
            elements = Polynomial.of_shape(node.shape, factor if isinstance(factor, int | float) else 1)
        if effect.name == "llm":
            bound = bound + Bound(llm_calls=elements)
        elif effect.name == "write":
            bound = bound + Bound(writes=elements)
        elif effect.name == "wait":
            bound = bound + Bound(seconds=elements)
    return bound


def bounds(program: Program, values: Mapping[str, int] | None = None) -> tuple[Bound, dict[str, Bound]]:
    """The bound of the whole program, and that of each node that has one, at these values of its shape parameters."""
    total = Bound()
    each: dict[str, Bound] = {}
    for node in reached(program):
        bound = bound_of(node).at(values or {})
        if not bound.is_nothing:
            each[node.path] = bound
            total = total + bound
    return total, each


def reached(program: Program) -> list[Node]:
    """The nodes that the result needs, in order."""
    needed = {program.result}
    for node in reversed(list(program.nodes.values())):
        if node.path in needed:
            needed.update(node.input_paths)
    return [node for node in program.nodes.values() if node.path in needed]
