"""Swap two inputs of a call, or two branches of a switch: each stands where the other stood."""

from dataclasses import dataclass
from typing import ClassVar

from hdsl.evolve.edits.draft import DoesNotApply, Draft
from hdsl.evolve.edits.edit import NodeEdit
from hdsl.syntax import tree


@dataclass(frozen=True, slots=True)
class SwapInputs(NodeEdit):
    """Two of the names that a node takes change places. Made again it takes itself back."""

    kind: ClassVar[str] = "swap_inputs"

    one: str
    other: str

    def describe(self) -> str:
        return f"swap `{self.one}` and `{self.other}` in `{self.node}`"

    def draw(self, draft: Draft) -> None:
        if self.one == self.other:
            raise DoesNotApply(f"`{self.one}` cannot change places with itself")
        taken = swappable(draft, self.harness, self.node)
        for name, instead in ((self.one, self.other), (self.other, self.one)):
            found = [each for each in taken if each.text == name]
            if len(found) != 1:
                raise DoesNotApply(f"`{self.node}` takes `{name}` {len(found)} times")
            draft.replace(found[0].span, instead)


def swappable(draft: Draft, harness: str, node: str) -> list[tree.Name]:
    """The inputs of a call that are names, or the branches of a switch that are, in order."""
    value = draft.node(harness, node).value
    match value:
        case tree.Call():
            return [each for each in draft.inputs(value) if isinstance(each, tree.Name)]
        case tree.Switch(cases=cases):
            return [case.branch for case in cases if isinstance(case.branch, tree.Name)]
    raise DoesNotApply(f"`{node}` is neither a call nor a switch")
