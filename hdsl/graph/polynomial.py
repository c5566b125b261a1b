"""Polynomials in shape parameters: what a bound is, `60*B + 4`."""

from collections.abc import Iterable, Mapping
from typing import Final, TypeAlias

from hdsl.graph.shapes import Shape

Monomial: TypeAlias = tuple[str, ...]


class Polynomial:
    """Coefficients by monomial; a monomial is the sorted names of its factors."""

    __slots__ = ("terms",)

    def __init__(self, terms: tuple[tuple[Monomial, float], ...] = ()) -> None:
        self.terms: Final = terms

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Polynomial) and self.terms == other.terms

    def __hash__(self) -> int:
        return hash(self.terms)

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


MOST_ALTERNATIVES = 8
"""Alternatives that a maximum keeps; more become one polynomial that is at least as large as each."""


class Maximum:
    """The largest of several polynomials: `max(60·B, 30·B + 4)`. None of them is never the largest."""

    __slots__ = ("alternatives",)

    def __init__(self, alternatives: tuple[Polynomial, ...] = (NOTHING,)) -> None:
        self.alternatives: Final = alternatives

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Maximum) and self.alternatives == other.alternatives

    def __hash__(self) -> int:
        return hash(self.alternatives)

    @staticmethod
    def of(polynomials: Iterable[Polynomial]) -> "Maximum":
        """The maximum of polynomials, without those that are never the largest at sizes from 0."""
        kept: list[Polynomial] = []
        for polynomial in polynomials:
            if not any(_covers(other, polynomial) for other in kept):
                kept = [other for other in kept if not _covers(polynomial, other)] + [polynomial]
        if len(kept) > MOST_ALTERNATIVES:
            kept = [_envelope(kept)]
        kept.sort(
            key=lambda polynomial: max((len(monomial) for monomial, _ in polynomial.terms), default=0), reverse=True
        )
        return Maximum(tuple(kept) or (NOTHING,))

    def __add__(self, other: "Maximum") -> "Maximum":
        return Maximum.of(one + two for one in self.alternatives for two in other.alternatives)

    def at(self, values: Mapping[str, int]) -> "Maximum":
        """The maximum with some names replaced by numbers."""
        return Maximum.of(polynomial.at(values) for polynomial in self.alternatives)

    @property
    def is_nothing(self) -> bool:
        """Whether it is 0 at all sizes."""
        return not any(polynomial.terms for polynomial in self.alternatives)

    @property
    def number(self) -> float | None:
        """The value, where no name is left."""
        numbers = [polynomial.number for polynomial in self.alternatives]
        return None if None in numbers else max(number for number in numbers if number is not None)

    def __str__(self) -> str:
        shown = ", ".join(map(str, self.alternatives))
        return shown if len(self.alternatives) == 1 else f"max({shown})"


def _covers(larger: Polynomial, smaller: Polynomial) -> bool:
    coefficients = dict(larger.terms)
    return all(coefficients.get(monomial, 0) >= number for monomial, number in smaller.terms)


def _envelope(polynomials: Iterable[Polynomial]) -> Polynomial:
    largest: dict[Monomial, float] = {}
    for polynomial in polynomials:
        for monomial, number in polynomial.terms:
            largest[monomial] = max(largest.get(monomial, 0), number)
    return NOTHING + Polynomial(tuple(largest.items()))
