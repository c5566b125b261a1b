"""A harness as a tool that other programs call: its name, schemas and effects; its arguments as inputs, and back."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from hdsl.adapt.json_schema import Schema, is_single, schema_of_shape, schema_of_type
from hdsl.experience.training_data import Texts
from hdsl.graph.program import Program
from hdsl.graph.shapes import Shape, shown_shape
from hdsl.graph.signature import Input, OptionParameter
from hdsl.graph.types import Type, shown_type
from hdsl.ground.errors import HdslError
from hdsl.learn.binding import bound
from hdsl.run.runner import ElementResult, Given
from hdsl.structure.reading import problem_of

RESULT = "result"
"""The field of a tool's structured result that holds the harness's result."""

_OPTIONS = {"str": "string", "int": "integer", "float": "number", "bool": "boolean", "dim": "integer"}


class ArgumentError(HdslError):
    """The arguments of a call do not fit the tool's schema; the message names the argument and what it takes."""


@dataclass(frozen=True, slots=True)
class HarnessTool:
    """What a client is told of a harness."""

    program: Program
    description: str
    input_schema: Schema
    output_schema: Schema
    effects: frozenset[str]

    @property
    def name(self) -> str:
        """The harness's name."""
        return self.program.name

    @property
    def annotations(self) -> dict[str, bool]:
        """The effects as MCP's hints: what writes may destroy, and a model is a part of the open world."""
        writes = bool(self.effects & {"write", "open"})
        return {
            "readOnlyHint": not writes,
            "destructiveHint": writes,
            "idempotentHint": False,
            "openWorldHint": bool(self.effects & {"llm", "write", "open"}),
        }


def tool_of(program: Program) -> HarnessTool:
    """A program as a tool."""
    effects = frozenset(effect.name for node in program.nodes.values() for effect in node.effects)
    result = program.nodes[program.result]
    return HarnessTool(program, documentation_of(program), _input_schema(program), _output_schema(result), effects)


def documentation_of(program: Program) -> str:
    """What the comments above a program's harness say."""
    start = program.harness_starts.get("")
    source = next((node.source for node in program.nodes.values() if node.module == program.module), None)
    return "" if start is None or source is None else source.documentation(start)


def text_inputs(program: Program) -> tuple[Input, ...]:
    """The inputs that a caller gives: sessions are opened, and tables are there."""
    return tuple(each for each in program.inputs if isinstance(each.type, Type) and each.type.kind != "session")


def given_of_arguments(program: Program, arguments: Mapping[str, Any]) -> Given:
    """What the arguments of a call give to a program. ArgumentError, or BindingError, where they do not fit."""
    inputs = {wanted.name: wanted for wanted in text_inputs(program)}
    options = {option.name: option for option in program.options}
    values: dict[str, Any] = {}
    for name, value in arguments.items():
        if name in inputs:
            values[name] = _texts(inputs[name], value)
        elif name in options and value is not None:
            values[name] = _option(options[name], value)
        elif name not in options:
            values[name] = value  # `bound` says which names there are
    return bound(program, values)


def result_of_elements(program: Program, elements: Sequence[ElementResult]) -> Any:
    """The result as JSON, nested by its shape; null where an element failed or is absent."""
    kind, shape = program.nodes[program.result].type, program.nodes[program.result].shape
    if is_single(shape):
        return _value(elements[0], kind) if elements else None
    nested: list[Any] = []
    for element in elements:
        at = nested
        for coordinate in element.coordinates[:-1]:
            while len(at) <= coordinate:
                at.append([])
            at = at[coordinate]
        at.append(_value(element, kind))
    return nested


def _value(element: ElementResult, kind: Type) -> Any:
    if element.status.failed or element.status.is_absent:
        return None
    if kind.kind == "score":
        return float(element.text)
    return json.loads(element.text) if kind.record is not None else element.text


