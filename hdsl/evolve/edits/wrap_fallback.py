"""Give a node a fallback: where it fails, another expert answers in its place."""

from dataclasses import dataclass
from typing import ClassVar

from hdsl.evolve.edits.draft import DoesNotApply, Draft
from hdsl.evolve.edits.edit import NodeEdit
from hdsl.syntax import tree


@dataclass(frozen=True, slots=True)
class WrapFallback(NodeEdit):
    """A new expert, with an empty table, is asked what the node was asked, where the node has failed."""

    kind: ClassVar[str] = "wrap_fallback"

    source: str
    """What the new expert is asked: the node's own input, or another text of its shape."""
    task: str = ""

    def describe(self) -> str:
        return f"give `{self.node}` a fallback that is asked `{self.source}`"

    def draw(self, draft: Draft) -> None:
        statement = draft.node(self.harness, self.node)
        value, source = draft.value(self.harness, self.node), draft.value(self.harness, self.source)
        if isinstance(statement.value, tree.Call) and statement.value.operation.text == "fallback":
            raise DoesNotApply(f"`{self.node}` is a fallback already")
        if value.type.kind != "text" or source.type.kind != "text" or source.shape != value.shape:
            raise DoesNotApply(f"`{self.source}` and `{self.node}` are not texts of one shape")
        is_there = draft.is_input(self.harness, self.source) or draft.is_before(self.harness, self.source, self.node)
        if not is_there:
            raise DoesNotApply(f"`{self.source}` is not defined before `{self.node}`")
        other, either = draft.fresh(f"{self.node}_else"), draft.fresh(f"{self.node}_or_else")
        if not draft.rename_uses(self.harness, self.node, either):
            raise DoesNotApply(f"nothing uses `{self.node}`")
        lines = (
            draft.new_expert(self.harness, other, source, value.written, self.task),
            f"{either}: {value.annotation()} = fallback({self.node}, {other})",
        )
        draft.add_after(statement.span, "\n".join(lines))
