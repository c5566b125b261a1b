"""Types as JSON schemas: what another program may give a harness, and what it gets from it.

Unlike the schemas that a model's answer is held to (`kernel/answer_schema.py`), a field that may be absent is not
required here, since any client can leave it out.
"""

from __future__ import annotations

from typing import Any

from hdsl.graph.shapes import Shape
from hdsl.graph.types import Type
from hdsl.kernel.answer_schema import pattern_of
from hdsl.structure.structures import Choice, ListOf, Plain, Record, Structure

Schema = dict[str, Any]

_PLAIN = {"text": "string", "int": "integer", "float": "number", "bool": "boolean"}


def schema_of_type(kind: Type) -> Schema:
    """The schema of one element of a tensor of this type."""
    if kind.kind == "score":
        return {"type": "number"}
    return {"type": "string"} if kind.structure is None else schema_of_structure(kind.structure)


def schema_of_structure(structure: Structure) -> Schema:
    """The schema of a value of this structure: labels are an enum, records are objects, lists are arrays."""
    match structure:
        case Record(fields=fields):
            properties = {
                each.name: _described(schema_of_structure(each.structure), each.description) for each in fields
            }
            required = [each.name for each in fields if not each.optional]
            return {"type": "object", "properties": properties, "required": required, "additionalProperties": False}
        case ListOf(item=item):
            return {"type": "array", "items": schema_of_structure(item)}
        case Choice(has_payload=True):
            schema: Schema = {"type": "string", "pattern": f"^{pattern_of(structure.texts)}$"}
            return _described(schema, _said_of_labels(structure))
        case Choice():
            return _described({"type": "string", "enum": list(structure.texts)}, _said_of_labels(structure))
        case Plain(kind=kind):
            return {"type": _PLAIN[kind]}


def schema_of_shape(element: Schema, shape: Shape) -> Schema:
    """The schema of a tensor: nested arrays, or a single value where each dimension is 1."""
    if is_single(shape):
        return element
    schema = element
    for size in reversed(shape):
        exact = {"minItems": 1} if isinstance(size, str) else {"minItems": size, "maxItems": size}
        schema = {"type": "array", "items": schema, **exact}
    return schema


def is_single(shape: Shape) -> bool:
    """Whether a tensor of this shape is always one element."""
    return all(size == 1 for size in shape)


def _said_of_labels(choice: Choice) -> str:
    return "; ".join(f"{label.text} {label.description}" for label in choice.labels if label.description)


def _described(schema: Schema, description: str) -> Schema:
    if not description:
        return schema
    inner = schema.get("description")
    return {**schema, "description": f"{description} ({inner})" if inner else description}
