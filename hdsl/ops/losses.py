"""Losses: scores of texts, 0 is good. A score's text is a plain decimal number [get_edit_distance_ratio]."""

from typing import Any, cast

import Levenshtein
import torch

from hdsl.future.flight import Element, settle
from hdsl.future.future_tensor import FutureTensor, make_future
from hdsl.future.node import Coordinates, Spending
from hdsl.future.status import Status
from hdsl.future.trajectory import Trajectory
from hdsl.ops.element import tensor_operation
from hdsl.ops.passthrough import PassThrough
from hdsl.ops.site import Site
from hdsl.tensor.layout import all_coordinates
from hdsl.tensor.text_tensor import home_of, read_texts

_DECIMALS = 6


def edit_distance(actual: str, expected: str) -> str:
    """Levenshtein distance over the longer length: 0 equal, 1 nothing in common."""
    return score_text(edit_distance_ratio(actual, expected))


def exact_match(actual: str, expected: str) -> str:
    """0 where the stripped texts are equal, else 1."""
    return score_text(0.0 if actual.strip() == expected.strip() else 1.0)


def contains(x: str, part: str) -> str:
    """0 where the text contains the part, else 1."""
    return score_text(0.0 if part in x else 1.0)


@tensor_operation
def mean(x: FutureTensor, *, site: Site | None = None) -> FutureTensor:
    """The mean of all scores, a scalar; 0 of no scores. It fails by the first score that has failed."""
    return _Mean.future(x, site or Site())


def edit_distance_ratio(actual: str, expected: str) -> float:
    """The distance as a number in [0, 1]; 0 of two empty texts."""
    return Levenshtein.distance(actual, expected) / max(len(actual), len(expected), 1)


def score_text(score: float) -> str:
    """A score as a plain decimal number, without exponent or trailing zeros."""
    return f"{score:.{_DECIMALS}f}".rstrip("0").rstrip(".")


def get_edit_distance_ratio(actual: torch.Tensor, expected: torch.Tensor) -> torch.Tensor:
    """The edit distance ratio of two text tensors of one shape, element by element, as bfloat16 numbers.

    An absent element is an empty text; the gradient of the numbers passes through to `actual`.
    """
    return cast(torch.Tensor, _EditDistanceRatio.apply(actual, expected))  # type: ignore[no-untyped-call]


class _Mean(PassThrough):
    """One scalar that pulls all elements."""

    @staticmethod
    def forward(ctx: Any, x: FutureTensor, site: Site) -> FutureTensor:
        node = x.ft_node
        everywhere = tuple(all_coordinates(node.shape))

        async def generate(coordinates: Coordinates, trajectory: Trajectory, spending: Spending) -> Element:
            elements = await settle([node.begin(at, trajectory) for at in everywhere])
            failed = next((element for element in elements if element[1].failed), None)
            if failed is not None:
                return failed
            total = sum(float(text) for text, _ in elements)
            return score_text(total / max(len(elements), 1)), Status.confidence(1.0)

        return make_future(
            generate,
            (),
            place=home_of(node.static),
            name=site.name,
            sources=lambda _: ((node, at) for at in everywhere),
            inline=True,
        )


class _EditDistanceRatio(torch.autograd.Function):
    """Numbers from texts."""

    @staticmethod
    def forward(ctx: Any, actual: torch.Tensor, expected: torch.Tensor) -> torch.Tensor:
        if actual.shape != expected.shape:
            raise ValueError(f"shapes {list(actual.shape)} and {list(expected.shape)} differ")
        pairs = zip(read_texts(actual), read_texts(expected), strict=True)
        ratios = [edit_distance_ratio(mine or "", wanted or "") for mine, wanted in pairs]
        return torch.tensor(ratios, dtype=torch.bfloat16).reshape(actual.shape)

    @staticmethod
    def backward(ctx: Any, *grad_outputs: Any) -> tuple[Any, ...]:
        (gradient,) = grad_outputs
        return gradient, None
