"""Diffs and patches of whole text tensors; no process is started for any of it."""

from collections.abc import Mapping
from dataclasses import dataclass

import torch

from hdsl.storage.store import Entry, ShapeMismatch
from hdsl.tensor.counts import Counts
from hdsl.tensor.diff import unified_diff
from hdsl.tensor.make import copy_tensor, filled_tensor
from hdsl.tensor.text_tensor import home_of, read_text, read_texts, store_of, write_text
from hdsl.tensor.three_way import Merged, Refused, TextGradient, merge_gradients


@dataclass(frozen=True, slots=True)
class Rejection:
    """A patch that was not applied: to which element (flat index), and why. Nothing of it is lost."""

    index: int
    refused: Refused


@dataclass(frozen=True, slots=True, eq=False)
class PatchReport(Counts):
    """What became of the patches; those `fuzzed` are among those `applied`. `rejections` is not among its items;
    `report["rej_files"]` is 0, as what is rejected is kept in the report and not in files."""

    applied: int = 0
    rejected: int = 0
    fuzzed: int = 0
    skipped: int = 0
    rejections: tuple[Rejection, ...] = ()

    def counts(self) -> dict[str, int]:
        return {
            "applied": self.applied,
            "rejected": self.rejected,
            "fuzzed": self.fuzzed,
            "skipped": self.skipped,
            "rej_files": 0,
        }


def get_diff_tensor(left: torch.Tensor, right: torch.Tensor) -> torch.Tensor:
    """A new tensor in the home of `left` of the diffs that turn its texts into those of `right`.

    Where they are equal it is absent, coefficient 0. An absent element counts as an empty text.
    """
    _check_shapes(left, right)
    pairs = zip(read_texts(left), read_texts(right), strict=True)
    diffs = (unified_diff(mine or "", other or "") for mine, other in pairs)
    return filled_tensor(left.shape, home_of(left), {index: Entry(diff) for index, diff in enumerate(diffs) if diff})


def patch_tensor(target: torch.Tensor, *patches: torch.Tensor) -> PatchReport:
    """Patches the texts of `target` in place, several patches of one text merged three-way.

    A blank patch, an absent one or `TODO` is skipped. One that does not apply, or conflicts, leaves its text as it is
    and is reported. The coefficient stays; one of 0 (not computed) becomes 1.
    """
    for patch in patches:
        _check_shapes(target, patch)
    given = [read_texts(patch) for patch in patches]
    gradients = {
        index: [TextGradient(texts[index] or "") for texts in given] for index in range(target.numel()) if patches
    }
    return patch_elements(target, gradients)


def patch_elements(target: torch.Tensor, gradients: Mapping[int, list[TextGradient]]) -> PatchReport:
    """`patch_tensor` with the gradients of each element by flat index."""
    merged = {index: _patch_element(target, index, wanted) for index, wanted in gradients.items()}
    rejections = tuple(Rejection(index, refused) for index, done in merged.items() for refused in done.refused)
    return PatchReport(
        sum(done.applied for done in merged.values()),
        sum(rejection.refused.count for rejection in rejections),
        sum(done.fuzzed for done in merged.values()),
        sum(done.skipped for done in merged.values()),
        rejections,
    )


def st_patched(tensor: torch.Tensor, patch: torch.Tensor) -> torch.Tensor:
    """A patched copy of the tensor, in the same home."""
    copy = copy_tensor(tensor, home_of(tensor))
    patch_tensor(copy, patch)
    return copy


def _patch_element(target: torch.Tensor, index: int, gradients: list[TextGradient]) -> Merged:
    before = read_text(target, index)
    merged = merge_gradients(before or "", gradients)
    if merged.applied and merged.text != before:
        entry = store_of(target).entry(index)
        coefficient = float(target.detach().reshape(-1)[index])
        write_text(target, index, merged.text, coefficient or 1.0, entry.cause if entry is not None else "")
    return merged


def _check_shapes(left: torch.Tensor, right: torch.Tensor) -> None:
    if left.shape != right.shape:
        raise ShapeMismatch(f"shapes {list(left.shape)} and {list(right.shape)} differ")
