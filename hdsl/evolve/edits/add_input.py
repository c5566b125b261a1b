"""Add an input that a node lacks: what it is asked with is joined with another text."""

from dataclasses import dataclass
from typing import ClassVar

from hdsl.evolve.edits.draft import DoesNotApply, Draft
from hdsl.evolve.edits.edit import NodeEdit
from hdsl.syntax import tree


@dataclass(frozen=True, slots=True)
class AddInput(NodeEdit):
    """A node that asks is also given `source`: in the `join` that it is asked with, or in a new one."""

    kind: ClassVar[str] = "add_input"

    source: str

    def describe(self) -> str:
        return f"give `{self.source}` to `{self.node}` as well"

    def draw(self, draft: Draft) -> None:
        statement = draft.node(self.harness, self.node)
        call = draft.call(self.harness, self.node)
        if not draft.signature(call).has_effect("llm"):
            raise DoesNotApply(f"`{self.node}` asks nothing")
        given = draft.inputs(call)[0]
        if not isinstance(given, tree.Name):
            raise DoesNotApply(f"`{self.node}` is asked with a constant")
        if self.source == given.text:
            raise DoesNotApply(f"`{self.node}` is given `{self.source}` already")
        if not draft.is_input(self.harness, self.source) and not draft.is_before(self.harness, self.source, self.node):
            raise DoesNotApply(f"`{self.source}` is not defined before `{self.node}`")
        source, asked = draft.value(self.harness, self.source), draft.value(self.harness, given.text)
        if source.type.kind != "text" or source.shape != asked.shape:
            raise DoesNotApply(f"`{self.source}` is not a text of the shape of `{given.text}`")
        joined = _join_for_this_alone(draft, self.harness, given.text)
        is_there = draft.is_input(self.harness, self.source) or draft.is_before(self.harness, self.source, given.text)
        if joined is not None and is_there:
            last = draft.inputs(joined)[-1]
            if any(isinstance(each, tree.Name) and each.text == self.source for each in draft.inputs(joined)):
                raise DoesNotApply(f"`{self.node}` is given `{self.source}` already")
            draft.insert(last.span.end, f", {self.source}")
            return
        name = draft.fresh(f"{self.node}_input")
        draft.add_before(
            statement.span, f"{name}: text{_shape(asked.annotation())} = join({given.text}, {self.source})"
        )
        draft.replace(given.span, name)


def _join_for_this_alone(draft: Draft, harness: str, name: str) -> tree.Call | None:
    """The `join` that a node is, where nothing but one node uses it."""
    if draft.is_input(harness, name) or len(draft.references(harness, name)) != 1:
        return None
    value = draft.node(harness, name).value
    return value if isinstance(value, tree.Call) and value.operation.text == "join" else None


def _shape(annotation: str) -> str:
    return annotation[annotation.index("[") :]
