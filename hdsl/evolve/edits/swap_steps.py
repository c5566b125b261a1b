"""Swap two steps that follow each other: the second is done first."""

from dataclasses import dataclass
from typing import ClassVar

from hdsl.evolve.edits.draft import DoesNotApply, Draft
from hdsl.evolve.edits.edit import Edit
from hdsl.syntax import tree
from hdsl.syntax.tree import Span


@dataclass(frozen=True, slots=True)
class SwapSteps(Edit):
    """Of two calls, the second of which alone takes the first, the second is asked first, with what the first was."""

    kind: ClassVar[str] = "swap_steps"

    harness: str
    first: str
    second: str

    def target(self) -> tuple[str, str]:
        return self.harness, self.first

    def describe(self) -> str:
        return f"do `{self.second}` before `{self.first}`"

    def draw(self, draft: Draft) -> None:
        one, other = draft.node(self.harness, self.first), draft.node(self.harness, self.second)
        calls = draft.call(self.harness, self.first), draft.call(self.harness, self.second)
        given = [draft.inputs(call)[0] if draft.inputs(call) else None for call in calls]
        into, between = given
        if not isinstance(into, tree.Name) or not isinstance(between, tree.Name) or between.text != self.first:
            raise DoesNotApply(f"`{self.second}` does not take `{self.first}` first")
        if len(draft.references(self.harness, self.first)) != 1:
            raise DoesNotApply(f"`{self.first}` is used elsewhere too")
        for later in draft.inputs(calls[1])[1:]:
            if isinstance(later, tree.Name) and _is_between(draft, self.harness, later.text, self.first, self.second):
                raise DoesNotApply(f"`{later.text}` is not there before `{self.first}`")
        blocks = [Span(draft.block_start(each.span.start), draft.block_end(each.span.end)) for each in (one, other)]
        if blocks[0].end > blocks[1].start:
            raise DoesNotApply("the two steps stand on one line")
        draft.rename_uses(self.harness, self.second, self.first)
        first_text = _with_input(draft, blocks[0], into, self.second)
        second_text = _with_input(draft, blocks[1], between, into.text)
        draft.replace(blocks[0], second_text)
        draft.replace(blocks[1], first_text)


def _with_input(draft: Draft, block: Span, given: tree.Name, name: str) -> str:
    """The lines of a statement with its comments, asked with another name."""
    return draft.text[block.start : given.span.start] + name + draft.text[given.span.end : block.end]


def _is_between(draft: Draft, harness: str, name: str, first: str, second: str) -> bool:
    """Whether a name is defined behind the first step and before the second."""
    if draft.is_input(harness, name):
        return False
    return draft.is_before(harness, name, second) and not draft.is_before(harness, name, first) and name != first
