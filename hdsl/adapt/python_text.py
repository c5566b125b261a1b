"""Pieces of Python source: names that hide nothing, literals, docstrings, long calls, structures and bounds."""

from __future__ import annotations

import builtins
import keyword
import math
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from hdsl.graph.cost import Bound
from hdsl.graph.polynomial import Maximum, Monomial, Polynomial
from hdsl.graph.types import Type
from hdsl.ground.display import safe
from hdsl.structure.structures import Choice, ListOf, Plain, Record, Structure

WIDTH = 118
RESERVED = frozenset({*keyword.kwlist, *dir(builtins)})
"""Names that mean something to Python itself: nothing that is generated may have one of them."""


class Names:
    """Gives out names of Python, each once. `taken`: those that mean something else where they are used."""

    def __init__(self, taken: Iterable[str]) -> None:
        self._taken = set(taken)

    def new(self, wanted: str) -> str:
        """A name that is `wanted` as nearly as it can be."""
        name = identifier(wanted)
        while name in self._taken:
            name += "_"
        self._taken.add(name)
        return name


def identifier(text: str) -> str:
    """The text as an ASCII identifier, which may still be a keyword."""
    name = re.sub(r"[^A-Za-z0-9_]", "_", text)
    return name if name[:1].isalpha() or name[:1] == "_" else f"_{name}"


def literal(value: Any) -> str:
    """A plain value as an expression, in ASCII where its text cannot be printed."""
    if isinstance(value, float) and not math.isfinite(value):
        return f"float({str(value)!r})"
    return repr(value)


def docstring(text: str) -> str:
    """A docstring that says the text. What a reader would not see is shown as its escape."""
    shown = safe(text).replace("\\", "\\\\").replace('"""', '\\"\\"\\"')
    if shown.endswith('"'):
        shown = f'{shown[:-1]}\\"'
    return f'"""{shown}"""'


def call_lines(head: str, parts: Sequence[str]) -> Iterator[str]:
    """A call on one line; one that is longer on several, as many arguments on each as there is room for."""
    whole = f"{head}({', '.join(parts)})"
    if len(whole) <= WIDTH:
        yield whole
        return
    yield f"{head}("
    line = "       "
    for part in parts:
        if len(line) + len(part) + 2 > WIDTH and line.strip():
            yield line
            line = "       "
        line += f" {part},"
    yield line
    yield "    )"


def type_text(kind: Type) -> str:
    """The structure of a type as an expression."""
    assert kind.structure is not None
    return structure_text(kind.structure)


def structure_text(structure: Structure) -> str:
    """A structure as an expression."""
    match structure:
        case Plain(kind=kind):
            return f"Plain({kind!r})"
        case ListOf(item=item):
            return f"ListOf({structure_text(item)})"
        case Choice(labels=labels, name=name):
            shown = [
                f"ChoiceLabel({each.text!r}, {each.description!r}"
                + (f", {structure_text(each.payload)})" if each.payload is not None else ")")
                for each in labels
            ]
            return f"Choice(({', '.join(shown)},), {name!r})"
        case Record(fields=fields, name=name):
            shown = [
                f"Field({each.name!r}, {structure_text(each.structure)}, {each.optional!r}, {each.description!r})"
                for each in fields
            ]
            return f"Record(({', '.join(shown)},), {name!r})"


def bound_text(bound: Bound) -> str:
    """A bound as a function of the sizes of a run, which are given by their names."""
    return (
        f"lambda sizes: UpperBound(llm_calls={_maximum_text(bound.llm_calls)}, seconds={_maximum_text(bound.seconds)})"
    )


def _maximum_text(maximum: Maximum) -> str:
    shown = [_polynomial_text(each) for each in maximum.alternatives]
    return shown[0] if len(shown) == 1 else f"max({', '.join(shown)})"


def _polynomial_text(polynomial: Polynomial) -> str:
    return " + ".join(_term_text(monomial, number) for monomial, number in polynomial.terms) or "0"


def _term_text(monomial: Monomial, number: float) -> str:
    sizes = [f"sizes[{name!r}]" for name in monomial]
    return " * ".join(sizes if sizes and number == 1 else [literal(number), *sizes])
