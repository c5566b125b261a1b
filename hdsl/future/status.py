"""Status of an element: how sure its text is, or why it failed, and its encoding as a coefficient.

The coefficient (bfloat16): `confidence(v)` is +v in [0, 1]; `self_confidence_but_failed(v)` is -v, v in (0, 1];
`kConfidenceNotBounded` is -2; `kContextOverflow` is -3; 0 is "not computed". Failed is any coefficient below 0.
"""

from dataclasses import dataclass
from typing import ClassVar

SMALLEST_CONFIDENCE = 1e-10


@dataclass(frozen=True, slots=True)
class Status:
    """A coefficient with, where the element failed, the cause in words."""

    coefficient: float
    cause: str = ""

    kConfidenceNotBounded: ClassVar["Status"]  # noqa: N815 - the name its users know
    kContextOverflow: ClassVar["Status"]  # noqa: N815

    @staticmethod
    def confidence(value: float) -> "Status":
        """Not failed, with a confidence in [0, 1]; a value outside is a ValueError."""
        if not 0.0 <= value <= 1.0:
            raise ValueError(f"a confidence is in [0, 1], not {value}")
        return Status(value)

    @staticmethod
    def self_confidence_but_failed(value: float, cause: str = "") -> "Status":
        """Failed, with a confidence clamped to [1e-10, 1]."""
        return Status(-min(1.0, max(SMALLEST_CONFIDENCE, value)), cause)

    @staticmethod
    def failed_because(cause: str) -> "Status":
        """Failed by an error or by a validator without a number."""
        return Status(-SMALLEST_CONFIDENCE, cause)

    @property
    def failed(self) -> bool:
        """Whether the element failed."""
        return self.coefficient < 0.0

    @property
    def is_confidence(self) -> bool:
        """Whether the element did not fail."""
        return self.coefficient >= 0.0

    @property
    def is_self_confidence_but_failed(self) -> bool:
        """Whether the element failed with a confidence of its own."""
        return self.coefficient < 0.0 and self.coefficient not in (-2.0, -3.0)


Status.kConfidenceNotBounded = Status(-2.0, "the confidence is not bounded")
Status.kContextOverflow = Status(-3.0, "the context of the model overflowed")
