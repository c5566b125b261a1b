"""The structure of an answer as a JSON schema, and the answer in an object of that schema.

A record is the object itself. A label stands in an object of its own, beside what belongs to it. As strict servers ask
for it, every field is required and one that may be absent may be null.
"""

import json
import re
from collections.abc import Sequence
from typing import Any

from hdsl.kernel.labelled import Outside, read_answer
from hdsl.structure.structures import Choice, ChoiceLabel, ListOf, Plain, Record, Structure, choice_of

_ANSWER, _LABEL, _TEXT = "answer", "label", "text"
"""The fields of an answer in JSON: a label alone, or a label and what belongs to it."""

_SPECIAL = re.compile(r"[.^$*+?{}\[\]\\|()]")
_NUMBERS = {"text": "string", "int": "integer", "float": "number", "bool": "boolean"}


def schema_of(structure: Structure) -> dict[str, Any]:
    """The JSON schema of an object that holds an answer of a structure."""
    if isinstance(structure, Record):
        return _schema(structure)
    choice = _as_choice(structure)
    if choice.has_records:
        return _object({_ANSWER: {"anyOf": [_labelled(label) for label in choice.labels]}})
    one = {"type": "string", "enum": list(choice.texts)}
    return _object({_LABEL: one, _TEXT: {"type": "string"}} if choice.has_payload else {_ANSWER: one})


def pattern_of(labels: Sequence[str]) -> str:
    """A regular expression that exactly the answers of one of some labels match."""
    ways = (_SPECIAL.sub(r"\\\g<0>", label) + (r"[\s\S]*" if label.endswith(":") else "") for label in labels)
    return f"({'|'.join(ways)})"


def unwrapped_json(text: str, structure: Structure) -> str | None:
    """The answer in an object of the schema; None if the text is not such an object, so that nothing was enforced."""
    try:
        value = json.loads(text, strict=False)
    except (ValueError, RecursionError):
        return None
    if not isinstance(value, dict):
        return None
    if isinstance(structure, Record):
        return _read(text, structure)
    choice = _as_choice(structure)
    if choice.has_records:
        value = value.get(_ANSWER)
        return _unwrapped(value, choice) if isinstance(value, dict) else None
    if not choice.has_payload:
        answer = value.get(_ANSWER)
        return answer if isinstance(answer, str) and answer in choice.texts else None
    return _unwrapped(value, choice)


def _unwrapped(value: dict[str, Any], choice: Choice) -> str | None:
    label, rest = value.get(_LABEL), value.get(_TEXT, "")
    if not isinstance(label, str) or label not in choice.texts:
        return None
    if isinstance(rest, dict):
        return _read(label + json.dumps(rest), choice)
    if not isinstance(rest, str):
        return None
    return label + rest.removeprefix(label) if label.endswith(":") else label


def _read(text: str, structure: Structure) -> str | None:
    found = read_answer(text, structure)
    return None if isinstance(found, Outside) else found


def _as_choice(structure: Structure) -> Choice:
    """The labels of an answer that is not a record: a bool has two."""
    return structure if isinstance(structure, Choice) else choice_of(("true", "false"))


def _labelled(label: ChoiceLabel) -> dict[str, Any]:
    properties: dict[str, Any] = {_LABEL: {"type": "string", "enum": [label.text]}}
    if label.text.endswith(":"):
        properties[_TEXT] = {"type": "string"} if label.payload is None else _schema(label.payload)
    return _object(properties)


def _schema(structure: Structure) -> dict[str, Any]:
    match structure:
        case Record(fields=fields):
            return _object({each.name: _field(each.structure, each.optional, each.description) for each in fields})
        case ListOf(item=item):
            return {"type": "array", "items": _schema(item)}
        case Choice(texts=texts, has_payload=True):
            return {"type": "string", "pattern": f"^{pattern_of(texts)}$"}
        case Choice(texts=texts):
            return {"type": "string", "enum": list(texts)}
        case Plain(kind=kind):
            return {"type": _NUMBERS[kind]}


def _field(structure: Structure, optional: bool, description: str) -> dict[str, Any]:
    schema = _schema(structure)
    if optional:
        schema = {"anyOf": [schema, {"type": "null"}]}
    return {**schema, "description": description} if description else schema


def _object(properties: dict[str, Any]) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "required": list(properties), "additionalProperties": False}
