"""Change how many elements a node has room for: the last dimension that it makes, with all that goes on with it."""

from dataclasses import dataclass
from typing import ClassVar

from hdsl.evolve.edits.draft import DoesNotApply, Draft
from hdsl.evolve.edits.edit import NodeEdit
from hdsl.evolve.edits.sizes import change_dim, change_last, written_size


@dataclass(frozen=True, slots=True)
class ChangeRoom(NodeEdit):
    """Another size of the last dimension of a node that has one more than what it takes, as a list that is split."""

    kind: ClassVar[str] = "change_room"

    size: int

    def describe(self) -> str:
        return f"let `{self.node}` have room for {self.size}"

    def draw(self, draft: Draft) -> None:
        if self.size < 1:
            raise DoesNotApply("there is room for at least one")
        if not makes_dimension(draft, self.harness, self.node):
            raise DoesNotApply(f"`{self.node}` makes no dimension")
        written = written_size(draft, self.harness, self.node)
        if isinstance(written, str):
            change_dim(draft, self.harness, written, self.size)
            return
        if written == self.size:
            raise DoesNotApply(f"`{self.node}` has room for {self.size} already")
        rank = len(draft.value(self.harness, self.node).shape)
        waiting, seen = [self.node], {self.node}
        while waiting:
            name = waiting.pop()
            change_last(draft, self.harness, name, written, self.size)
            for user in draft.users(self.harness, name):
                shape = draft.value(self.harness, user).shape
                if user not in seen and len(shape) == rank and shape[-1] == written:
                    seen.add(user)
                    waiting.append(user)


def makes_dimension(draft: Draft, harness: str, node: str) -> bool:
    """Whether a node that asks nothing has a dimension more than the first text that it takes."""
    call = draft.call(harness, node)
    texts = [each.name for each in draft.values(harness) if node in draft.users(harness, each.name)]
    if draft.signature(call).has_effect("llm") or not texts:
        return False
    return len(draft.value(harness, node).shape) == len(draft.value(harness, texts[0]).shape) + 1
