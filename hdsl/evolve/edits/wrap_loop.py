"""Wrap a node that asks in a loop: it is asked again, with what it said before, until a validator is content."""

from dataclasses import dataclass
from typing import ClassVar

from hdsl.evolve.edits.draft import DoesNotApply, Draft
from hdsl.evolve.edits.edit import NodeEdit
from hdsl.evolve.edits.validator import checked_lines
from hdsl.evolve.edits.widened import widened


@dataclass(frozen=True, slots=True)
class WrapLoop(NodeEdit):
    """A node that asks becomes a loop of at most `turns` turns, which ends where the validator passes the answer."""

    kind: ClassVar[str] = "wrap_loop"

    turns: int
    operation: str
    """`until_match` or `until_label`."""
    argument: str
    """The pattern, or the label."""

    def describe(self) -> str:
        return f"ask `{self.node}` again, up to {self.turns} turns"

    def draw(self, draft: Draft) -> None:
        if self.turns < 2:
            raise DoesNotApply("a loop of one turn asks nothing again")
        wide = widened(draft, self.harness, self.node, self.turns, "turn")
        checked = draft.fresh(f"{self.node}_checked")
        lines = (*wide.lines, *checked_lines(draft, self, wide.answers, checked))
        draft.add_before(wide.statement.span, "\n".join(lines))
        draft.replace(wide.call.span, f"recurrent({checked}, {wide.source})")
