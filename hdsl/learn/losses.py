"""The loss of a training: an operation of the language over the actual and the expected texts."""

from collections.abc import Mapping
from functools import partial, update_wrapper
from typing import Any

from hdsl.future.future_tensor import FutureTensor
from hdsl.future.status import Status
from hdsl.graph.typed import BoundOperation
from hdsl.ground.errors import ELEMENT_FAILED, HdslError
from hdsl.ops.demonstrate import forgive
from hdsl.ops.element import apply_operation
from hdsl.ops.learning import is_loss
from hdsl.ops.losses import loss, mean
from hdsl.ops.site import Site
from hdsl.run.entries import entry_rules_of, load_entry


class LossFailed(HdslError):  # noqa: N818 - says what happened
    """A loss gave no score."""

    exit_code = ELEMENT_FAILED


class Loss:
    """A loss operation with its options bound. One of the user's own teaches what was expected, like the built-in ones.

    `file`: the one that trains by it. Raises EntryError where its function cannot be loaded.
    """

    def __init__(self, operation: BoundOperation, file: str) -> None:
        signature = operation.signature
        assert signature is not None and signature.entry is not None
        self._made_of = (operation, file)
        self.name = signature.name
        function = load_entry(signature, entry_rules_of(file))
        self._function = function if is_loss(function) else loss(update_wrapper(partial(function), function))
        self._options: Mapping[str, Any] = operation.options

    def __reduce__(self) -> tuple[type["Loss"], tuple[BoundOperation, str]]:
        """In another process its function is loaded there."""
        return Loss, self._made_of

    def mean_score(self, result: FutureTensor, expected: FutureTensor) -> FutureTensor:
        """The mean score of a result, of failed elements by the text they kept; 0 is good."""
        scores = apply_operation(self._function, [forgive(result), expected], self._options, Site("loss"))
        return mean(scores)


def score_of(text: str, status: Status, name: str) -> float:
    """The number of a mean score; LossFailed where it failed or is not a number."""
    if status.failed:
        raise LossFailed(f"the loss `{name}` failed: {status.cause}")
    try:
        return float(text)
    except ValueError:
        raise LossFailed(f"the loss `{name}` gave {text[:60]!r}, which is not a number") from None
