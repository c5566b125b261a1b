"""Status of an element: how sure its text is, that it is absent, or why it failed; and its encoding as a coefficient.

The coefficient (bfloat16): `confidence(v)` is +v in [0, 1]; `self_confidence_but_failed(v)` is -v, v in (0, 1];
`kConfidenceNotBounded` is -2; `kContextOverflow` is -3; 0 is "not computed". Failed is any coefficient below 0 but -4,
which is `absent`: the element was evaluated, and there is nothing there.
"""

from dataclasses import dataclass, field
from typing import ClassVar

SMALLEST_CONFIDENCE = 1e-10

_NOT_BOUNDED = -2.0
_OVERFLOW = -3.0
_ABSENT = -4.0
_NAMED = {_NOT_BOUNDED: "kConfidenceNotBounded", _OVERFLOW: "kContextOverflow", _ABSENT: "absent"}


@dataclass(frozen=True, slots=True)
class Status:
    """A coefficient with, where the element failed, the cause in words, which equality does not look at."""

    coefficient: float
    cause: str = field(default="", compare=False)

    kConfidenceNotBounded: ClassVar["Status"]  # noqa: N815 - the name its users know
    kContextOverflow: ClassVar["Status"]  # noqa: N815
    absent: ClassVar["Status"]
    """Evaluated, and nothing is there: neither a text nor a failure."""

    def __post_init__(self) -> None:
        if isinstance(self.coefficient, str):
            raise TypeError(f"write Status.{self.coefficient}(…), not Status({self.coefficient!r}, …)")

    @staticmethod
    def confidence(value: float) -> "Status":
        """Not failed, with a confidence clamped to [0, 1]; ValueError for NaN."""
        if value != value:
            raise ValueError("a confidence is a number, not NaN")
        return Status(min(1.0, max(0.0, float(value))))

    @staticmethod
    def self_confidence_but_failed(value: float, cause: str = "") -> "Status":
        """Failed, with a confidence clamped to [1e-10, 1]."""
        return Status(-min(1.0, max(SMALLEST_CONFIDENCE, float(value))), cause)

    @staticmethod
    def failed_because(cause: str) -> "Status":
        """Failed by an error or by a validator without a number."""
        return Status(-SMALLEST_CONFIDENCE, cause)

    @staticmethod
    def convert_status_to_float(status: "Status") -> float:
        """The coefficient that stands for a status."""
        return status.coefficient

    @staticmethod
    def convert_float_to_status(coefficient: float) -> "Status":
        """The status that a coefficient stands for."""
        return Status(float(coefficient))

    @property
    def failed(self) -> bool:
        """Whether the element failed; an absent one did not."""
        return self.coefficient < 0.0 and self.coefficient != _ABSENT

    @property
    def is_absent(self) -> bool:
        """Whether there is no element."""
        return self.coefficient == _ABSENT

    @property
    def tag(self) -> str:
        """Which of the five kinds it is, by name."""
        if self.is_confidence:
            return "confidence"
        return _NAMED.get(self.coefficient, "self_confidence_but_failed")

    @property
    def value(self) -> float:
        """The confidence, also of a failed element; 2, 3 and 4 for the three kinds that have none."""
        return abs(self.coefficient)

    @property
    def is_confidence(self) -> bool:
        """Whether the element succeeded: it neither failed nor is absent."""
        return self.coefficient >= 0.0

    @property
    def is_self_confidence_but_failed(self) -> bool:
        """Whether the element failed with a confidence of its own."""
        return self.coefficient < 0.0 and self.coefficient not in _NAMED

    @property
    def is_kConfidenceNotBounded(self) -> bool:  # noqa: N802 - the name its users know
        """Whether its confidence is not bounded."""
        return self.coefficient == _NOT_BOUNDED

    @property
    def is_kContextOverflow(self) -> bool:  # noqa: N802
        """Whether the context of the model overflowed."""
        return self.coefficient == _OVERFLOW


Status.kConfidenceNotBounded = Status(_NOT_BOUNDED, "the confidence is not bounded")
Status.kContextOverflow = Status(_OVERFLOW, "the context of the model overflowed")
Status.absent = Status(_ABSENT)
