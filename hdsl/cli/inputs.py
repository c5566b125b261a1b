"""The inputs and options of a harness as options of a command: `--task "…" --T 10`, made from its signature."""

import argparse
import json
from collections.abc import Mapping, Sequence
from math import isfinite, prod
from typing import Any

from hdsl.cli.errors import CommandError
from hdsl.graph.program import Program
from hdsl.graph.shapes import shown_shape
from hdsl.graph.signature import Input, OptionParameter
from hdsl.graph.signature_text import shown_option
from hdsl.graph.types import ExperienceOf, Type, canonical, shown_type
from hdsl.ground.spelling import did_you_mean
from hdsl.run.runner import Given
from hdsl.structure.reading import NotOfStructure


def given_of(program: Program, words: Sequence[str], command: str) -> Given:
    """What the words of the command line give to a program.

    CommandError shows the harness's own usage, which begins with `command`: `hdsl run FILE`, what chose the harness.
    """
    texts = [wanted for wanted in program.inputs if isinstance(wanted.type, Type) and wanted.type.kind != "session"]
    try:
        values = _collect(words, {wanted.name for wanted in texts}, {option.name for option in program.options})
        sizes: dict[str, int] = {}
        inputs = {wanted.name: _texts(wanted, values.get(wanted.name, []), sizes) for wanted in texts}
        options, dimensions = _options(program.options, values)
        for name, size in dimensions.items():
            if sizes.setdefault(name, size) != size:
                raise CommandError(f"--{name} is {size}, and the inputs make it {sizes[name]}")
        for wanted in program.inputs:
            if wanted not in texts and isinstance(wanted.type, Type):
                for dimension in wanted.shape:
                    if isinstance(dimension, str):
                        sizes.setdefault(dimension, 1)
    except CommandError as error:
        raise CommandError(f"{error}\n{usage(program, command)}", error.exit_code) from None
    return Given(sizes, inputs, options)


def usage(program: Program, command: str) -> str:
    """How this harness is run."""
    parts: list[str] = []
    for wanted in program.inputs:
        if isinstance(wanted.type, ExperienceOf) or wanted.type.kind == "session":
            continue
        many = any(isinstance(dimension, str) for dimension in wanted.shape)
        parts.append(f'--{wanted.name} "…"{" [--" + wanted.name + " … for more]" if many else ""}')
    parts += [
        f"[{_shown_option(option)}]" if not option.required else _shown_option(option) for option in program.options
    ]
    inputs = ", ".join(
        f"{wanted.name}: {shown_type(wanted.type)}{shown_shape(wanted.shape)}" for wanted in program.inputs
    )
    options = "".join(f", {shown_option(option)}" for option in program.options)
    return f"usage: {command} {' '.join(parts)}\n       {program.name}({inputs}{options})"


def _shown_option(option: OptionParameter) -> str:
    return f"--{option.name} {str(option.kind).upper()}"


_OF = "of "


def _collect(words: Sequence[str], inputs: set[str], options: set[str]) -> dict[str, list[str]]:
    parser = argparse.ArgumentParser(add_help=False, allow_abbrev=False, exit_on_error=False)
    for name in sorted(inputs | options):  # some are names that every object has
        parser.add_argument(f"--{name}", action="append", dest=f"{_OF}{name}")
    try:
        parsed, rest = parser.parse_known_args(list(words))
    except argparse.ArgumentError as error:
        option = error.argument_name
        raise CommandError(f"{option} has no value; write one that begins with - as {option}=VALUE") from None
    if rest:
        word = rest[0].partition("=")[0]
        if not word.startswith("--"):
            raise CommandError(f"unexpected argument `{rest[0]}`; put a text with spaces in quotes")
        hint = did_you_mean(word, {f"--{name}" for name in inputs | options})
        raise CommandError(f"unknown option {word}. {hint}".strip())
    values = {name.removeprefix(_OF): given for name, given in vars(parsed).items() if given is not None}
    for name in options - inputs:
        if len(values.get(name, ())) > 1:
            raise CommandError(f"--{name} is given {len(values[name])} times")
    return values


def _texts(wanted: Input, given: Sequence[str], sizes: dict[str, int]) -> list[str]:
    if not given:
        raise CommandError(f"the input --{wanted.name} is missing")
    nested: Any = list(given)
    rank = len(wanted.shape)
    if rank == 0:
        if len(given) > 1:
            raise CommandError(f"expected one text for --{wanted.name}, found {len(given)}")
        nested = given[0]
    elif rank > 1:
        nested = [_parsed(wanted, text) for text in given]
    shape = _shape_of(wanted, nested)
    for dimension, size in zip(wanted.shape, shape, strict=True):
        if isinstance(dimension, int):
            if dimension != size:
                raise CommandError(
                    f"--{wanted.name} has the shape {shown_shape(wanted.shape)}: give it {dimension} times, not {size}"
                )
        elif sizes.setdefault(dimension, size) != size:
            raise CommandError(
                f"--{wanted.name} makes {dimension} {size}, and another input makes it {sizes[dimension]}"
            )
    flat = _flat(nested)
    if len(flat) != prod(shape) or not all(isinstance(text, str) for text in flat):
        raise CommandError(f"--{wanted.name} must be lists of texts of equal length")
    try:
        return [canonical(text, wanted.type) for text in flat]
    except NotOfStructure as error:
        raise CommandError(
            f"--{wanted.name} takes a {shown_type(wanted.type)}, and a text that is given {error}"
        ) from None


def _parsed(wanted: Input, text: str) -> Any:
    try:
        return json.loads(text)
    except json.JSONDecodeError:
        raise CommandError(
            f'--{wanted.name} has the shape {shown_shape(wanted.shape)}: each is a JSON list of texts, \'["a", "b"]\''
        ) from None


def _shape_of(wanted: Input, nested: Any) -> list[int]:
    shape: list[int] = []
    inner = nested
    while isinstance(inner, list) and len(shape) < len(wanted.shape):
        shape.append(len(inner))
        inner = inner[0] if inner else None
    if len(shape) != len(wanted.shape) or isinstance(inner, list):
        raise CommandError(f"--{wanted.name} has {len(wanted.shape)} dimensions: {shown_shape(wanted.shape)}")
    return shape


def _flat(nested: Any) -> list[Any]:
    return [text for inner in nested for text in _flat(inner)] if isinstance(nested, list) else [nested]


def _options(
    wanted: Sequence[OptionParameter], values: Mapping[str, Sequence[str]]
) -> tuple[dict[str, Any], dict[str, int]]:
    options: dict[str, Any] = {}
    dimensions: dict[str, int] = {}
    for option in wanted:
        given = values.get(option.name)
        if given is None and option.required:
            raise CommandError(f"the option --{option.name} is missing")
        value = option.default if given is None else _value(option, given[0])
        if option.kind == "dim":
            assert isinstance(value, int)
            dimensions[option.name] = value
        else:
            options[option.name] = value
    return options, dimensions


def _value(option: OptionParameter, word: str) -> str | int | float | bool:
    try:
        match option.kind:
            case "str":
                return word
            case "float":
                number = float(word)
                if not isfinite(number):
                    raise ValueError
                return number
            case "bool":
                return {"true": True, "false": False}[word]
            case "dim" if int(word) < 1:
                raise ValueError
            case _:
                return int(word)
    except (ValueError, KeyError):
        wanted = {"float": "a number", "bool": "true or false", "dim": "a whole number from 1"}.get(
            str(option.kind), "a whole number"
        )
        raise CommandError(f"--{option.name} takes {wanted}, not {word}") from None
