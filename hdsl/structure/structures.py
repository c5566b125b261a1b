"""The structures of texts. Two are equal if they admit the same texts: names and descriptions do not count."""

from collections.abc import Iterable, Sequence
from functools import cached_property
from typing import ClassVar, Final, Literal, TypeAlias

from hdsl.ground.labels import Labels

PlainKind = Literal["text", "int", "float", "bool"]
PLAIN_KINDS: tuple[PlainKind, ...] = ("text", "int", "float", "bool")
TRUTH = ("true", "false")
"""The labels that a bool has."""


class _Part:
    """A part of a structure: equal to one of its own class that admits the same texts.

    Not a dataclass, as every check loads this file, nor a tuple, as a plain text is not a list of texts.
    """

    __slots__ = ()
    __match_args__: ClassVar[tuple[str, ...]] = ()
    """Its fields, by which it is written and read as plain data."""
    uncompared: ClassVar[tuple[str, ...]] = ()
    """The fields that do not tell two apart."""

    def _admitted(self) -> object:
        """What tells it apart from others of its class."""
        raise NotImplementedError

    def __eq__(self, other: object) -> bool:
        return self is other or (
            isinstance(other, _Part) and type(self) is type(other) and self._admitted() == other._admitted()
        )

    def __hash__(self) -> int:
        return hash(self._admitted())

    def __repr__(self) -> str:
        shown = ", ".join(f"{name}={getattr(self, name)!r}" for name in self.__match_args__)
        return f"{type(self).__name__}({shown})"


class Plain(_Part):
    """Any text, a whole number, a number, or true and false."""

    __slots__ = __match_args__ = ("kind",)

    def __init__(self, kind: PlainKind) -> None:
        self.kind: Final = kind

    def _admitted(self) -> object:
        return self.kind


class ChoiceLabel(_Part):
    """One label; `payload` is the record behind one that ends in a colon, None for any text."""

    __slots__ = __match_args__ = ("text", "description", "payload")
    uncompared = ("description",)

    def __init__(self, text: str, description: str = "", payload: "Record | None" = None) -> None:
        self.text: Final = text
        self.description: Final = description
        self.payload: Final = payload

    def _admitted(self) -> object:
        return self.text, self.payload


class Choice(_Part):
    """One of some labels, in any order."""

    __match_args__ = ("labels", "name")

    def __init__(self, labels: tuple[ChoiceLabel, ...], name: str = "") -> None:
        self.labels: Final = labels
        self.name: Final = name

    def _admitted(self) -> object:
        return self._members

    @cached_property
    def _members(self) -> frozenset[ChoiceLabel]:
        return frozenset(self.labels)

    @cached_property
    def texts(self) -> Labels:
        """The labels as texts."""
        return Labels(label.text for label in self.labels)

    @property
    def has_payload(self) -> bool:
        """Whether some label is followed by more."""
        return any(label.text.endswith(":") for label in self.labels)

    @property
    def has_records(self) -> bool:
        """Whether some label is followed by a record."""
        return any(label.payload is not None for label in self.labels)

    def payload_of(self, label: str) -> "Record | None":
        """The record behind a label; None if any text may follow it."""
        return next((each.payload for each in self.labels if each.text == label), None)


class OneOf(Choice):
    """One of some whole texts: nothing follows any of them, even one that ends in a colon."""

    @property
    def has_payload(self) -> bool:
        """No text is followed by more."""
        return False


class ListOf(_Part):
    """Any number of items of one structure."""

    __slots__ = __match_args__ = ("item",)

    def __init__(self, item: "Structure") -> None:
        self.item: Final = item

    def _admitted(self) -> object:
        return self.item


class Field(_Part):
    """A field of a record. `optional`: it may be absent."""

    __slots__ = __match_args__ = ("name", "structure", "optional", "description")
    uncompared = ("description",)

    def __init__(self, name: str, structure: "Structure", optional: bool = False, description: str = "") -> None:
        self.name: Final = name
        self.structure: Final = structure
        self.optional: Final = optional
        self.description: Final = description

    def _admitted(self) -> object:
        return self.name, self.structure, self.optional


class Record(_Part):
    """Fields in their declared order."""

    __slots__ = __match_args__ = ("fields", "name")
    uncompared = ("name",)

    def __init__(self, fields: tuple[Field, ...], name: str = "") -> None:
        self.fields: Final = fields
        self.name: Final = name

    def _admitted(self) -> object:
        return self.fields

    def field(self, name: str) -> Field | None:
        """The field of this name."""
        return next((each for each in self.fields if each.name == name), None)


Structure: TypeAlias = Plain | Choice | ListOf | Record

TEXT = Plain("text")


def choice_of(labels: Iterable[str]) -> Choice:
    """The choice among labels that say nothing more."""
    return Choice(tuple(ChoiceLabel(label) for label in labels))


def one_of(texts: Iterable[str]) -> OneOf:
    """The choice among whole texts, each once: those that differ only in blanks around them are the same."""
    distinct = {text.strip(): text for text in reversed([*texts])}
    return OneOf(tuple(ChoiceLabel(text) for text in reversed(distinct.values())))


def found_at(record: Record, names: Sequence[str]) -> tuple[Structure, bool] | None:
    """What a path of names leads to, and whether it may be absent; None if a name on the way is not a field."""
    structure: Structure = record
    optional = False
    for name in names:
        found = structure.field(name) if isinstance(structure, Record) else None
        if found is None:
            return None
        structure, optional = found.structure, optional or found.optional
    return structure, optional


def size_of(structure: Structure) -> int:
    """How many parts a structure has, with all that it holds."""
    match structure:
        case Record(fields=fields):
            return 1 + sum(size_of(each.structure) for each in fields)
        case ListOf(item=item):
            return 1 + size_of(item)
        case Choice(labels=labels):
            return 1 + sum(size_of(label.payload) for label in labels if label.payload is not None)
        case Plain():
            return 1


def depth_of(structure: Structure) -> int:
    """How many records and lists are within each other."""
    match structure:
        case Record(fields=fields):
            return 1 + max((depth_of(each.structure) for each in fields), default=0)
        case ListOf(item=item):
            return 1 + depth_of(item)
        case Choice(labels=labels):
            return max((depth_of(label.payload) for label in labels if label.payload is not None), default=0)
        case Plain():
            return 0


def shown(structure: Structure) -> str:
    """A structure in a few words, as a type is written."""
    match structure:
        case Plain(kind=kind):
            return kind
        case ListOf(item=item):
            return f"list({shown(item)})"
        case _:
            return structure.name or ("a record" if isinstance(structure, Record) else "a label")
