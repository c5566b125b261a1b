"""Add a validator behind a node, or tighten the one that there is."""

from dataclasses import dataclass
from typing import ClassVar, Protocol

from hdsl.check.fixes import quoted
from hdsl.evolve.edits.draft import DoesNotApply, Draft, Value
from hdsl.evolve.edits.edit import NodeEdit
from hdsl.graph.shapes import shown_shape
from hdsl.syntax import tree


@dataclass(frozen=True, slots=True)
class AddValidator(NodeEdit):
    """A check behind a node, which all that used the node use instead: for a pattern, or for a label."""

    kind: ClassVar[str] = "add_validator"

    operation: str
    """`until_match` or `until_label`."""
    argument: str
    """The pattern, or the label."""

    def describe(self) -> str:
        return f"check `{self.node}` with {self.operation} {quoted(self.argument)}"

    def draw(self, draft: Draft) -> None:
        statement = draft.node(self.harness, self.node)
        value = draft.value(self.harness, self.node)
        name = draft.fresh(f"{self.node}_checked")
        if not draft.rename_uses(self.harness, self.node, name):
            raise DoesNotApply(f"nothing uses `{self.node}`")
        draft.add_after(statement.span, "\n".join(checked_lines(draft, self, value, name)))


@dataclass(frozen=True, slots=True)
class TightenValidator(NodeEdit):
    """Another pattern or label in a validator that there is."""

    kind: ClassVar[str] = "tighten_validator"

    argument: str

    def describe(self) -> str:
        return f"let `{self.node}` check for {quoted(self.argument)}"

    def draw(self, draft: Draft) -> None:
        call = draft.call(self.harness, self.node)
        if call.operation.text == "until_match":
            option = draft.option(call, "pattern")
            place = None if option is None else option.value
        elif call.operation.text == "until_label":
            given = draft.inputs(call)
            place = given[1] if len(given) > 1 else None
        else:
            raise DoesNotApply(f"`{self.node}` is not a validator that takes a pattern or a label")
        if not isinstance(place, tree.Text):
            raise DoesNotApply(f"what `{self.node}` checks for is not written in it")
        if place.text == self.argument:
            raise DoesNotApply(f"`{self.node}` checks for it already")
        draft.replace(place.span, quoted(self.argument))


class Check(Protocol):
    """An edit that has a validator: `until_match` with a pattern, or `until_label` with a label."""

    @property
    def operation(self) -> str: ...

    @property
    def argument(self) -> str: ...


def checked_lines(draft: Draft, check: Check, value: Value, name: str) -> list[str]:
    """The statements of a node `name` that is the value where it passes. DoesNotApply for what is not a validator.

    A pattern makes a text of an answer with labels, so there the answer itself is let through by a `gate`.
    """
    if check.operation == "until_label":
        return [f"{name}: {value.annotation()} = until_label({value.name}, {quoted(check.argument)})"]
    if check.operation != "until_match":
        raise DoesNotApply(f"`{check.operation}` is not a validator that takes a pattern or a label")
    call = f"until_match({value.name}, pattern={quoted(check.argument)})"
    if value.type.labels is None:
        return [f"{name}: {value.annotation()} = {call}"]
    matched = draft.fresh(f"{value.name}_match")
    return [
        f"{matched}: text{shown_shape(value.shape)} = {call}",
        f"{name}: {value.annotation()} = gate({value.name}, {matched})",
    ]
