"""Losses: scores of texts, 0 is good. A score's text is a plain decimal number; an actual text learns from it."""

from typing import Any

import Levenshtein

from hdsl.future.flight import Element, settle
from hdsl.future.future_tensor import FutureTensor, make_future
from hdsl.future.node import Coordinates, Spending
from hdsl.future.status import Status
from hdsl.future.trajectory import Trajectory
from hdsl.ops.demanded import demand_of, sources_of
from hdsl.ops.element import tensor_operation
from hdsl.ops.learning import learns_by
from hdsl.ops.outcomes import ABSENT
from hdsl.ops.passthrough import PassThrough
from hdsl.ops.site import Site
from hdsl.tensor.text_tensor import home_of

_DECIMALS = 6
NEWLINE = "\n"


def score_text(score: float) -> str:
    """A score as a plain decimal number, without exponent or trailing zeros."""
    return f"{score:.{_DECIMALS}f}".rstrip("0").rstrip(".")


def expected_instead(score: str, actual: str, expected: str, **options: Any) -> tuple[str | None, None]:
    """What a loss teaches: the actual text should be the expected one, where the score is not 0; else it is right."""
    return (expected if float(score) else actual), None


loss = learns_by(expected_instead)
"""Marks an element function of an actual and an expected text that gives a score as text: the actual one learns."""


def with_part(x: str, part: str) -> str:
    """The text with the part added as a line of its own where it is not in it."""
    if part in x:
        return x
    return f"{x}{'' if not x or x.endswith(NEWLINE) else NEWLINE}{part}"


def edit_distance_ratio(actual: str, expected: str) -> float:
    """The distance as a number in [0, 1]; 0 of two empty texts."""
    return Levenshtein.distance(actual, expected) / max(len(actual), len(expected), 1)


def mismatch(actual: str, expected: str) -> float:
    """0 where the stripped texts are equal, else 1."""
    return 0.0 if actual.strip() == expected.strip() else 1.0


def missing(x: str, part: str) -> float:
    """0 where the text contains the part, else 1."""
    return 0.0 if part in x else 1.0


@loss
def edit_distance(actual: str, expected: str) -> str:
    """Levenshtein distance over the longer length: 0 equal, 1 nothing in common."""
    return score_text(edit_distance_ratio(actual, expected))


@loss
def exact_match(actual: str, expected: str) -> str:
    """0 where the stripped texts are equal, else 1."""
    return score_text(mismatch(actual, expected))


@learns_by(lambda score, x, part: (with_part(x, part), None))
def contains(x: str, part: str) -> str:
    """0 where the text contains the part, else 1."""
    return score_text(missing(x, part))


@tensor_operation
def mean(x: FutureTensor, *, site: Site | None = None) -> FutureTensor:
    """The mean of the scores that are not absent, a scalar; absent if there are none. A failed score fails it."""
    return _Mean.future(x, site or Site())


class _Mean(PassThrough):
    """One scalar that pulls all elements."""

    @staticmethod
    def forward(ctx: Any, x: FutureTensor, site: Site) -> FutureTensor:
        node = x.ft_node
        sources = sources_of(demand_of("reduce", (), (node,)), (node,))
        everywhere = [at for _, at in sources(())]

        async def generate(coordinates: Coordinates, trajectory: Trajectory, spending: Spending) -> Element:
            elements = await settle([node.begin(at, trajectory) for at in everywhere])
            failed = next((element for element in elements if element[1].failed), None)
            if failed is not None:
                return failed
            scores = [float(text) for text, status in elements if not status.is_absent]
            if not scores:
                return ABSENT
            return score_text(sum(scores) / len(scores)), Status.confidence(1.0)

        return make_future(
            generate,
            (),
            place=home_of(node.static),
            name=site.name,
            sources=sources,
            inline=True,
        )
