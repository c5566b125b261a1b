"""Polynomials in shape parameters: what a bound is, `60*B + 4`."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

from hdsl.graph.shapes import Shape

Monomial: TypeAlias = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Polynomial:
    """Coefficients by monomial; a monomial is the sorted names of its factors."""

    terms: tuple[tuple[Monomial, float], ...] = ()

    @staticmethod
    def of_shape(shape: Shape, factor: float = 1) -> "Polynomial":
        """How many elements a shape has, times a factor."""
        names: list[str] = []
        number = factor
        for dimension in shape:
            if isinstance(dimension, int):
                number *= dimension
            else:
                names.append(dimension)
        return Polynomial(((tuple(sorted(names)), number),)) if number else Polynomial()

    def __add__(self, other: "Polynomial") -> "Polynomial":
        terms = dict(self.terms)
        for monomial, number in other.terms:
            terms[monomial] = terms.get(monomial, 0) + number
        return Polynomial(tuple(sorted(terms.items(), key=lambda term: (-len(term[0]), term[0]))))

    def at(self, values: Mapping[str, int]) -> "Polynomial":
        """The polynomial with some names replaced by numbers."""
        total = Polynomial()
        for monomial, number in self.terms:
            rest: list[str] = []
            for name in monomial:
                if name in values:
                    number *= values[name]
                else:
                    rest.append(name)
            total = total + (Polynomial(((tuple(rest), number),)) if number else Polynomial())
        return total

    @property
    def number(self) -> float | None:
        """The value, where no name is left."""
        if any(monomial for monomial, _ in self.terms):
            return None
        return sum(number for _, number in self.terms)

    def __str__(self) -> str:
        parts = []
        for monomial, number in self.terms:
            shown = f"{number:g}"
            parts.append(shown if not monomial else "·".join(([] if number == 1 else [shown]) + list(monomial)))
        return " + ".join(parts) or "0"


NOTHING = Polynomial()
