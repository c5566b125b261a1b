"""Parsing a text again after an edit: only the lines that changed are read, the rest of the tree stays as it is.

The tree is that of a padded text (`padding.py`), in which an edit moves nothing behind it. An edit is tried in the
pieces of the harness that it touches, then in the blocks (`blocks.py`), then on the whole text.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Sequence
from itertools import accumulate

from hdsl.ground.collector import collector_paused
from hdsl.syntax import tree
from hdsl.syntax.blocks import (
    Block,
    Region,
    block_of_pieces,
    blocks_of_tree,
    line_behind_harness,
    read_blocks,
    read_pieces,
)
from hdsl.syntax.driver import Unparsed
from hdsl.syntax.lexical import lexemes
from hdsl.syntax.padding import fitted, lines_of, padded
from hdsl.syntax.parsed import Parsed
from hdsl.syntax.parser import parse
from hdsl.syntax.reading import read
from hdsl.syntax.recovery import Recovery
from hdsl.syntax.source import Source, ended

FARTHEST = 8
"""How many neighbours on each side of an edit are read again so that it finds room among their blanks."""


class IncrementalParser:
    """The tree of a text that is edited. The offsets of `parsed` are in `padded`, which has the text's lines."""

    parsed: Parsed

    def __init__(self, text: str) -> None:
        self._lines = lines_of(text)
        self._read_whole()

    @property
    def padded(self) -> str:
        """The text with blanks at the ends of its lines."""
        return self._source.text

    def update(self, text: str) -> None:
        """Reads what changed."""
        old, new = self._lines, lines_of(text)
        if old == new:
            return
        before = _common(old, new)
        after = _common(old[before:][::-1], new[before:][::-1])
        self._lines = new
        with collector_paused():
            if not self._read_change(before, len(old) - after, len(new) - len(old)):
                self._read_whole()

    # The whole text

    def _read_whole(self) -> None:
        self._source = Source("", padded(self._lines))
        self._version: tree.Version | None = None
        self._blocks: list[Block] = []
        text = self._source.text
        try:
            file: tree.File = read(ended(text), "start")
        except Unparsed:
            self._read_faulty()
        else:
            self._version = file.version
            begins = file.items[0].span.start if file.items else len(text)
            self._keep(begins, lambda region: blocks_of_tree(region, file.items))
        if not self._blocks:
            self.parsed = parse(text)

    def _read_faulty(self) -> None:
        reading = Recovery(self._source.text)
        self._version, rest = reading.version(lexemes(self._source.text))
        if self._version is None or not rest:
            return
        self._keep(rest[0].span.start, lambda region: read_blocks(region, before=None))
        if self._blocks and not self.parsed.faults:
            self._blocks = []

    def _keep(self, begins: int, read: Callable[[Region], list[Block] | None]) -> None:
        """Keeps the text in blocks: the version, then what `read` makes of the lines behind it."""
        assert self._version is not None
        first = self._source.position(self._version.span.end)[0]
        if self._source.position(begins)[0] <= first and begins < len(self._source.text):
            return
        blocks = read(Region(self._source, first, len(self._lines)))
        if blocks is not None:
            self._blocks = [Block(first), *blocks]
            self._assemble()

    def _assemble(self) -> None:
        items = tuple([item for block in self._blocks for item in block.items])
        faults = sorted((fault for block in self._blocks for fault in block.faults), key=lambda fault: fault.span)
        unread = frozenset[str]().union(*(block.unread for block in self._blocks))
        self.parsed = Parsed(tree.File(self._version, items), tuple(faults), unread)

    # A change

    def _read_change(self, start: int, end: int, grown: int) -> bool:
        """Reads the lines that replace those from `start` to `end`; False where the whole text must be read."""
        if not self._blocks:
            return False
        starts = list(accumulate((block.lines for block in self._blocks), initial=0))
        if start == end:
            start, end = (start - 1, end) if start > starts[1] else (start, end + 1)
        one, other = bisect_right(starts, start) - 1, min(bisect_right(starts, end - 1), len(self._blocks))
        if one == 0 or end > starts[-1]:
            return False
        if other - one == 1 and self._change_pieces(one, starts[one], start, end, grown):
            return True
        return self._change_blocks(starts, one, other, grown)

    def _change_pieces(self, at: int, first: int, start: int, end: int, grown: int) -> bool:
        """Reads a change within one harness; `first` is its first line."""
        pieces = self._blocks[at].pieces
        if not pieces:
            return False
        starts = list(accumulate((piece.lines for piece in pieces), initial=first))
        one, other = bisect_right(starts, start) - 1, bisect_right(starts, end - 1)
        return self._read_pieces(at, starts, one, other, grown) or (
            one > 0 and self._read_pieces(at, starts, one - 1, other, grown)
        )

    def _read_pieces(self, at: int, starts: Sequence[int], one: int, other: int, grown: int) -> bool:
        """Reads some pieces of a harness again, and neighbours where room is needed."""
        pieces = self._blocks[at].pieces
        found = self._with_room(starts, one, other, grown, 0)
        if found is None:
            return False
        region, one, other = found
        clean, has_end = one > 0 and not pieces[one - 1].faults, other == len(pieces)
        behind = line_behind_harness(region) if has_end else region.last
        own = Region(region.source, region.first, behind)
        read = read_pieces(own, has_head=one == 0, has_end=has_end, clean_before=clean)
        if read is None:
            return False
        together = [*pieces[:one], *read, *pieces[other:]]
        if together[0].head is None or together[-1].end is None:
            return False
        blocks = [block_of_pieces(region.source, together)]
        if behind < region.last:
            more = read_blocks(Region(region.source, behind, region.last), blocks[0])
            if more is None:
                return False
            blocks += more
        return self._replace(region.source, at, at + 1, blocks)

    def _change_blocks(self, starts: Sequence[int], one: int, other: int, grown: int) -> bool:
        """Reads a change of some declarations."""
        found = self._with_room(starts, one, other, grown, 1)
        if found is None:
            return False
        region, one, other = found
        blocks = read_blocks(region, self._blocks[one - 1])
        return blocks is not None and self._replace(region.source, one, other, blocks)

    def _replace(self, source: Source, one: int, other: int, blocks: Sequence[Block]) -> bool:
        """Puts what was read in its place; False where what stands behind it cannot stay as it is."""
        behind = self._blocks[other : other + 1]
        if blocks and blocks[-1].faults and any(block.depends for block in behind):
            return False
        self._source = source
        self._blocks[one:other] = blocks
        self._assemble()
        return True

    def _with_room(
        self, starts: Sequence[int], one: int, other: int, grown: int, least: int
    ) -> tuple[Region, int, int] | None:
        """The changed text with the same length, and which parts (`starts`: their first lines) are to be read again.

        None where there is no room for the change near it.
        """
        text = self._source.text
        for _ in range(FARTHEST):
            first, last = starts[one], starts[other]
            lines = self._lines[first : last + grown]
            old = Region(self._source, first, last)
            begin, end = old.start, old.end
            new = fitted(lines, end - begin) if lines else None
            if new is not None:
                source = Source("", text[:begin] + new + text[end:])
                return Region(source, first, last + grown), one, other
            if one == least and other == len(starts) - 1:
                return None
            one, other = max(least, one - 1), min(len(starts) - 1, other + 1)
        return None


def _common(one: Sequence[str], other: Sequence[str]) -> int:
    """How many lines both begin with."""
    count = 0
    for mine, theirs in zip(one, other, strict=False):
        if mine != theirs:
            break
        count += 1
    return count
