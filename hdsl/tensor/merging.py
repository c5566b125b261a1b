"""merge: the texts of one dimension, framed, in one text each, and their gradients taken apart again."""

from collections.abc import Sequence
from typing import Any, Protocol, cast

import torch

from hdsl.storage.layout import all_coordinates, flat_index
from hdsl.storage.store import Entry, Shape, Store
from hdsl.tensor.differentiable import differentiable
from hdsl.tensor.frames import Frame, merge_frames, split_frames
from hdsl.tensor.gradients import gradient_registry, take_merged, text_gradient
from hdsl.tensor.make import filled_tensor
from hdsl.tensor.text_tensor import home_of, store_of
from hdsl.tensor.three_way import Refused, TextGradient


class Merger(Protocol):
    """How frames become one text, and how it is taken apart again (ValueError for a text that is none)."""

    @staticmethod
    def pack(frames: list[Frame], /) -> str:
        """One text of all frames."""
        ...

    @staticmethod
    def unpack(merged: str, /) -> Sequence[tuple[int, float, str]]:
        """The frames of a text."""
        ...


class TextMerger:
    """Frames `(index, coefficient, text)` as one text and back; a class of one's own may stand in its place."""

    pack = staticmethod(merge_frames)
    unpack = staticmethod(split_frames)


def merge(tensor: torch.Tensor, axis: int = -1, text_merger: Merger | None = None) -> torch.Tensor:
    """The texts along `axis` in one text each; failed and absent ones are left out; where there are none, it is absent.

    The coefficient is the sum of those merged. Backward takes a better text apart and gives each of those merged the
    gradient from its own text to the one in its frame; a text whose frames are not the same ones is refused.
    """
    rank = tensor.dim()
    if not -rank <= axis < rank:
        raise IndexError(f"dimension {axis} of a tensor of {rank} dimensions")
    return cast(torch.Tensor, _Merge.apply(tensor, axis % rank, text_merger or TextMerger))  # type: ignore[no-untyped-call]


@differentiable("merge")
class _Merge(torch.autograd.Function):
    """Frames of one dimension."""

    @staticmethod
    def forward(ctx: Any, tensor: torch.Tensor, axis: int, merger: Merger) -> torch.Tensor:
        coefficients = tensor.detach()
        counted = torch.where(coefficients > 0, coefficients, 0)
        totals = counted.sum(axis).to(torch.bfloat16)
        source = store_of(tensor)
        shape = tuple(totals.shape)
        groups = [_along(at, axis, tuple(tensor.shape)) for at in all_coordinates(shape)]
        entries = {}
        for index, total in enumerate(totals.reshape(-1).tolist()):
            frames = _frames(source, groups[index], counted)
            if frames:
                entries[index] = Entry(merger.pack(frames), total)
        result = filled_tensor(shape, home_of(tensor), entries)
        ctx.source, ctx.result, ctx.groups = source, store_of(result), groups
        ctx.axis, ctx.merger = axis, merger
        ctx.merged = (counted > 0).to(torch.bfloat16)
        return result

    @staticmethod
    def backward(ctx: Any, *grad_outputs: Any) -> tuple[Any, ...]:
        registry = gradient_registry()
        for index, merged in take_merged(ctx.result).items():
            try:
                better = _taken_apart(ctx.result.read(index) or "", merged.text, ctx.merger)
            except ValueError as error:
                whole = TextGradient("", merged.text)
                registry.refuse(ctx.result.uid, index, [Refused(whole, merged.applied, str(error))])
                continue
            for number, (actual, wanted) in better.items():
                registry.add(ctx.source.uid, {ctx.groups[index][number]: text_gradient(actual, wanted)})
        return grad_outputs[0].unsqueeze(ctx.axis) * ctx.merged, None, None


def _along(coordinates: tuple[int, ...], axis: int, shape: Shape) -> list[int]:
    """The flat indices of the elements that one element is merged of."""
    before, after = coordinates[:axis], coordinates[axis:]
    return [flat_index((*before, at, *after), shape) for at in range(shape[axis])]


def _frames(source: Store, group: list[int], counted: torch.Tensor) -> list[Frame]:
    flat = counted.reshape(-1)
    frames = []
    for number, position in enumerate(group):
        coefficient = float(flat[position])
        text = source.read(position) if coefficient else None
        if text is not None:
            frames.append(Frame(number, coefficient, text))
    return frames


def _taken_apart(actual: str, better: str, merger: Merger) -> dict[int, tuple[str, str]]:
    """For each frame its text as it is and as it should be; ValueError where the frames are not the same ones."""
    are = {index: text for index, _, text in merger.unpack(actual)}
    should = {index: text for index, _, text in merger.unpack(better)}
    if list(should) != list(are):
        raise ValueError("the better text has other frames than the merged one")
    return {index: (are[index], text) for index, text in should.items()}
