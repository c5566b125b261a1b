"""What a step did: changes of texts that can be made again and taken back, and the evidence they rest on."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import torch

from hdsl.ops.rows import COLUMNS
from hdsl.tensor.store import Entry
from hdsl.tensor.text_tensor import store_of
from hdsl.tensor.three_way import Refused


@dataclass(frozen=True, slots=True)
class CellChange:
    """A text by its flat index as it was and as it is; None where it is absent."""

    index: int
    before: str | None
    after: str | None


@dataclass(frozen=True, slots=True)
class TensorChange:
    """What a step changed in one tensor: the size of its first dimension, and texts."""

    uid: str
    rows_before: int
    rows_after: int
    cells: tuple[CellChange, ...]

    @property
    def is_nothing(self) -> bool:
        """Whether it changes nothing."""
        return not self.cells and self.rows_before == self.rows_after

    def reversed(self) -> "TensorChange":
        """The change that takes this one back."""
        cells = tuple(CellChange(cell.index, cell.after, cell.before) for cell in self.cells)
        return TensorChange(self.uid, self.rows_after, self.rows_before, cells)


@dataclass(frozen=True, slots=True)
class Vote:
    """One example for what a row should answer, whether that is what it answers or not."""

    uid: str
    row: int
    value: str


@dataclass(frozen=True, slots=True)
class RefusedChange:
    """A change that was asked for and not made: of which element (flat index), to what, and why."""

    uid: str
    index: int
    patch: str
    better: str | None
    cause: str


@dataclass(frozen=True, slots=True)
class StepRecord:
    """One step of an optimizer, a transaction: all of it was made, or nothing."""

    number: int
    changes: tuple[TensorChange, ...] = ()
    votes: tuple[Vote, ...] = ()
    refused: tuple[RefusedChange, ...] = ()


def refused_change(uid: str, index: int, refused: Refused) -> RefusedChange:
    """A refused gradient as a step records it."""
    return RefusedChange(uid, index, refused.gradient.patch, refused.gradient.better, refused.cause)


def make_change(tensor: torch.Tensor, change: TensorChange) -> None:
    """Makes a change. Making it twice is making it once; ValueError for the change of another tensor."""
    store = store_of(tensor)
    if store.uid != change.uid:
        raise ValueError(f"a change of {change.uid} is none of {store.uid}")
    if store.shape[:1] != (change.rows_after,) and change.rows_before != change.rows_after:
        _resize(tensor, change.rows_after)
    flat = tensor.data.view(-1)
    for cell in change.cells:
        if cell.index >= tensor.numel():
            continue  # it was in a row that this change took away
        if cell.after is None:
            store.remove(cell.index)
            flat[cell.index] = 0.0
        else:
            coefficient = float(flat[cell.index]) or 1.0
            store.write(cell.index, Entry(cell.after, coefficient))
            flat[cell.index] = coefficient


def _resize(tensor: torch.Tensor, rows: int) -> None:
    """Changes the rows of texts and coefficients alike; an experience of no rows may have the shape [0]."""
    shape = (rows, *(tensor.shape[1:] or (COLUMNS,)))
    store_of(tensor).resize(shape)
    resized = torch.zeros(shape, dtype=tensor.dtype)
    kept = min(rows, tensor.shape[0])
    resized[:kept] = tensor.data[:kept].reshape(kept, *shape[1:])
    tensor.data = resized


def record_as_json(record: StepRecord, names: Mapping[str, str]) -> dict[str, Any]:
    """A record as plain data, tensors by name."""
    return {
        "changes": [
            {
                "table": names[change.uid],
                "rows": [change.rows_before, change.rows_after],
                "cells": [[cell.index, cell.before, cell.after] for cell in change.cells],
            }
            for change in record.changes
        ],
        "votes": [[names[vote.uid], vote.row, vote.value] for vote in record.votes],
        "refused": [
            {
                "table": names.get(refused.uid, ""),
                "index": refused.index,
                "patch": refused.patch,
                "better": refused.better,
                "cause": refused.cause,
            }
            for refused in record.refused
        ],
    }


def record_from_json(value: Mapping[str, Any], uids: Mapping[str, str], number: int) -> StepRecord:
    """The record that `record_as_json` wrote; what it says of tables that are no more is left out."""
    changes = tuple(_change_from_json(each, uids) for each in value["changes"] if each["table"] in uids)
    votes = tuple(Vote(uids[name], row, text) for name, row, text in value["votes"] if name in uids)
    refused = tuple(
        RefusedChange(uids[each["table"]], each["index"], each["patch"], each["better"], each["cause"])
        for each in value["refused"]
        if each["table"] in uids
    )
    return StepRecord(number, changes, votes, refused)


def _change_from_json(value: Mapping[str, Any], uids: Mapping[str, str]) -> TensorChange:
    before, after = value["rows"]
    return TensorChange(uids[value["table"]], before, after, tuple(CellChange(*cell) for cell in value["cells"]))
