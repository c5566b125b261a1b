"""Whose failure fails a node, as far as validators go: the operations that say `!fails`."""

from collections.abc import Iterable, Iterator

from hdsl.graph.program import Node, NodeArgument, Program
from hdsl.meaning.demand import After
from hdsl.meaning.kind import Gives


def may_fail(program: Program, path: str, inside: Iterable[str]) -> bool:
    """Whether the failure of a validator among `inside` can come through to a node."""
    allowed = set(inside)
    waiting, seen = [path], {path}
    while waiting:
        node = program.nodes[waiting.pop()]
        if is_validator(node):
            return True
        for stage in program.demands[node.path]:
            if not stage.catches_unreachable:  # such a stage passes nothing on at all
                for source in _paths(node, [access.input for access in stage.accesses]):
                    if source in allowed and source not in seen:
                        seen.add(source)
                        waiting.append(source)
    return False


def validators(program: Program, path: str) -> Iterator[Node]:
    """The validators that a node is or ends with, of which each that fails fails it."""
    node = program.nodes[path]
    if is_validator(node):
        yield node
    demand = program.demands[path]
    if any(stage.after is After.FAILURE for stage in demand):
        inputs = [access.input for access in demand[-1].accesses]
    elif node.meaning.gives is Gives.FIRST:
        inputs = [access.input for stage in demand for access in stage.accesses]
    elif node.meaning.gives is Gives.LAST:
        inputs = [len(node.arguments) - 1]
    else:
        return
    for source in _paths(node, inputs):
        yield from validators(program, source)


def is_validator(node: Node) -> bool:
    """Whether a node fails what does not hold."""
    return any(effect.name == "fails" for effect in node.effects)


def _paths(node: Node, inputs: Iterable[int]) -> Iterator[str]:
    for number in inputs:
        argument = node.arguments[number]
        if isinstance(argument, NodeArgument):
            yield argument.path
