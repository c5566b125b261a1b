"""Along which dimensions the texts of a node can differ: what is repeated, or made of that, is the same everywhere."""

from collections.abc import Mapping

from hdsl.graph.program import (
    Argument,
    ConstantArgument,
    HarnessInput,
    Node,
    NodeArgument,
    OpenedSession,
    Program,
    Stubbed,
)
from hdsl.meaning.demand import Own
from hdsl.meaning.kind import Gives

_CHANGES = frozenset({"llm", "read", "write", "open", "wait"})
"""What an operation with one of these gives may differ from one time to the next."""

Varying = Mapping[str, tuple[bool, ...]]
"""By the path of each node whether elements with different coordinates along each axis may have different texts."""


def varying(program: Program) -> Varying:
    """Of every node, each after what it takes."""
    found: dict[str, tuple[bool, ...]] = {}
    for path, node in program.nodes.items():
        found[path] = tuple(size != 1 and _differs(program, found, node, axis) for axis, size in enumerate(node.shape))
    return found


def argument_varies(found: Varying, argument: Argument, axis: int) -> bool:
    """Whether an argument differs along its own axis."""
    if isinstance(argument, NodeArgument):
        axes = found[argument.path]
        return axis < len(axes) and axes[axis]
    if isinstance(argument, ConstantArgument):
        # A list has one text for each place along the last dimension.
        return not isinstance(argument.texts, str) and axis == len(argument.shape) - 1
    return True


def _differs(program: Program, found: Varying, node: Node, axis: int) -> bool:
    if isinstance(node.what, HarnessInput | OpenedSession | Stubbed) or not node.meaning.is_known:
        return True
    if any(effect.name in _CHANGES for effect in node.effects):
        return True
    is_followed = False
    for stage in program.demands[node.path]:
        if stage.axis == axis:
            return True
        for access in stage.accesses:
            for position, at in enumerate(access.at):
                if isinstance(at, Own) and at.axis == axis:
                    is_followed = True
                    if argument_varies(found, node.arguments[access.input], position):
                        return True
    # A dimension that no input has is one of repetitions, or one that the operation makes.
    return not is_followed and node.meaning.gives is Gives.ITS_OWN and bool(node.arguments)
