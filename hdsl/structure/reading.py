"""Reading a text by its structure: strictly, as an author writes it, or leniently, as a model answers it.

Leniently, unknown fields are dropped and null is absent. Either way a field that is given twice, one that is missing
and a value of another type are outside the structure: nobody guesses.
"""

import json
import math
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from hdsl.ground.labels import label_of, listed
from hdsl.ground.spelling import certain
from hdsl.structure.structures import TRUTH, Choice, ListOf, Plain, Record, Structure
from hdsl.structure.writing import Value, plain, written

MOST_DIGITS = 300
"""Digits of a whole number. Longer ones are no number that anybody means."""

_INTEGER = re.compile(r"-?(?:0|[1-9][0-9]*)")
_HALF = re.compile("[\ud800-\udfff]")
_SHOWN = 60

ReadLabel = Callable[[str, Sequence[str]], str]
"""The answer that a text means, as its label is written. Raises NotOfStructure."""


class NotOfStructure(ValueError):  # noqa: N818 - says what it is
    """A text that is not of its structure; the message is a clause that goes on from "the answer" or "the text"."""


class _Given(list[tuple[str, Any]]):
    """The fields of an object as they are given, in order."""


class _Number(str):
    """A number as it is written."""


def read_strictly(text: str, structure: Structure) -> str:
    """The text in its canonical form. Raises NotOfStructure."""
    return plain(value_of(text, structure))


def value_of(text: str, structure: Structure) -> Value:
    """The value that a text holds. Raises NotOfStructure."""
    return _Reader(_exact_label, is_strict=True).of_text(text, structure)


def read_leniently(text: str, structure: Structure, label: ReadLabel) -> str:
    """The one object that a text holds, whatever stands around it, in its canonical form. Raises NotOfStructure."""
    return plain(_Reader(label, is_strict=False).of_text(text, structure))


def fits(text: str, structure: Structure) -> bool:
    """Whether a text is of a structure."""
    return not problem_of(text, structure)


def problem_of(text: str, structure: Structure) -> str:
    """Why a text is not of a structure, as a clause that goes on from "the text"; empty if it is."""
    try:
        value_of(text, structure)
    except NotOfStructure as error:
        return str(error)
    return ""


@dataclass(frozen=True, slots=True)
class _Reader:
    label: ReadLabel
    is_strict: bool

    def of_text(self, text: str, structure: Structure) -> Value:
        """The value of a text of its own: of a number its digits, of a record its JSON."""
        match structure:
            case Plain(kind="text"):
                return text
            case Plain(kind="bool") | Choice():
                return self.value(text.strip(), structure, "")
            case Plain():
                return self._number(_Number(text.strip()), structure.kind, "")
            case Record():
                return self._record(self._object(text), structure, "")
            case ListOf():
                return self.value(_decoded(text, is_strict=self.is_strict), structure, "")

    def _object(self, text: str) -> Any:
        """The JSON that a record is written as; leniently whatever stands around it."""
        return _decoded(text, is_strict=True) if self.is_strict else _only_object(text)

    def value(self, given: Any, structure: Structure, place: str) -> Value:
        """A value of JSON by its structure. `place`: the path that leads to it."""
        match structure:
            case Record():
                return self._record(given, structure, place)
            case ListOf(item=item):
                if isinstance(given, _Given) or not isinstance(given, list):
                    raise _mistyped(given, "a list", place)
                return [self.value(each, item, f"{place}[{number}]") for number, each in enumerate(given)]
            case Choice():
                return self._choice(given, structure, place)
            case Plain(kind="text"):
                return self._text(given, place)
            case Plain(kind="bool"):
                return self._bool(given, place)
            case Plain(kind=kind):
                return self._number(given, kind, place)

    def _record(self, given: Any, record: Record, place: str) -> Value:
        if not isinstance(given, _Given):
            raise _mistyped(given, "an object", place)
        values: dict[str, Any] = {}
        for name, each in given:
            if record.field(name) is None:
                if self.is_strict:
                    names = [field.name for field in record.fields]
                    meant = certain(name, names)
                    hint = f'did you mean "{meant}"?' if meant else f"known: {listed(names)}"
                    raise NotOfStructure(f'has the unknown field "{_inside(place, name)}" ({hint})')
            elif name in values:
                raise NotOfStructure(f'has the field "{_inside(place, name)}" twice')
            else:
                values[name] = each
        found: dict[str, Value] = {}
        for field in record.fields:
            inner = _inside(place, field.name)
            each = values.get(field.name)
            if each is None and field.name in values and self.is_strict:
                raise NotOfStructure(f'has null for "{inner}": leave the field out if it is absent')
            if each is not None:
                found[field.name] = self.value(each, field.structure, inner)
            elif not field.optional:
                raise NotOfStructure(f'lacks the field "{inner}"')
        return found

    def _text(self, given: Any, place: str) -> str:
        if not isinstance(given, str) or isinstance(given, _Number):
            raise _mistyped(given, "a text", place)
        if _HALF.search(given):
            if self.is_strict:
                raise NotOfStructure(f"has half a character (a lone surrogate){_at(place)}")
            return _HALF.sub("\ufffd", given)
        return given

    def _bool(self, given: Any, place: str) -> bool:
        if isinstance(given, bool):
            return given
        if isinstance(given, str) and not isinstance(given, _Number) and not (self.is_strict and place):
            return self._labelled(given, TRUTH, place) == TRUTH[0]
        raise _mistyped(given, "true or false", place)

    def _choice(self, given: Any, choice: Choice, place: str) -> str:
        if isinstance(given, bool) and set(choice.texts) == {*TRUTH} and not self.is_strict:
            return written(given)
        text = self._labelled(self._text(given, place), choice.texts, place)
        label = label_of(text, choice.texts)
        payload = None if label is None else choice.payload_of(label)
        if label is None or payload is None:
            return text
        rest = text.strip()[len(label) :]
        behind = f'{_at(place)} behind "{label}"' if place else f' behind "{label}"'
        try:
            return label + (
                read_strictly(rest, payload) if self.is_strict else read_leniently(rest, payload, self.label)
            )
        except NotOfStructure as error:
            raise NotOfStructure(f"{error}{behind}") from None

    def _labelled(self, text: str, labels: Sequence[str], place: str) -> str:
        try:
            return self.label(text, labels)
        except NotOfStructure as error:
            raise NotOfStructure(f"{error}{_at(place)}") from None

    def _number(self, given: Any, kind: str, place: str) -> int | float:
        wanted = "a whole number" if kind == "int" else "a number"
        if not isinstance(given, _Number):
            raise _mistyped(given, wanted, place)
        if _INTEGER.fullmatch(given):
            if len(given) > MOST_DIGITS:
                raise NotOfStructure(f"has a number of more than {MOST_DIGITS} digits{_at(place)}")
            if kind == "int":
                return int(given)
        try:
            value = float(json.loads(given, parse_constant=_no_number))
        except (ValueError, TypeError, OverflowError):
            raise _mistyped(given, wanted, place) from None
        if not math.isfinite(value):
            raise NotOfStructure(f"has a number that is too large{_at(place)}")
        if kind == "float":
            return value + 0.0
        if self.is_strict or not value.is_integer():
            raise _mistyped(given, wanted, place)
        return int(value)


