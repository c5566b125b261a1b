"""Operations that only read texts: payload, first_line, join [ft_first_line]."""

from hdsl.future.flight import Element
from hdsl.future.future_tensor import FutureTensor
from hdsl.future.status import Status
from hdsl.labels import payload_of
from hdsl.ops.element import lift
from hdsl.ops.site import Pull

_BLANK_CONFIDENCE = 0.1


def payload(x: str, *, pull: Pull) -> str:
    """What follows the label of the input's type that ends in a colon; empty where the text carries an exact one."""
    labels = pull.site.input_labels[0] if pull.site.input_labels else ()
    return payload_of(x, labels)


def first_line(x: str) -> str:
    """The first line that is not blank, stripped; empty where all are."""
    return next((line for line in (raw.strip() for raw in x.split("\n")) if line), "")


def join(*x: str, **options: str) -> str:
    """The texts with a separator (the option `with`, by default a newline) between them."""
    return options.get("with", "\n").join(x)


def ft_first_line(x: FutureTensor) -> FutureTensor:
    """`first_line` by hand; there a blank text fails."""
    return lift(_first_line_or_failure, (x,))


def _first_line_or_failure(x: str) -> Element:
    line = first_line(x)
    if line:
        return line, Status.confidence(1.0)
    return "", Status.self_confidence_but_failed(_BLANK_CONFIDENCE, "the text is blank")
