"""A field of a record, as a text of its own: `person.name`."""

from collections.abc import Sequence

from hdsl.future.flight import Element
from hdsl.future.future_tensor import FutureTensor
from hdsl.future.status import Status
from hdsl.ops.element import lift
from hdsl.ops.learning import inverted_by
from hdsl.ops.site import Site
from hdsl.structure.fields import field_text, with_field
from hdsl.structure.reading import NotOfStructure
from hdsl.structure.structures import Record


def _with_field(actual: str, better: str, x: str, *, record: Record, names: Sequence[str]) -> tuple[str]:
    """The record with the field as it should be; ValueError where the field cannot hold that."""
    try:
        return (with_field(x, record, names, better),)
    except NotOfStructure as error:
        raise ValueError(f"the record with the better `{'.'.join(names)}` {error}") from None


@inverted_by(_with_field)
def _field(x: str, *, record: Record, names: Sequence[str]) -> Element:
    try:
        text = field_text(x, record, names)
    except NotOfStructure as error:
        return x, Status.failed_because(f"the record {error}")
    if text is None:
        return "", Status.failed_because(f"the field `{'.'.join(names)}` is absent")
    return text, Status.confidence(1.0)


def field(x: FutureTensor, record: Record, names: Sequence[str], *, site: Site) -> FutureTensor:
    """The field that a path of names leads to. An absent one fails; a better text for it changes that field alone."""
    return lift(_field, (x,), {"record": record, "names": tuple(names)}, site)
