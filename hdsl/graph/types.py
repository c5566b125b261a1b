"""Types of tensors and options, and when one is usable as another."""

from collections.abc import Iterable
from functools import cached_property
from typing import Literal, NamedTuple, TypeAlias

from hdsl.ground.labels import Labels

Kind = Literal["text", "session", "mask", "score", "variable", "unknown"]
OptionKind = Literal["str", "int", "float", "bool", "dim", "shape"]

OPTION_KINDS: tuple[OptionKind, ...] = ("str", "int", "float", "bool", "dim", "shape")


class DescribedLabels(tuple[tuple[str, str], ...]):
    """The labels of a type with their descriptions."""

    @cached_property
    def texts(self) -> Labels:
        """The labels without their descriptions."""
        return Labels(text for text, _ in self)

    @cached_property
    def all(self) -> frozenset[str]:
        """The labels, in no order."""
        return frozenset(self.texts)


class Type(NamedTuple):
    """The type of a tensor's elements. `labels` is None where any text may stand."""

    kind: Kind
    name: str
    labels: DescribedLabels | None = None

    @property
    def label_texts(self) -> Labels:
        """The labels without their descriptions; empty for a type without labels."""
        return self.labels.texts if self.labels else Labels()


class ExperienceOf(NamedTuple):
    """The type of an experience table: rows whose key is a `key` and whose value is a `value`."""

    key: Type
    value: Type


TensorType: TypeAlias = Type | ExperienceOf

TEXT = Type("text", "text")
SESSION = Type("session", "session")
MASK = Type("mask", "mask")
SCORE = Type("score", "score")
UNKNOWN = Type("unknown", "?")
"""The type of what a reported fault hides: usable as anything, so that nothing more is reported of it."""
BUILT_IN: dict[str, Type] = {kind.name: kind for kind in (TEXT, SESSION, MASK, SCORE)}


def variable(name: str) -> Type:
    """A type variable of a signature."""
    return Type("variable", name)


def is_usable(given: Type, wanted: Type) -> bool:
    """Whether a value of one type may stand where the other is wanted: each of its labels is one of the other's."""
    if given is wanted or given == wanted or UNKNOWN in (given, wanted):
        return True
    if given.kind != wanted.kind:
        return False
    if wanted.labels is None:
        return given.kind == "text"
    return given.labels is not None and given.labels.all <= wanted.labels.all


def is_equal(one: Type, other: Type) -> bool:
    """Whether two types are the same, label for label, under whatever names."""
    return is_usable(one, other) and is_usable(other, one)


def smallest_common(types: Iterable[Type]) -> Type | None:
    """The smallest of the types that all are usable as, else `text`; None where a session meets a text."""
    candidates = list(types)
    for candidate in candidates:
        if all(is_usable(other, candidate) for other in candidates):
            return candidate
    return TEXT if all(is_usable(other, TEXT) for other in candidates) else None


def shown_type(kind: TensorType) -> str:
    """The type as it is written."""
    if isinstance(kind, ExperienceOf):
        return f"experience({shown_type(kind.key)} -> {shown_type(kind.value)})"
    return kind.name
