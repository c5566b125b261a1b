"""Another size of a dimension, wherever it is written: as a `dim`, or as the number in shapes."""

from hdsl.evolve.edits.draft import DoesNotApply, Draft
from hdsl.syntax import tree
from hdsl.syntax.tree import Span


def written_size(draft: Draft, harness: str, node: str) -> str | int:
    """The last dimension of a node as its statement writes it: a name, or a number. DoesNotApply where it has none."""
    shape = draft.value(harness, node).shape
    if not shape:
        raise DoesNotApply(f"`{node}` has no dimension")
    if not draft.is_input(harness, node):
        annotation = draft.node(harness, node).annotation
        if annotation is not None and annotation.dims and annotation.dims[-1].name:
            return annotation.dims[-1].name
    return shape[-1]


def change_dim(draft: Draft, harness: str, name: str, size: int) -> None:
    """The default of a dim option of the harness, or a dim constant."""
    for parameter in draft.harness(harness).parameters:
        if parameter.name.text == name and isinstance(parameter.default, tree.Number):
            if parameter.default.value == size:
                raise DoesNotApply(f"`{name}` is {size} already")
            draft.replace(parameter.default.span, str(size))
            return
    for statement in (*draft.harness(harness).body, *draft.opened.file.items):
        if isinstance(statement, tree.DimConstant) and statement.name.text == name:
            if statement.value == size:
                raise DoesNotApply(f"`{name}` is {size} already")
            number = str(statement.value)
            draft.replace(Span(statement.span.end - len(number), statement.span.end), str(size))
            return
    raise DoesNotApply(f"`{name}` is bound by an input")


def change_last(draft: Draft, harness: str, node: str, old: int, size: int) -> None:
    """The last dimension in the shapes that the statement of a node writes."""
    statement = draft.node(harness, node)
    if statement.annotation is not None and statement.annotation.dims:
        draft.replace(statement.annotation.dims[-1].span, str(size))
    if isinstance(statement.value, tree.Call):
        to = draft.option(statement.value, "to")
        if to is not None and isinstance(to.value, tree.ListValue) and to.value.items:
            last = to.value.items[-1]
            if not isinstance(last, tree.Number) or last.value != old:
                raise DoesNotApply(f"the last dimension of `{node}` is not written as {old}")
            draft.replace(last.span, str(size))
