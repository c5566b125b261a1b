"""Loops of a program: which nodes carry the dimension that is taken turn by turn, and what stands outside of it.

A node is in a loop if one of its axes is the loop's turn axis. The axis is followed from the body to its inputs: most
operations keep the axes of their inputs, `expand` and indexing add, drop or move them, `merge` and the inner loops take
the last one away.
"""

from collections.abc import Iterator

from hdsl.graph.program import Node, NodeArgument, Program
from hdsl.meaning.demand import Access, Every, Own, Stage, UpTo

WORLD = frozenset({"read", "write"})


class Loop:
    """One loop: its body, the nodes inside with the position of their turn axis, the nodes just outside."""

    __slots__ = ("body", "crossings", "inside", "outside", "path", "stacks", "takes_all")

    def __init__(self, path: str, body: str | None, takes_all: bool) -> None:
        self.path = path
        self.body = body
        """None where it is a constant."""
        self.inside: dict[str, int] = {}
        self.outside: list[str] = []
        self.crossings: list[tuple[str, str]] = []
        """Nodes that index, merge or attend along the turns, with the input they do it to."""
        self.stacks: list[tuple[str, str]] = []
        """Nodes that stack their inputs along the turns, with each input: what one turn asks for."""
        self.takes_all = takes_all
        """Whether all turns are taken, those after one that succeeds too."""


def loops_of(program: Program) -> dict[str, Loop]:
    """Every loop of a program by the path of the node that takes the turns."""
    return {path: _loop(program, path, stage) for path, demand in program.demands.items() for stage in demand
            if stage.takes_turns}  # fmt: skip


def turn_axes(program: Program) -> dict[str, frozenset[int]]:
    """By the nodes that are in loops, which of their axes are turns."""
    found: dict[str, frozenset[int]] = {}
    for loop in loops_of(program).values():
        for path, axis in loop.inside.items():
            found[path] = found.get(path, frozenset()) | {axis}
    return found


def _loop(program: Program, path: str, turns: Stage) -> Loop:
    argument = program.nodes[path].arguments[turns.accesses[0].input]
    if not isinstance(argument, NodeArgument):
        return Loop(path, None, turns.takes_all_turns)
    loop = Loop(path, argument.path, turns.takes_all_turns)
    waiting = [(argument.path, len(program.nodes[argument.path].shape) - 1)]
    while waiting:
        inside, axis = waiting.pop()
        if inside in loop.inside:
            continue
        loop.inside[inside] = axis
        for source, position in _sources(program, inside, axis):
            if position is None:
                if source not in loop.outside:
                    loop.outside.append(source)
            elif position == STACKED:
                loop.stacks.append((inside, source))
            elif position == CROSSED:
                loop.crossings.append((inside, source))
            else:
                waiting.append((source, position))
    return loop


CROSSED, STACKED = -1, -2


def _sources(program: Program, path: str, axis: int) -> Iterator[tuple[str, int | None]]:
    """The inputs of a node with the position of the axis in them: None if they do not have it."""
    arguments = program.nodes[path].arguments
    for stage in program.demands[path]:
        for access in stage.accesses:
            argument = arguments[access.input]
            if isinstance(argument, NodeArgument):
                yield argument.path, STACKED if stage.axis == axis else _position(access, axis)


def _position(access: Access, axis: int) -> int | None:
    for position, at in enumerate(access.at):
        if isinstance(at, Own) and at.axis == axis:
            return position if at.is_whole else CROSSED
    return CROSSED if any(isinstance(at, Every | UpTo) for at in access.at) else None


def is_effectful(node: Node) -> bool:
    """Whether a node looks at the world or changes it."""
    return any(effect.name in WORLD for effect in node.effects)
