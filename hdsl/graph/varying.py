"""Along which dimensions the texts of a node can differ: what is repeated, or made of that, is the same everywhere."""

from hdsl.graph.program import HarnessInput, Node, NodeArgument, OpenedSession, Program, Stubbed
from hdsl.meaning.demand import Own
from hdsl.meaning.kind import Gives

_CHANGES = frozenset({"llm", "read", "write", "open", "wait"})
"""What an operation with one of these gives may differ from one time to the next."""


def varies(program: Program, path: str, axis: int) -> bool:
    """Whether two elements of a node with different coordinates along an axis may have different texts."""
    return _Walk(program).varies(path, axis)


class _Walk:
    def __init__(self, program: Program) -> None:
        self._program = program
        self._known: dict[tuple[str, int], bool] = {}

    def varies(self, path: str, axis: int) -> bool:
        key = (path, axis)
        if key not in self._known:
            node = self._program.nodes[path]
            self._known[key] = node.shape[axis] != 1 and self._differs(node, axis)
        return self._known[key]

    def _differs(self, node: Node, axis: int) -> bool:
        if isinstance(node.what, HarnessInput | OpenedSession | Stubbed) or not node.meaning.is_known:
            return True
        if any(effect.name in _CHANGES for effect in node.effects):
            return True
        is_followed = False
        for stage in self._program.demands[node.path]:
            if stage.axis == axis:
                return True
            for access in stage.accesses:
                argument = node.arguments[access.input]
                for position, at in enumerate(access.at):
                    if not isinstance(at, Own) or at.axis != axis:
                        continue
                    is_followed = True
                    if isinstance(argument, NodeArgument):
                        if self.varies(argument.path, position):
                            return True
                    elif not isinstance(argument, tuple) or _has_texts_of_its_own(argument, position):
                        return True
        # A dimension that no input has is one of repetitions, or one that the operation makes.
        return not is_followed and node.meaning.gives is Gives.ITS_OWN and bool(node.arguments)


def _has_texts_of_its_own(argument: object, position: int) -> bool:
    """Whether a constant has one text for each place along its dimension."""
    texts = getattr(argument, "texts", "")
    shape = getattr(argument, "shape", ())
    return not isinstance(texts, str) and position == len(shape) - 1