def _input_schema(program: Program) -> Schema:
    properties: dict[str, Schema] = {}
    for wanted in text_inputs(program):
        assert isinstance(wanted.type, Type)
        properties[wanted.name] = schema_of_shape(schema_of_type(wanted.type), wanted.shape)
    required = list(properties)
    for option in program.options:
        schema: Schema = {"type": _OPTIONS[str(option.kind)]}
        if option.kind == "dim":
            schema["minimum"] = 1
        if option.default is not None:
            schema["default"] = option.default
        properties[option.name] = schema
        if option.required:
            required.append(option.name)
    return {"type": "object", "properties": properties, "required": required, "additionalProperties": False}


def _output_schema(result: Any) -> Schema:
    element = schema_of_type(result.type)
    if not is_single(result.shape):
        element = {"anyOf": [element, {"type": "null"}]}
    shaped = schema_of_shape(element, _any_size(result.shape))
    return {"type": "object", "properties": {RESULT: shaped}, "required": [RESULT]}


def _any_size(shape: Shape) -> Shape:
    """A result's sizes follow from the inputs: a schema does not repeat them."""
    return shape if is_single(shape) else tuple(str(size) for size in shape)


def _texts(wanted: Input, value: Any) -> Texts:
    """The texts of an input, nested by its shape. ArgumentError."""
    assert isinstance(wanted.type, Type)
    if is_single(wanted.shape) and not _is_nested(value, len(wanted.shape)):
        return _text(wanted, wanted.type, value)
    return _nested(wanted, wanted.type, value, len(wanted.shape))


def _is_nested(value: Any, depth: int) -> bool:
    return isinstance(value, list) and depth > 0


def _nested(wanted: Input, kind: Type, value: Any, depth: int) -> Texts:
    if depth == 0:
        return _text(wanted, kind, value)
    if not isinstance(value, list) or not value:
        raise ArgumentError(
            f"`{wanted.name}` has the shape {shown_shape(wanted.shape)}: give a list, with an item or more"
        )
    inner = tuple(_nested(wanted, kind, each, depth - 1) for each in value)
    if len({len(each) for each in inner if not isinstance(each, str)}) > 1:
        raise ArgumentError(f"`{wanted.name}` has lists of different lengths")
    return inner


def _text(wanted: Input, kind: Type, value: Any) -> str:
    if kind.record is not None and isinstance(value, dict):
        text = json.dumps(_without_nulls(value), ensure_ascii=False)
    elif isinstance(value, str) and kind.record is None:
        text = value
    else:
        raise ArgumentError(f"`{wanted.name}` takes a {shown_type(kind)}, not {_shown(value)}")
    problem = "" if kind.structure is None else problem_of(text, kind.structure)
    if problem:
        raise ArgumentError(f"`{wanted.name}` takes a {shown_type(kind)}, and what is given {problem}")
    return text


def _without_nulls(value: Any) -> Any:
    """A record without the fields that are null, as clients write fields that are absent."""
    if isinstance(value, dict):
        return {name: _without_nulls(each) for name, each in value.items() if each is not None}
    return [_without_nulls(each) for each in value] if isinstance(value, list) else value


def _option(option: OptionParameter, value: Any) -> Any:
    wanted = {"str": (str,), "int": (int,), "float": (int, float), "bool": (bool,), "dim": (int,)}[str(option.kind)]
    fits = isinstance(value, wanted) and (isinstance(value, bool) == (option.kind == "bool"))
    if not fits or (option.kind == "dim" and value < 1):
        name = "whole number from 1" if option.kind == "dim" else _OPTIONS[str(option.kind)]
        raise ArgumentError(f"`{option.name}` takes a {name}, not {_shown(value)}")
    return float(value) if option.kind == "float" else value


def _shown(value: Any) -> str:
    shown = json.dumps(value, ensure_ascii=False, default=str)
    return shown if len(shown) <= 60 else f"{shown[:59]}…"
