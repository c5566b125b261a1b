"""Leaves: texts that are there already, as FutureTensors."""

from collections.abc import Sequence
from math import prod

import torch

from hdsl.future.context import current_context
from hdsl.future.flight import Element
from hdsl.future.future_tensor import FutureTensor
from hdsl.future.node import Coordinates, Node, Spending
from hdsl.future.trajectory import Trajectory
from hdsl.ops.outcomes import ABSENT
from hdsl.storage.store import Entry
from hdsl.tensor.make import filled_tensor
from hdsl.tensor.text_tensor import Place


def ft_make_forwarded(
    relative_to: Place, shape: Sequence[int], values: Sequence[str | Element | None], *, name: str = ""
) -> FutureTensor:
    """A computed FutureTensor of texts (or texts with a status) in row-major order; None is an absent element.

    ValueError where the number of values is not that of the shape.
    """
    if len(values) != prod(shape):
        raise ValueError(f"{len(values)} values for the shape {list(shape)}")
    entries = {index: _entry(value) for index, value in enumerate(values) if value is not None}
    return ft_from_tensor(filled_tensor(shape, relative_to, entries), name=name)


def ft_from_tensor(tensor: torch.Tensor, *, name: str = "") -> FutureTensor:
    """A text tensor as a FutureTensor over the same storage; an element that is not there is absent."""
    return FutureTensor.around(Node(_absent, tensor, current_context(), name=name, inline=True))


def _entry(value: str | Element) -> Entry:
    if isinstance(value, str):
        return Entry(value)
    text, status = value
    return Entry(text, status.coefficient, status.cause)


async def _absent(coordinates: Coordinates, trajectory: Trajectory, spending: Spending) -> Element:
    return ABSENT
