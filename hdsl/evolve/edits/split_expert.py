"""Split an expert in two chained ones: the first says what, the second, with the rows there are, how."""

from dataclasses import dataclass
from typing import ClassVar

from hdsl.evolve.edits.draft import DoesNotApply, Draft
from hdsl.evolve.edits.edit import NodeEdit
from hdsl.syntax import tree


@dataclass(frozen=True, slots=True)
class SplitExpert(NodeEdit):
    """Two experts in place of one. The first has an empty table; the second keeps the name, the rows, the options."""

    kind: ClassVar[str] = "split_expert"

    task: str = ""
    """Of the first expert."""

    def describe(self) -> str:
        return f"split `{self.node}` in two chained experts"

    def draw(self, draft: Draft) -> None:
        statement = draft.node(self.harness, self.node)
        call = draft.call(self.harness, self.node)
        _, rows = draft.memory(self.harness, self.node)
        given = draft.inputs(call)[0]
        if not isinstance(given, tree.Name):
            raise DoesNotApply(f"`{self.node}` is asked with a constant")
        source = draft.value(self.harness, given.text)
        middle = source.written if rows.key.labels is not None else "text"
        name = draft.fresh(f"{self.node}_what")
        draft.add_before(statement.span, draft.new_expert(self.harness, name, source, middle, self.task))
        draft.replace(given.span, name)
