"""The arguments of a tool, read from its JSON schema: as a record of the language, and back as JSON.

What the language cannot say (a choice between several kinds of value, an object of any fields, a type that holds
itself, more fields than can be written out) is a text that holds JSON. Limits within a type (`minimum`, `pattern`) are
left to the server.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, TypeAlias

from hdsl.ground.errors import HdslError
from hdsl.structure.structures import Choice, ChoiceLabel, Plain
from hdsl.tools.references import circular_references, referred

_LABEL = re.compile(r"[A-Za-z0-9_](?:[A-Za-z0-9 _./+-]*[A-Za-z0-9_])?")
_PLAIN = {"string": "text", "integer": "int", "number": "float", "boolean": "bool"}
_DEEPEST = 8
MOST_FIELDS = 500
"""Fields that a record may come to, those of records within it among them."""
_COMBINING = ("anyOf", "oneOf", "allOf", "not", "if", "patternProperties", "prefixItems")


class ArgumentsError(ValueError):
    """Arguments that cannot be sent: a text that should hold JSON does not. The message is a clause of its own."""


class SchemaTooLarge(HdslError):  # noqa: N818 - a state
    """A tool takes more arguments than can be declared; the message says how many."""


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
    """The arguments of a tool with this input schema; none where it takes none. SchemaTooLarge."""
    if not isinstance(schema, Mapping):
        return Object(())
    properties = schema.get("properties")
    if isinstance(properties, Mapping) and len(properties) > MOST_FIELDS:
        raise SchemaTooLarge(
            f"it has {len(properties):,} arguments, and {MOST_FIELDS} are the most that can be declared"
        )
    found = _Reader(schema).object(schema, 0).value
    return found if isinstance(found, Object) else Object(())


def result_of(schema: Any) -> Object | None:
    """The record that a tool with this output schema gives; None where it gives a text."""
    try:
        found = arguments_of(schema)
    except SchemaTooLarge:
        return None
    return found if is_plain_record(found) else None


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


class _Read(NamedTuple):
    """What a schema says of a value."""

    value: Value
    fields: int = 0
    """The fields that it comes to where it is written out."""
    is_nullable: bool = False
    description: str = ""


class _Reader:
    """Reads one schema. What several places refer to is read once, whatever it would come to if it were written out."""

    def __init__(self, root: Mapping[str, Any]) -> None:
        self._root = root
        self._circular = circular_references(root)
        self._known: dict[tuple[int, int], _Read] = {}

    def object(self, schema: Mapping[str, Any], depth: int) -> _Read:
        properties = schema.get("properties")
        if not isinstance(properties, Mapping) or not properties:
            return _Read(AsJson("an object of any fields"))
        found = {str(key): self._value(inner, depth + 1) for key, inner in properties.items()}
        fields = len(found) + sum(each.fields for each in found.values())
        for key, each in sorted(found.items(), key=lambda item: -item[1].fields):
            if fields > MOST_FIELDS:
                fields -= each.fields
                found[key] = each._replace(value=_too_large(each.fields), fields=0) if each.fields else each
        if fields > MOST_FIELDS:
            return _Read(_too_large(fields))
        required = schema.get("required")
        needed = set(required) if isinstance(required, Sequence) else set()
        taken: set[str] = set()
        arguments = []
        for key, each in found.items():
            optional, is_null = key not in needed or each.is_nullable, key in needed and each.is_nullable
            arguments.append(Argument(_name(key, taken), key, each.value, optional, each.description, is_null))
        return _Read(Object(tuple(arguments)), fields)

    def _value(self, schema: Any, depth: int) -> _Read:
        """What a property or an item holds."""
        at = (id(schema), depth)  # a part of the root, so that nothing else gets its id
        if at not in self._known:
            self._known[at] = self._followed(schema, depth)
        return self._known[at]

    def _followed(self, schema: Any, depth: int) -> _Read:
        """What is behind references; these end, as circular ones are not followed."""
        is_nullable, description = False, ""
        while isinstance(schema, Mapping):
            description = description or str(schema.get("description") or "")
            if id(schema) in self._circular:
                return _Read(AsJson("a type that holds itself"), 0, is_nullable, description)
            inner, nullable = self._simplified(schema)
            is_nullable = is_nullable or nullable
            if inner is schema:
                return self._plain_value(schema, depth)._replace(is_nullable=is_nullable, description=description)
            schema = inner
        return _Read(AsJson("any value"), 0, is_nullable, description)

    def _simplified(self, schema: Mapping[str, Any]) -> tuple[Any, bool]:
        """The schema behind a reference, or the only one that is left beside null; itself where it is none of these."""
        if isinstance(schema.get("$ref"), str):
            return referred(self._root, schema["$ref"]), False
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

    def _plain_value(self, schema: Mapping[str, Any], depth: int) -> _Read:
        if depth > _DEEPEST:
            return _Read(AsJson("nested too deeply"))
        if any(word in schema for word in _COMBINING):
            return _Read(AsJson("one of several kinds of value"))
        kind = schema.get("type")
        if kind == "string":
            return _Read(_labels(schema.get("enum")) or Plain("text"))
        if isinstance(kind, str) and kind in _PLAIN:
            return _Read(Plain(_PLAIN[kind]))  # type: ignore[arg-type]
        if kind == "array" and "items" in schema:
            item = self._value(schema["items"], depth + 1)
            if item.is_nullable:
                return _Read(AsJson("a list whose items may be null"))
            return _Read(_array(item.value), item.fields)
        if kind == "object" or (kind is None and "properties" in schema):
            return self.object(schema, depth)
        return _Read(AsJson("a list of any values" if kind == "array" else "any value"))


def _too_large(fields: int) -> AsJson:
    return AsJson(f"it comes to {fields:,} fields, and {MOST_FIELDS} are the most that can be written out")


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
