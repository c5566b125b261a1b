"""Types of tensors and options, and when one is usable as another."""

from collections.abc import Iterable
from functools import cached_property
from typing import Literal, NamedTuple, TypeAlias

from hdsl.ground.labels import Labels
from hdsl.structure.structures import TRUTH, Choice, ChoiceLabel, Field, ListOf, Plain, Record, Structure, shown

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
    """The type of a tensor's elements. `labels` is None where any text may stand.

    `form`: of a record, of a list, and of labels some of which are followed by a record.
    """

    kind: Kind
    name: str
    labels: DescribedLabels | None = None
    form: Structure | None = None

    @property
    def label_texts(self) -> Labels:
        """The labels without their descriptions; empty for a type without labels."""
        return self.labels.texts if self.labels else Labels()

    @property
    def record(self) -> Record | None:
        """The fields of a record type."""
        return self.form if isinstance(self.form, Record) else None

    @property
    def structure(self) -> Structure | None:
        """What its texts are made of; None where any text may stand."""
        if self.form is not None or self.labels is None:
            return self.form
        return Choice(tuple(ChoiceLabel(text, description) for text, description in self.labels), self.name)

    def payload_of(self, label: str) -> Record | None:
        """The record behind a label; None if there is none."""
        return self.form.payload_of(label) if isinstance(self.form, Choice) else None


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
BOOL = Type("text", "bool", DescribedLabels((label, "") for label in TRUTH))
BUILT_IN: dict[str, Type] = {kind.name: kind for kind in (TEXT, SESSION, MASK, SCORE, BOOL)}


def variable(name: str) -> Type:
    """A type variable of a signature."""
    return Type("variable", name)


def type_of(structure: Structure) -> Type:
    """The type of a text of this structure, where it stands by itself."""
    match structure:
        case Plain(kind="bool"):
            return BOOL
        case Plain():
            return TEXT
        case Choice(labels=labels, name=name):
            described = DescribedLabels((label.text, label.description) for label in labels)
            return Type("text", name, described, structure if structure.has_records else None)
        case Record(name=name):
            return Type("text", name, None, structure)
        case ListOf():
            return Type("text", shown(structure), None, structure)


def canonical(text: str, kind: TensorType) -> str:
    """A text of a type as it is kept: of a record its canonical form. Raises NotOfStructure for one that is none."""
    if not isinstance(kind, Type) or kind.form is None:
        return text
    from hdsl.structure.reading import read_strictly  # few files have records, and a check is short

    return read_strictly(text, kind.form)


def is_usable(given: Type, wanted: Type) -> bool:
    """Whether a value of one type may stand where the other is wanted.

    Each of its labels is one of the other's, with the same behind it; records have the same fields. Any is a text.
    """
    if given is wanted or given == wanted or UNKNOWN in (given, wanted):
        return True
    if given.kind != wanted.kind:
        return False
    if wanted.labels is None:
        return given.kind == "text" and wanted.form in (None, given.form)
    if given.labels is None or not given.labels.all <= wanted.labels.all:
        return False
    if given.form is None and wanted.form is None:
        return True
    return all(given.payload_of(label) == wanted.payload_of(label) for label in given.labels.all)


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


def record_fields(kind: TensorType) -> tuple[Field, ...]:
    """The fields of a record type; none of any other."""
    return kind.form.fields if isinstance(kind, Type) and isinstance(kind.form, Record) else ()


def shown_field(field: Field) -> str:
    """A field as it is written, without what is said of it."""
    return f"{field.name}: {shown(field.structure)}{'?' if field.optional else ''}"


def shown_type(kind: TensorType) -> str:
    """The type as it is written."""
    if isinstance(kind, ExperienceOf):
        return f"experience({shown_type(kind.key)} -> {shown_type(kind.value)})"
    return kind.name
