"""Symbolic shapes: dimensions are numbers, names, or packs; patterns of signatures are matched against them.

A dimension is an `int`, a name (`"T"`), or a pack (`"*S"`, any number of dimensions). Shapes of nodes hold the names
of their harness, which stand for themselves; a signature's pattern binds its own names by matching.
"""

from collections.abc import Mapping
from typing import TypeAlias

from hdsl.meaning.demand import Dimension as Dimension
from hdsl.meaning.demand import Shape as Shape

Binding: TypeAlias = dict[str, Shape]
"""What a pattern's names are bound to: one dimension for a name, any number for a pack (`"*S"`)."""


def shown_shape(shape: Shape) -> str:
    """The shape as it is written: `[1, T]`."""
    return "[" + ", ".join(map(str, shape)) + "]"


def is_pack(dimension: Dimension) -> bool:
    """Whether a dimension stands for any number of dimensions."""
    return isinstance(dimension, str) and dimension.startswith("*")


def match(pattern: Shape, shape: Shape, binding: Binding) -> str | None:
    """Matches a signature's pattern with a shape, adding to the binding.

    None where it fits; else what disagrees: `rank`, or the name or number of the pattern's dimension.
    """
    pack = next((i for i, dimension in enumerate(pattern) if is_pack(dimension)), None)
    if pack is None:
        if len(pattern) != len(shape) or any(map(is_pack, shape)):
            return "rank"
        return _match_each(pattern, shape, binding)
    after = len(pattern) - pack - 1
    if len(shape) < pack + after:
        return "rank"
    middle = shape[pack : len(shape) - after]
    if any(map(is_pack, shape[:pack])) or any(map(is_pack, shape[len(shape) - after :])):
        return "rank"
    wrong = _match_each(pattern[:pack], shape[:pack], binding)
    name = str(pattern[pack])
    if wrong is None and binding.setdefault(name, middle) != middle:
        wrong = name
    return wrong or _match_each(pattern[pack + 1 :], shape[len(shape) - after :], binding)


def _match_each(pattern: Shape, shape: Shape, binding: Binding) -> str | None:
    for wanted, given in zip(pattern, shape, strict=True):
        if isinstance(wanted, int):
            if wanted != given:
                return str(wanted)
        elif binding.setdefault(wanted, (given,)) != (given,):
            return wanted
    return None


def substitute(pattern: Shape, binding: Mapping[str, Shape]) -> Shape:
    """The pattern with its bound names replaced; a name that nothing binds stays."""
    result: list[Dimension] = []
    for dimension in pattern:
        if isinstance(dimension, str) and dimension in binding:
            result.extend(binding[dimension])
        else:
            result.append(dimension)
    return tuple(result)


def unbound(pattern: Shape, binding: Mapping[str, Shape]) -> list[str]:
    """The names of a pattern that nothing has bound."""
    return [dimension for dimension in pattern if isinstance(dimension, str) and dimension not in binding]


def expands_to(shape: Shape, target: Shape) -> bool:
    """Whether `expand` can make `target` of `shape`: dimensions added behind it, a 1 repeated n times."""
    if len(target) < len(shape):
        return False
    return all(given == wanted or given == 1 for given, wanted in zip(shape, target, strict=False))