def _decoded(text: str, *, is_strict: bool) -> Any:
    try:
        return _decoder(is_strict=is_strict).decode(text.strip())
    except RecursionError:
        raise NotOfStructure("is JSON that is nested too deeply") from None
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}" if "\n" in text else f"column {error.colno}"
        raise NotOfStructure(f"is not JSON ({error.msg[:1].lower()}{error.msg[1:]}, {where})") from None


def _only_object(text: str) -> Any:
    """The object in a text; several that are alike are one."""
    found = list(_objects(text))
    if not found:
        raise NotOfStructure("holds no JSON object" if "{" not in text else "holds no whole JSON object")
    if any(each != found[0] for each in found):
        raise NotOfStructure("holds more than one JSON object")
    return found[0]


def _objects(text: str) -> Iterator[Any]:
    """The objects in a text that stand in no other one."""
    decoder = _decoder(is_strict=False)
    at = text.find("{")
    while at >= 0:
        try:
            value, end = decoder.raw_decode(text, at)
        except RecursionError:
            raise NotOfStructure("is JSON that is nested too deeply") from None
        except json.JSONDecodeError:
            at = text.find("{", at + 1)
            continue
        yield value
        at = text.find("{", end)


def _decoder(*, is_strict: bool) -> json.JSONDecoder:
    return json.JSONDecoder(
        object_pairs_hook=_Given, parse_int=_Number, parse_float=_Number, parse_constant=_Number, strict=is_strict
    )


def _no_number(text: str) -> Any:
    raise ValueError(f"{text} is not a number of JSON")


def _exact_label(text: str, labels: Sequence[str]) -> str:
    if label_of(text, labels) is None:
        raise NotOfStructure(f"carries none of the labels {listed(labels)}")
    return text.strip()


def _mistyped(given: Any, wanted: str, place: str) -> NotOfStructure:
    if not place:
        return NotOfStructure(f"is {_kind_of(given)}, not {wanted}")
    return NotOfStructure(f'has {_kind_of(given)} for "{place}", not {wanted}')


def _kind_of(given: Any) -> str:
    match given:
        case _Number():
            return f"the number {given[:_SHOWN]}" if given[:1] in "-0123456789" and given else f'"{given[:_SHOWN]}"'
        case None:
            return "null"
        case bool():
            return written(given)
        case str():
            return f'the text "{given[:_SHOWN]}"'
        case _Given():
            return "an object"
        case _:
            return "a list"


def _inside(place: str, name: str) -> str:
    return f"{place}.{name}" if place else name


def _at(place: str) -> str:
    return f' in "{place}"' if place else ""
