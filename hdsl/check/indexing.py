"""Rules of indexing (HG4xx): numpy's `x[0, 1:4, ..., None]` over symbolic shapes."""

from __future__ import annotations

from hdsl.check import findings
from hdsl.check.report import Report
from hdsl.graph.shapes import Dimension, Shape, is_pack
from hdsl.syntax import tree
from hdsl.syntax.source import Source

UNKNOWN = "?"
"""A result dimension that depends on a shape parameter; the annotation names it."""


def indexed_shape(report: Report, source: Source, index: tree.Index, shape: Shape) -> Shape | None:
    """The shape of `x[…]`, or None after reporting what cannot be."""
    ellipses = [item for item in index.items if isinstance(item, tree.IndexEllipsis)]
    if len(ellipses) > 1:
        report.tell(findings.indexing.BadIndex(ellipses[1]), source, ellipses[1].span)
        return None
    for item in index.items:
        if isinstance(item, tree.IndexNew) and item.name != "None":
            report.tell(findings.indexing.BadIndex(item), source, item.span)
            return None
    consuming = sum(isinstance(item, tree.IndexAt | tree.IndexRange) for item in index.items)
    packs = any(map(is_pack, shape))
    if consuming > len(shape) - packs or (packs and not ellipses):
        report.tell(findings.indexing.RankMismatch(index.source.text, consuming, shape), source, index.source.span)
        return None
    if ellipses:
        at = index.items.index(ellipses[0])
        tail = sum(isinstance(item, tree.IndexAt | tree.IndexRange) for item in index.items[at + 1 :])
    else:
        at, tail = len(index.items), 0
    before, rest, fine = _apply(report, source, index.items[:at], list(shape))
    kept = rest[: len(rest) - tail] if ellipses or not tail else rest
    after, _, fine_after = _apply(report, source, index.items[at + 1 :], rest[len(rest) - tail :] if tail else [])
    if not (fine and fine_after):
        return None
    return (*before, *kept, *after)


def _apply(
    report: Report, source: Source, items: tuple[tree.IndexItem, ...], dimensions: list[Dimension]
) -> tuple[list[Dimension], list[Dimension], bool]:
    """The dimensions that the items make of the first ones, those left, and whether all were in range."""
    result: list[Dimension] = []
    fine = True
    for item in items:
        if isinstance(item, tree.IndexNew):
            result.append(1)
        elif isinstance(item, tree.IndexAt):
            fine = _in_range(report, source, item, dimensions.pop(0)) and fine
        elif isinstance(item, tree.IndexRange):
            result.append(_range_length(item, dimensions.pop(0)))
    return result, dimensions, fine


def _in_range(report: Report, source: Source, item: tree.IndexAt, size: Dimension) -> bool:
    if isinstance(size, int) and not -size <= item.position < size:
        report.tell(findings.indexing.IndexOutOfRange(item.position, size), source, item.span)
        return False
    return True


def _range_length(item: tree.IndexRange, size: Dimension) -> Dimension:
    if item.start is None and item.stop is None:
        return size
    if isinstance(size, int):
        return len(range(*slice(item.start, item.stop).indices(size)))
    start, stop = item.start, item.stop
    if start is None:
        start = 0
    if stop is None and start < 0:
        return -start
    if stop is not None and (start < 0) == (stop < 0):
        return max(0, stop - start)
    return UNKNOWN
