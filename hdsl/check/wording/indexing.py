"""The words of findings about indexing."""

from __future__ import annotations

from hdsl.check.diagnostic import Place
from hdsl.check.findings.indexing import BadIndex, IndexOutOfRange, RankMismatch
from hdsl.check.fixes import SAFE, UNSAFE, written
from hdsl.check.wording import Wording
from hdsl.check.wording.words import Words
from hdsl.graph.shapes import shown_shape
from hdsl.syntax import tree

_NEW = frozenset({"none", "newaxis", "null", "new"})
"""What a new dimension is called elsewhere."""


def _bad_index(finding: BadIndex, place: Place) -> Words:
    item = finding.item
    if isinstance(item, tree.IndexEllipsis):
        return Words({"reason": "`...` can be used only once"})
    applicability = SAFE if item.name.lower() in _NEW else UNSAFE
    return Words(
        {"reason": f"found `{item.name}`; use `None` for a new dimension"},
        fixes=[written(place.source, place.span, "None", applicability=applicability)],
    )


def _rank_mismatch(finding: RankMismatch, place: Place) -> Words:
    wanted, given = f"at least {finding.wanted} dimensions", shown_shape(finding.shape)
    what = f"the indices of `{finding.name}`"
    values = {"what": what, "wanted": wanted, "given": f"shape {given}"}
    return Words(values, expected=wanted, found=given)


def _index_out_of_range(finding: IndexOutOfRange, place: Place) -> Words:
    index, size = finding.index, finding.size
    return Words({"index": index, "size": size}, expected=f"{-size} to {size - 1}", found=str(index))


WORDING: Wording = {BadIndex: _bad_index, IndexOutOfRange: _index_out_of_range, RankMismatch: _rank_mismatch}
