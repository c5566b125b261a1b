"""The arguments of a tool, read from its JSON schema: as a record of the language, and back as JSON.

What the language cannot say (a choice between several kinds of value, an object of any fields, a type that holds
itself) is a text that holds JSON. Limits within a type (`minimum`, `pattern`) are left to the server.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from hdsl.structure.structures import Choice, ChoiceLabel, Field, ListOf, Plain, Record, Structure

_LABEL = re.compile(r"[A-Za-z0-9_](?:[A-Za-z0-9 _./+-]*[A-Za-z0-9_])?")
_PLAIN = {"string": "text", "integer": "int", "number": "float", "boolean": "bool"}
_DEEPEST = 8
_COMBINING = ("anyOf", "oneOf", "allOf", "not", "if", "patternProperties", "prefixItems")


class ArgumentsError(ValueError):
    """Arguments that cannot be sent: a text that should hold JSON does not. The message is a clause of its own."""


@dataclass(frozen=True, slots=True)
class AsJson:
    """A value that is a text with JSON, and why."""

    reason: str


@dataclass(frozen=True, slots=True)
class Array:
    """A list."""

    item: Value


@dataclass(frozen=True, slots=True)
class Argument:
    """A field. `key` is its name in JSON; `is_null_if_absent`: it must be there, and may be null."""

    name: str
    key: str
    value: Value
    optional: bool
    description: str
    is_null_if_absent: bool = False


@dataclass(frozen=True, slots=True)
class Object:
    """Fields, in the order of the schema."""

    arguments: tuple[Argument, ...]


Value: TypeAlias = Plain | Choice | AsJson | Array | Object


def arguments_of(schema: Any) -> Object:
    """The arguments of a tool with this input schema; none where it takes none."""
    if not isinstance(schema, Mapping):
        return Object(())
    found = _Reader(schema).object(schema, 0)
    return found if isinstance(found, Object) else Object(())


def structure_of(value: Value) -> Structure:
    """What a text of the language is made of that holds such a value."""
    match value:
        case AsJson():
            return Plain("text")
        case Array(item=item):
            return ListOf(structure_of(item))
        case Object(arguments=arguments):
            return Record(
                tuple(Field(each.name, structure_of(each.value), each.optional, each.description) for each in arguments)
            )
        case _:
            return value


def json_of(given: Any, value: Value, place: str = "") -> Any:
    """A value of a record, as JSON has it, as the tool takes it. ArgumentsError."""
    match value:
        case AsJson():
            try:
                return json.loads(given)
            except (ValueError, TypeError, RecursionError):
                raise ArgumentsError(f"`{place}` is not JSON") from None
        case Array(item=item) if isinstance(given, list):
            return [json_of(each, item, place) for each in given]
        case Object(arguments=arguments) if isinstance(given, Mapping):
            found = {}
            for each in arguments:
                if each.name in given:
                    inner = f"{place}.{each.name}" if place else each.name
                    found[each.key] = json_of(given[each.name], each.value, inner)
                elif each.is_null_if_absent:
                    found[each.key] = None
            return found
        case _:
            return given


def is_plain_record(value: Value) -> bool:
    """Whether a record of the language holds exactly what such a value is in JSON."""
    match value:
        case AsJson():
            return False
        case Array(item=item):
            return is_plain_record(item)
        case Object(arguments=arguments):
            return bool(arguments) and all(
                each.key == each.name and not each.is_null_if_absent and is_plain_record(each.value)
                for each in arguments
            )
        case _:
            return True


class _Reader:
    def __init__(self, root: Mapping[str, Any]) -> None:
        self._root = root

    def object(self, schema: Mapping[str, Any], depth: int) -> Value:
        properties = schema.get("properties")
        if not isinstance(properties, Mapping) or not properties:
            return AsJson("an object of any fields")
        required = schema.get("required")
        needed = set(required) if isinstance(required, Sequence) else set()
        taken: set[str] = set()
        found = []
        for key, inner in properties.items():
            value, is_nullable, description = self._value(inner, depth + 1)
            optional = key not in needed or is_nullable
            name = _name(str(key), taken)
            found.append(Argument(name, str(key), value, optional, description, key in needed and is_nullable))
        return Object(tuple(found))

    def _value(self, schema: Any, depth: int) -> tuple[Value, bool, str]:
        """What a property holds, whether it may be null, and what is said of it."""
        is_nullable, description = False, ""
        for _ in range(_DEEPEST):
            if not isinstance(schema, Mapping):
                return AsJson("any value"), is_nullable, description
            description = description or str(schema.get("description") or "")
            inner, nullable = self._simplified(schema)
            is_nullable = is_nullable or nullable
            if inner is schema:
                return self._plain_value(schema, depth), is_nullable, description
            schema = inner
        return AsJson("a type that refers to itself"), is_nullable, description

    def _simplified(self, schema: Mapping[str, Any]) -> tuple[Any, bool]:
        """The schema behind a reference, or the only one that is left beside null; itself where it is none of these."""
        if isinstance(schema.get("$ref"), str):
            return self._referred(schema["$ref"]), False
        for word in ("anyOf", "oneOf", "allOf"):
            among = schema.get(word)
            if isinstance(among, Sequence) and not isinstance(among, str):
                kept = [each for each in among if not (isinstance(each, Mapping) and each.get("type") == "null")]
                if len(kept) == 1:
                    return kept[0], len(kept) < len(among)
        kinds = schema.get("type")
        if isinstance(kinds, list):
            left = [kind for kind in kinds if kind != "null"]
            if len(left) == 1:
                return {**schema, "type": left[0]}, len(left) < len(kinds)
        return schema, False

    def _referred(self, reference: str) -> Any:
        found: Any = self._root
        for part in reference.removeprefix("#").split("/"):
            if part:
                found = found.get(part) if isinstance(found, Mapping) else None
        return found

    def _plain_value(self, schema: Mapping[str, Any], depth: int) -> Value:
        if depth > _DEEPEST:
            return AsJson("nested too deeply")
        if any(word in schema for word in _COMBINING):
            return AsJson("one of several kinds of value")
        kind = schema.get("type")
        if kind == "string":
            return _labels(schema.get("enum")) or Plain("text")
        if isinstance(kind, str) and kind in _PLAIN:
            return Plain(_PLAIN[kind])  # type: ignore[arg-type]
        if kind == "array" and "items" in schema:
            item, is_nullable, _ = self._value(schema["items"], depth + 1)
            return AsJson("a list whose items may be null") if is_nullable else _array(item)
        if kind == "object" or (kind is None and "properties" in schema):
            return self.object(schema, depth)
        return AsJson("a list of any values" if kind == "array" else "any value")


def _array(item: Value) -> Value:
    """A list of items; one whose items are JSON is JSON as a whole."""
    return AsJson(f"a list of items, each {item.reason}") if isinstance(item, AsJson) else Array(item)


def _labels(enum: Any) -> Choice | None:
    """Texts to choose from, where they can all be labels."""
    if not isinstance(enum, list) or len(set(map(str, enum))) != len(enum) or len(enum) < 2:
        return None
    if not all(isinstance(each, str) and _LABEL.fullmatch(each) for each in enum):
        return None
    return Choice(tuple(ChoiceLabel(each) for each in enum))


def _name(key: str, taken: set[str]) -> str:
    """A name of the language for a key, none that is taken."""
    base = re.sub(r"[^A-Za-z0-9_]", "_", key)
    base = base if re.match(r"[A-Za-z_]", base) else f"_{base}"
    name, number = base, 1
    while name in taken:
        number += 1
        name = f"{base}_{number}"
    taken.add(name)
    return name
