"""Signatures as they are declared, in one line."""

from __future__ import annotations

from hdsl.graph.shapes import shown_shape
from hdsl.graph.signature import Input, OperationOf, OptionParameter, Signature
from hdsl.graph.types import Type, shown_type


def shown_input(wanted: Input) -> str:
    """An input as it is declared."""
    shape = shown_shape(wanted.shape) if isinstance(wanted.type, Type) else ""
    return (
        f"{wanted.name}: {shown_type(wanted.type)}{shape}{'...' if wanted.repeated else '?' if wanted.optional else ''}"
    )


def shown_operation(kind: OperationOf) -> str:
    """An operation type as it is written."""
    inputs = ", ".join(f"{shown_type(element)}{shown_shape(shape)}" for element, shape in kind.inputs)
    effects = "".join(f" {effect}" for effect in kind.effects)
    return f"op({inputs}) -> {shown_type(kind.result)}{shown_shape(kind.shape)}{effects}"


def shown_option(option: OptionParameter) -> str:
    """An option as it is declared."""
    kind = shown_operation(option.kind) if isinstance(option.kind, OperationOf) else option.kind
    if option.required:
        return f"{option.name}: {kind}"
    if option.default is None:
        return f"{option.name}: {kind}?"
    default = {True: "true", False: "false"}.get(option.default) if isinstance(option.default, bool) else None
    if default is None:
        import json

        default = json.dumps(option.default, ensure_ascii=False)
    return f"{option.name}: {kind} = {default}"


def shown_signature(signature: Signature) -> str:
    """A signature in one line, as it is declared."""
    parts = [*map(shown_input, signature.inputs), *map(shown_option, signature.options)]
    effects = "".join(f" {effect}" for effect in signature.effects)
    return (
        f"{signature.name}({', '.join(parts)}) -> {shown_type(signature.result)}{shown_shape(signature.shape)}{effects}"
    )
