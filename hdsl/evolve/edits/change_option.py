"""Change an option of a call: `topk`, `task`, `model`, or another one."""

from dataclasses import dataclass
from typing import ClassVar

from hdsl.check.fixes import quoted
from hdsl.evolve.edits.draft import DoesNotApply, Draft
from hdsl.evolve.edits.edit import NodeEdit
from hdsl.syntax import tree

CHANGED = ("topk", "task", "model", "temperature", "max_tokens", "retries")
"""The options of nodes that ask which may be changed."""


@dataclass(frozen=True, slots=True)
class ChangeOption(NodeEdit):
    """Another value of an option, which is written where it was not."""

    kind: ClassVar[str] = "change_option"

    option: str
    value: str | int | float

    def describe(self) -> str:
        return f"`{self.node}` with {self.option}={_shown(self.value)}"

    def draw(self, draft: Draft) -> None:
        if self.option not in CHANGED:
            raise DoesNotApply(f"`{self.option}` is not one of the options that are changed: {', '.join(CHANGED)}")
        call = draft.call(self.harness, self.node)
        if not draft.signature(call).has_effect("llm") or draft.signature(call).is_harness:
            raise DoesNotApply(f"`{self.node}` asks nothing")
        written = draft.option(call, self.option)
        if written is None:
            draft.insert(call.arguments[-1].span.end, f", {self.option}={_shown(self.value)}")
            return
        if isinstance(written.value, tree.Name | tree.BoundOperation):
            raise DoesNotApply(f"`{self.option}` of `{self.node}` is an option of the harness")
        if isinstance(written.value, tree.Text | tree.Number) and _value(written.value) == self.value:
            raise DoesNotApply(f"`{self.node}` has it already")
        draft.replace(written.value.span, _shown(self.value))


def _value(written: tree.Text | tree.Number) -> str | int | float:
    return written.text if isinstance(written, tree.Text) else written.value


def _shown(value: str | int | float) -> str:
    return quoted(value) if isinstance(value, str) else str(value)
