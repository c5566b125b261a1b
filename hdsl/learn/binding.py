"""What a program is run with, from Python values: texts of inputs, values of options, sizes of dimensions."""

import json
from collections.abc import Mapping, Sequence
from itertools import product
from typing import Any

from hdsl.experience.training_data import Texts, flat, shape_of
from hdsl.future.future_tensor import FutureTensor
from hdsl.graph.program import Program
from hdsl.graph.shapes import shown_shape
from hdsl.graph.signature import Input
from hdsl.graph.types import TEXT, Type, canonical, shown_type
from hdsl.ground.errors import HdslError
from hdsl.run.runner import Given
from hdsl.structure.reading import NotOfStructure


class BindingError(HdslError, ValueError):
    """An input or option is missing, unknown, or does not fit; the message says which and what is wanted."""


def bound(program: Program, values: Mapping[str, Any]) -> Given:
    """The inputs (a text, nested lists of texts or a FutureTensor) and options by name, which may have a default.

    Raises BindingError.
    """
    texts = {wanted.name: wanted for wanted in program.inputs if _is_text(wanted)}
    options = {option.name: option for option in program.options}
    unknown = next((name for name in values if name not in texts and name not in options), None)
    if unknown is not None:
        names = ", ".join(f"`{name}`" for name in (*texts, *options))
        raise BindingError(f"`{program.name}` has no input or option `{unknown}`; it has {names}")
    needed = (*texts, *(name for name, option in options.items() if option.required))
    missing = next((name for name in needed if name not in values), None)
    if missing is not None:
        raise BindingError(f"`{program.name}` needs `{missing}`")
    sizes: dict[str, int] = {}
    for name, option in options.items():
        if option.kind == "dim":
            sizes[name] = values.get(name, option.default)
    inputs = {name: _bound_texts(wanted, values[name], sizes) for name, wanted in texts.items()}
    for wanted in program.inputs:
        for dimension in wanted.shape if isinstance(wanted.type, Type) else ():
            if isinstance(dimension, str):
                sizes.setdefault(dimension, 1)
    chosen = {name: values.get(name, option.default) for name, option in options.items() if option.kind != "dim"}
    return Given(sizes, inputs, chosen)


def in_order(program: Program, inputs: Sequence[Any], values: Mapping[str, Any]) -> dict[str, Any]:
    """Inputs that are given without names, by name. BindingError for too many, or for one that is given twice."""
    names = [wanted.name for wanted in program.inputs if _is_text(wanted)]
    if len(inputs) > len(names):
        raise BindingError(f"`{program.name}` has {len(names)} inputs, and {len(inputs)} are given")
    found = dict(zip(names, inputs, strict=False))
    twice = next((name for name in found if name in values), None)
    if twice is not None:
        raise BindingError(f"`{program.name}` is given `{twice}` twice")
    return found


def placed(texts: Texts, shape: tuple[int, ...], kind: Type = TEXT) -> dict[tuple[int, ...], str]:
    """Texts by coordinates: one text stands at all of them; lists may leave out leading dimensions of size 1.

    Those of a record type are as they are kept. Raises NotOfStructure for one that is none.
    """
    if isinstance(texts, str):
        return dict.fromkeys(product(*map(range, shape)), canonical(texts, kind))
    given = shape_of(texts)
    leading = (0,) * (len(shape) - len(given))
    found = (canonical(text, kind) for text in flat(texts))
    return {(*leading, *at): text for at, text in zip(product(*map(range, given)), found, strict=True)}


def as_texts(value: Any) -> Texts:
    """Nested lists as the tuples that shapes are read from, dicts as records; TypeError for what is not text."""
    if isinstance(value, list | tuple):
        return tuple(as_texts(each) for each in value)
    if isinstance(value, dict):
        return json.dumps(value, ensure_ascii=False)
    if not isinstance(value, str):
        raise TypeError(f"an input is a text, nested lists of texts or a FutureTensor, not {type(value).__name__}")
    return value


def _is_text(wanted: Input) -> bool:
    return isinstance(wanted.type, Type) and wanted.type.kind != "session"


def _bound_texts(wanted: Input, value: Any, sizes: dict[str, int]) -> list[str] | FutureTensor:
    try:
        texts = value if isinstance(value, FutureTensor) else as_texts(value)
    except TypeError as error:
        raise BindingError(f"`{wanted.name}`: {error}") from None
    if isinstance(texts, FutureTensor):
        given = tuple(texts.ft_capacity_shape)
    else:
        given = shape_of(texts) if not isinstance(texts, str) else (1,) * len(wanted.shape)
    fits = len(given) == len(wanted.shape) and all(
        size == (dimension if isinstance(dimension, int) else sizes.setdefault(dimension, size))
        for size, dimension in zip(given, wanted.shape, strict=True)
    )
    if not fits:
        raise BindingError(f"`{wanted.name}` has the shape {shown_shape(wanted.shape)}, and {list(given)} is given")
    if isinstance(texts, FutureTensor):
        return texts
    try:
        return [canonical(text, wanted.type) for text in flat(texts)]
    except NotOfStructure as error:
        raise BindingError(
            f"`{wanted.name}` takes a {shown_type(wanted.type)}, and a text that is given {error}"
        ) from None
