"""Literals: what each kind of option takes, and the value of one."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from hdsl.graph.model_options import MODEL_OPTIONS
from hdsl.graph.signature import OptionParameter
from hdsl.syntax import tree

LITERALS = {
    "str": "a string in quotes",
    "int": "an integer",
    "float": "a number",
    "bool": "`true` or `false`",
    "dim": "an integer or the name of a dimension",
    "shape": "a list of dimensions such as `[1, T]`",
    **{option.allowed: option.said for option in MODEL_OPTIONS.values()},
}
"""What a literal of each kind of option is called."""


def literal_of(value: tree.Value, kind: str) -> str | int | float | bool | None:
    """The value of a literal of this kind, or None where it is another."""
    match kind, value:
        case "str", tree.Text(text=text):
            return text
        case (("int" | "dim"), tree.Number(value=int() as number)):
            return number
        case "float", tree.Number(value=number) if abs(number) <= sys.float_info.max:
            return float(number)
        case "bool", tree.Name(text="true" | "false" as word):
            return word == "true"
        case _:
            return None


def option_meant(value: tree.Value, spare: Sequence[OptionParameter]) -> str | None:
    """The option that is given by position, where it can be only one of those that are not given."""
    fitting = [
        option.name
        for option in spare
        if isinstance(option.kind, str)
        and (literal_of(value, option.kind) is not None or (option.kind == "shape" and type(value) is tree.ListValue))
    ]
    return fitting[0] if len(fitting) == 1 else None
