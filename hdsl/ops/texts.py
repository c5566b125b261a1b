"""Operations that only read texts: payload, first_line, join [ft_first_line]."""

from hdsl.future.flight import Element
from hdsl.future.future_tensor import FutureTensor
from hdsl.future.status import Status
from hdsl.ground.labels import label_of, payload_of
from hdsl.ops.element import lift
from hdsl.ops.learning import inverted_by
from hdsl.ops.pieces import better_pieces
from hdsl.ops.site import Pull
from hdsl.structure.structures import Choice, shown

_BLANK_CONFIDENCE = 0.1


def with_payload(actual: str, better: str, x: str) -> tuple[str]:
    """The text with another payload; ValueError where its label takes none."""
    stripped = x.strip()
    if not actual and not stripped.endswith(":"):
        raise ValueError(f"{stripped!r} carries an exact label, which has no payload")
    return (stripped[: len(stripped) - len(actual)] + better,)


def with_first_line(actual: str, better: str, x: str) -> tuple[str]:
    """The text with another first line."""
    if not actual:
        return (better,)
    head, _, rest = x.partition(actual)
    return (head + better + rest,)


def with_pieces(actual: str, better: str, *x: str, **options: str) -> list[str]:
    """The texts of which the better one is joined; ValueError where nobody can say whose change it is."""
    return better_pieces(x, options.get("with", "\n"), better)


@inverted_by(with_payload)
def payload(x: str, *, pull: Pull) -> Element:
    """What follows the label of the input's type that ends in a colon; empty where the text carries an exact one.

    A record is wanted of a label that is followed by such records: any other one fails.
    """
    labels = pull.site.input_labels[0] if pull.site.input_labels else ()
    form, wanted = pull.site.input_form(0), pull.site.form
    label = label_of(x, labels)
    if wanted is not None and (not isinstance(form, Choice) or label is None or form.payload_of(label) != wanted):
        return x, Status.failed_because(f"it carries the label {label!r}, which no `{shown(wanted)}` follows")
    return payload_of(x, labels), Status.confidence(1.0)


@inverted_by(with_first_line)
def first_line(x: str) -> str:
    """The first line that is not blank, stripped; empty where all are."""
    return next((line for line in (raw.strip() for raw in x.split("\n")) if line), "")


@inverted_by(with_pieces)
def join(*x: str, **options: str) -> str:
    """The texts with a separator (the option `with`, by default a newline) between them."""
    return options.get("with", "\n").join(x)


def ft_first_line(x: FutureTensor) -> FutureTensor:
    """`first_line` by hand; there a blank text fails."""
    return lift(_first_line_or_failure, (x,))


@inverted_by(with_first_line)
def _first_line_or_failure(x: str) -> Element:
    line = first_line(x)
    if line:
        return line, Status.confidence(1.0)
    return "", Status.self_confidence_but_failed(_BLANK_CONFIDENCE, "the text is blank")
