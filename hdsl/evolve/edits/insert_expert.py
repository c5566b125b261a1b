"""Insert an expert: on the way into a node, or behind a node for all that use it."""

from dataclasses import dataclass
from typing import ClassVar

from hdsl.check.fixes import quoted
from hdsl.evolve.edits.draft import DoesNotApply, Draft
from hdsl.evolve.edits.edit import Edit
from hdsl.syntax import tree


@dataclass(frozen=True, slots=True)
class InsertExpertBefore(Edit):
    """A new expert, with an empty table, between a node and one of what it takes."""

    kind: ClassVar[str] = "insert_expert_before"

    harness: str
    node: str
    source: str
    """Which of the node's inputs goes through the new expert."""
    task: str = ""

    def target(self) -> tuple[str, str]:
        return self.harness, self.node

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
            raise DoesNotApply(f"`{self.source}` is no text")
        if isinstance(statement.value, tree.Switch) and statement.value.condition.text == self.source:
            raise DoesNotApply(f"`{self.source}` is what `{self.node}` switches on")
        name = draft.fresh(f"{self.node}_step")
        table = draft.fresh(f"{name}_rows")
        draft.add_table(self.harness, table, source.written, source.written)
        draft.add_before(
            statement.span, f"{name}: {source.annotation()} = expert({self.source}, {table}{with_task(self.task)})"
        )
        for span in uses:
            draft.replace(span, name)


@dataclass(frozen=True, slots=True)
class InsertExpertAfter(Edit):
    """A new expert, with an empty table, behind a node: whatever used the node uses the expert."""

    kind: ClassVar[str] = "insert_expert_after"

    harness: str
    node: str
    task: str = ""

    def target(self) -> tuple[str, str]:
        return self.harness, self.node

    def describe(self) -> str:
        return f"insert an expert after `{self.node}`"

    def draw(self, draft: Draft) -> None:
        statement = draft.node(self.harness, self.node)
        value = draft.value(self.harness, self.node)
        if value.type.kind != "text":
            raise DoesNotApply(f"`{self.node}` is no text")
        name = draft.fresh(f"{self.node}_step")
        table = draft.fresh(f"{name}_rows")
        if not draft.rename_uses(self.harness, self.node, name):
            raise DoesNotApply(f"nothing uses `{self.node}`")
        draft.add_table(self.harness, table, value.written, value.written)
        draft.add_after(
            statement.span, f"{name}: {value.annotation()} = expert({self.node}, {table}{with_task(self.task)})"
        )


def with_task(task: str) -> str:
    """The option of a task, where there is one."""
    return f", task={quoted(task)}" if task else ""
