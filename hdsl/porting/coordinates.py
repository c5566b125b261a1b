"""Coordinates of many elements at once: nested index tensors as pairs, turned round, and one of each group."""

from collections.abc import Iterator, Sequence
from typing import Any

import torch

Indexes = list[torch.Tensor]
"""Coordinates, an index tensor for each dimension."""

Pair = tuple[Indexes, Any]


def convert_nested_list_coordinates_to_pairs_coordinates(nested: Any) -> list[Pair]:
    """Each leaf of nested lists (index tensors in a list, or an empty list) with the coordinates it stands at."""
    return list(_leaves(nested, ()))


def transpose_pairs_coordinates(pairs: Sequence[Pair]) -> list[Pair]:
    """Pairs of a source and the targets it points to as pairs of a target and the sources that point to it.

    A target's coordinates are scalar tensors; its sources are one index tensor for each of their dimensions. Targets
    come in the order in which they are first met.
    """
    sources_of: dict[tuple[int, ...], list[tuple[int, ...]]] = {}
    for source, targets in pairs:
        at = tuple(int(coordinate) for coordinate in source)
        columns = [column.reshape(-1).tolist() for column in targets]
        for target in zip(*columns, strict=False):
            sources_of.setdefault(target, []).append(at)
    return [(_scalars(target), _columns(sources)) for target, sources in sources_of.items()]


def group_random_select(group_ids: torch.Tensor) -> torch.Tensor:
    """The index of one element of each group, by the group's number; each element of a group is as likely.

    `group_ids` is one integer for each element. The choice follows torch's random numbers.
    """
    order = torch.randperm(group_ids.numel())
    first_of: dict[int, int] = {}
    for index in order.tolist():
        first_of.setdefault(int(group_ids[index]), index)
    return torch.tensor([first_of[group] for group in sorted(first_of)], dtype=torch.long, device=group_ids.device)


def _leaves(nested: Any, at: tuple[int, ...]) -> Iterator[Pair]:
    if isinstance(nested, list) and nested and not isinstance(nested[0], torch.Tensor):
        for number, item in enumerate(nested):
            yield from _leaves(item, (*at, number))
    else:
        yield _scalars(at), nested


def _scalars(coordinates: Sequence[int]) -> Indexes:
    return [torch.tensor(coordinate, dtype=torch.long) for coordinate in coordinates]


def _columns(coordinates: Sequence[tuple[int, ...]]) -> Indexes:
    return [torch.tensor(column, dtype=torch.long) for column in zip(*coordinates, strict=True)]
