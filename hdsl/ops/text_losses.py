"""Losses over text tensors and FutureTensors: numbers, and what each text should be [get_edit_distance_ratio]."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, cast

import torch

from hdsl.future.context import RunContext, current_context
from hdsl.future.future_tensor import FutureTensor
from hdsl.kernel.request import Correction, Request
from hdsl.ops.better import ask_for_better, refuse_failed
from hdsl.ops.losses import edit_distance_ratio, mismatch, missing, with_part
from hdsl.ops.passthrough import named_text
from hdsl.storage.store import ShapeMismatch
from hdsl.tensor.differentiable import differentiable
from hdsl.tensor.gradients import gradient_registry, judgement
from hdsl.tensor.text_tensor import read_texts, store_of

Score = Callable[[str, str], float]
"""Of an actual and an expected text: 0 is good."""


def get_edit_distance_ratio(actual: torch.Tensor, expected: torch.Tensor) -> torch.Tensor:
    """The Levenshtein distance over the longer length, in [0, 1], of two tensors of one shape, element by element.

    As of all losses here: bfloat16 numbers in the texts' shape; an absent element is an empty text; a FutureTensor is
    computed first. Backward passes the numbers to `actual` and tells each of its texts that scored more than 0 what
    it should be, by the diff from what it is, and the others that they are right.
    """
    return get_score(actual, expected, edit_distance_ratio)


def get_exact_match(actual: torch.Tensor, expected: torch.Tensor) -> torch.Tensor:
    """0 where the stripped texts are equal, else 1."""
    return get_score(actual, expected, mismatch)


def get_contains(actual: torch.Tensor, part: torch.Tensor) -> torch.Tensor:
    """0 where the text contains the part, else 1; such a text should have the part as one more line."""
    return _scored(actual, part, missing, with_part)


def get_score(actual: torch.Tensor, expected: torch.Tensor, score: Score) -> torch.Tensor:
    """A loss of one's own: any Python function of an actual and an expected text."""
    return _scored(actual, expected, score, lambda _, wanted: wanted)


def apply_scores(
    actual: torch.Tensor, scores: Sequence[float], better: Mapping[int, str], advice: Mapping[int, str] | None = None
) -> torch.Tensor:
    """Scores that were computed elsewhere, in row-major order, as a loss of `actual`.

    `better` is what the text at a flat index should be, itself where it is right; `advice` says what is wrong with one
    whose better text is not known: the kernel is asked for it in backward.
    """
    loss = _Score.apply(actual, scores, better, advice or {}, current_context())  # type: ignore[no-untyped-call]
    return cast(torch.Tensor, loss)


def texts_of(tensor: torch.Tensor) -> tuple[tuple[int, ...], list[str]]:
    """The shape and the texts of a text tensor, or of a FutureTensor, which is computed; absent ones are empty."""
    static = _static(tensor)
    return tuple(static.shape), [text or "" for text in read_texts(static)]


def _scored(
    actual: torch.Tensor, expected: torch.Tensor, score: Score, should: Callable[[str, str], str]
) -> torch.Tensor:
    shape, texts = texts_of(actual)
    expected_shape, wanted = texts_of(expected)
    if shape != expected_shape:
        raise ShapeMismatch(f"shapes {list(shape)} and {list(expected_shape)} differ")
    pairs = list(zip(texts, wanted, strict=True))
    scores = [score(text, want) for text, want in pairs]
    better = {index: should(*pair) if scores[index] else pair[0] for index, pair in enumerate(pairs)}
    return apply_scores(actual, scores, better)


def _static(tensor: torch.Tensor) -> torch.Tensor:
    if not isinstance(tensor, FutureTensor):
        return tensor
    if not tensor.ft_forwarded:
        tensor.ft_forward()
    return tensor.ft_static_tensor


@differentiable("score", named_text)
class _Score(torch.autograd.Function):
    """Numbers from texts."""

    @staticmethod
    def forward(
        ctx: Any,
        actual: torch.Tensor,
        scores: Sequence[float],
        better: Mapping[int, str],
        advice: Mapping[int, str],
        context: RunContext,
    ) -> torch.Tensor:
        static = _static(actual)
        ctx.store, ctx.better, ctx.advice, ctx.context = store_of(static), better, advice, context
        ctx.shape = tuple(actual.shape)
        return torch.tensor(scores, dtype=torch.bfloat16).reshape(static.shape)

    @staticmethod
    def backward(ctx: Any, *grad_outputs: Any) -> tuple[Any, ...]:
        texts = {index: ctx.store.read(index) or "" for index in (*ctx.better, *ctx.advice)}
        asked = {
            index: Request("gradient", "", correction=Correction("output", texts[index], advice=advice))
            for index, advice in ctx.advice.items()
        }
        should = dict(ctx.better)
        for index, answer in ask_for_better(asked, ctx.context, "loss").items():
            if answer[1].failed:
                refuse_failed(ctx.store.uid, index, answer)
            else:
                should[index] = answer[0]
        gradient_registry().add(ctx.store.uid, {index: judgement(texts[index], text) for index, text in should.items()})
        (gradient,) = grad_outputs
        # A FutureTensor is one number for all its elements.
        number = gradient if ctx.shape == tuple(gradient.shape) else gradient.sum().reshape(ctx.shape)
        return number, None, None, None, None
