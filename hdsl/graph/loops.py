"""Loops of a program: which nodes carry the turn dimension of a `recurrent`, and what stands outside of it.

A node is in a loop if one of its axes is the loop's turn axis. The axis is followed from the body to its inputs: most
operations keep the axes of their inputs, `expand` and indexing add, drop or move them, `merge` and the inner loops take
the last one away.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

from hdsl.graph.program import Node, NodeArgument, Program
from hdsl.syntax import tree

LOOPS = frozenset({"recurrent", "recurrent_all"})
WORLD = frozenset({"read", "write"})


@dataclass(slots=True)
class Loop:
    """One `recurrent`: its body, the nodes inside with the position of their turn axis, the nodes just outside."""

    path: str
    body: str | None
    """None where it is a constant."""
    inside: dict[str, int] = field(default_factory=dict)
    outside: list[str] = field(default_factory=list)
    crossings: list[tuple[str, str]] = field(default_factory=list)
    """Nodes that index, merge or attend along the turns, with the input they do it to."""


def loops_of(program: Program) -> dict[str, Loop]:
    """Every loop of a program by the path of its `recurrent`."""
    return {node.path: _loop(program, node) for node in program.nodes.values() if node.operation in LOOPS}


def _loop(program: Program, recurrent: Node) -> Loop:
    body = recurrent.arguments[0]
    if not isinstance(body, NodeArgument):
        return Loop(recurrent.path, None)
    loop = Loop(recurrent.path, body.path)
    waiting = [(body.path, len(program.nodes[body.path].shape) - 1)]
    while waiting:
        path, axis = waiting.pop()
        if path in loop.inside:
            continue
        loop.inside[path] = axis
        for source, position in _sources(program, program.nodes[path], axis):
            if position is None:
                if source not in loop.outside:
                    loop.outside.append(source)
            elif position == CROSSED:
                loop.crossings.append((path, source))
            else:
                waiting.append((source, position))
    return loop


CROSSED = -1


def _sources(program: Program, node: Node, axis: int) -> Iterator[tuple[str, int | None]]:
    """The inputs of a node with the position of the axis in them: None where they do not have it."""
    for argument in node.arguments:
        if not isinstance(argument, NodeArgument):
            continue
        source = program.nodes[argument.path]
        if node.operation == "expand":
            carried = axis < len(source.shape) and source.shape[axis] == node.shape[axis]
            yield source.path, axis if carried else None
        elif node.operation == "index":
            yield source.path, _indexed_axis(node, source, axis)
        elif node.operation == "stack":
            yield source.path, axis - 1 if axis else CROSSED
        elif node.operation in ("attend", "causal_mask") and axis:
            yield source.path, CROSSED
        else:
            yield source.path, axis if axis < len(source.shape) else CROSSED


def _indexed_axis(node: Node, source: Node, axis: int) -> int | None:
    """Where an axis of an indexed tensor comes from; None for a new one, CROSSED for one that a range cuts."""
    rank = len(source.shape)
    consuming = sum(isinstance(item, tree.IndexAt | tree.IndexRange) for item in node.items)
    made: list[int | None] = []
    position = 0
    for item in node.items:
        if isinstance(item, tree.IndexNew):
            made.append(None)
        elif isinstance(item, tree.IndexAt):
            position += 1
        elif isinstance(item, tree.IndexRange):
            whole = item.start is None and item.stop is None
            made.append(position if whole else CROSSED)
            position += 1
        else:
            while position < rank - (consuming - _consumed(node, item)):
                made.append(position)
                position += 1
    made.extend(range(position, rank))
    return made[axis] if axis < len(made) else CROSSED


def _consumed(node: Node, ellipsis: tree.IndexItem) -> int:
    before = node.items[: node.items.index(ellipsis)]
    return sum(isinstance(item, tree.IndexAt | tree.IndexRange) for item in before)


def is_effectful(node: Node) -> bool:
    """Whether a node looks at the world or changes it."""
    return any(effect.name in WORLD for effect in node.effects)
