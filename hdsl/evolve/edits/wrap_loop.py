"""Wrap a node that asks in a loop: it is asked again, with what it said before, until a validator is content."""

from dataclasses import dataclass, replace
from typing import ClassVar

from hdsl.evolve.edits.draft import DoesNotApply, Draft
from hdsl.evolve.edits.edit import Edit
from hdsl.evolve.edits.validator import checked_lines
from hdsl.graph.shapes import shown_shape
from hdsl.syntax import tree


@dataclass(frozen=True, slots=True)
class WrapLoop(Edit):
    """A node that asks becomes a loop of at most `turns` turns, which ends where the validator passes the answer."""

    kind: ClassVar[str] = "wrap_loop"

    harness: str
    node: str
    turns: int
    operation: str
    """`until_match` or `until_label`."""
    argument: str
    """The pattern, or the label."""

    def target(self) -> tuple[str, str]:
        return self.harness, self.node

    def describe(self) -> str:
        return f"ask `{self.node}` again, up to {self.turns} turns"

    def draw(self, draft: Draft) -> None:
        statement = draft.node(self.harness, self.node)
        call = draft.call(self.harness, self.node)
        if not draft.signature(call).has_effect("llm") or draft.signature(call).is_harness:
            raise DoesNotApply(f"`{self.node}` asks nothing")
        given = draft.inputs(call)[0]
        if not isinstance(given, tree.Name):
            raise DoesNotApply(f"`{self.node}` is asked with a constant")
        if self.turns < 2:
            raise DoesNotApply("a loop of one turn asks nothing again")
        source, value = draft.value(self.harness, given.text), draft.value(self.harness, self.node)
        if source.shape != value.shape:
            raise DoesNotApply(f"`{given.text}` has another shape than `{self.node}`")
        shape = (*value.shape, self.turns)
        wide = draft.fresh(f"{self.node}_turns")
        asked = draft.fresh(f"{self.node}_turn")
        checked = draft.fresh(f"{self.node}_checked")
        rest = draft.text[given.span.end : call.span.end]
        turn = replace(value, name=asked, shape=shape)
        lines = [
            f"{wide}: {source.annotation(shape)} = expand({given.text}, to={shown_shape(shape)})",
            f"{asked}: {turn.annotation()} = {call.operation.text}({wide}{rest}",
            *checked_lines(draft, self, turn, checked),
        ]
        draft.add_before(statement.span, "\n".join(lines))
        draft.replace(call.span, f"recurrent({checked}, {given.text})")
