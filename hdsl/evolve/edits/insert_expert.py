"""Insert an expert: on the way into a node, or behind a node for all that use it."""

from dataclasses import dataclass
from typing import ClassVar

from hdsl.evolve.edits.draft import DoesNotApply, Draft
from hdsl.evolve.edits.edit import NodeEdit
from hdsl.syntax import tree


@dataclass(frozen=True, slots=True)
class InsertExpertBefore(NodeEdit):
    """A new expert, with an empty table, between a node and one of what it takes."""

    kind: ClassVar[str] = "insert_expert_before"

    source: str
    """Which of the node's inputs goes through the new expert."""
    task: str = ""

    def describe(self) -> str:
        return f"insert an expert before `{self.node}`, on its input `{self.source}`"

    def draw(self, draft: Draft) -> None:
        statement = draft.node(self.harness, self.node)
        source = draft.value(self.harness, self.source)
        uses = [
            span
            for span in draft.references(self.harness, self.source)
            if statement.span.start <= span.start and span.end <= statement.span.end
        ]
        if not uses:
            raise DoesNotApply(f"`{self.node}` does not take `{self.source}`")
        if source.type.kind != "text":
            raise DoesNotApply(f"`{self.source}` is not text")
        if isinstance(statement.value, tree.Switch) and statement.value.condition.text == self.source:
            raise DoesNotApply(f"`{self.source}` is what `{self.node}` switches on")
        name = draft.fresh(f"{self.node}_step")
        draft.add_before(statement.span, draft.new_expert(self.harness, name, source, source.written, self.task))
        for span in uses:
            draft.replace(span, name)


@dataclass(frozen=True, slots=True)
class InsertExpertAfter(NodeEdit):
    """A new expert, with an empty table, behind a node: whatever used the node uses the expert."""

    kind: ClassVar[str] = "insert_expert_after"

    task: str = ""

    def describe(self) -> str:
        return f"insert an expert after `{self.node}`"

    def draw(self, draft: Draft) -> None:
        statement = draft.node(self.harness, self.node)
        value = draft.value(self.harness, self.node)
        if value.type.kind != "text":
            raise DoesNotApply(f"`{self.node}` is not text")
        name = draft.fresh(f"{self.node}_step")
        if not draft.rename_uses(self.harness, self.node, name):
            raise DoesNotApply(f"nothing uses `{self.node}`")
        draft.add_after(statement.span, draft.new_expert(self.harness, name, value, value.written, self.task))
