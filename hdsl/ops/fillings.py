"""Filled templates taken apart again: what the holes would hold if the whole were another text."""

import re
from collections.abc import Sequence
from difflib import SequenceMatcher

LONGEST = 20_000
"""Characters of a text up to which edits are looked for one by one."""


def better_fillings(pieces: Sequence[str], fillings: Sequence[str], better: str) -> list[str]:
    """What the holes between these pieces should hold for the whole to be `better`.

    What fills a hole at either end and stands there unchanged stays; the rest is found between the pieces. Where the
    better text has not all the pieces, the edits inside of holes count, and those of the pieces, which nothing can
    learn, are left out. ValueError where nobody can say whose change it is.
    """
    found = _between(pieces, fillings, better)
    return _by_edits(pieces, fillings, better) if found is None else found


def _between(pieces: Sequence[str], fillings: Sequence[str], better: str) -> list[str] | None:
    """The fillings by the pieces around them; None where the pieces are not there, or could stand elsewhere too."""
    head = _kept(pieces, fillings, better)
    at = sum(len(pieces[i]) + len(fillings[i]) for i in range(head))
    reversed_pieces = [piece[::-1] for piece in reversed(pieces)]
    reversed_fillings = [filling[::-1] for filling in reversed(fillings[head:])]
    rest = better[at:]
    tail = _kept(reversed_pieces, reversed_fillings, rest[::-1])
    end = len(rest) - sum(len(reversed_pieces[i]) + len(reversed_fillings[i]) for i in range(tail))
    last = len(fillings) - tail
    if head == last:
        return list(fillings) if rest[:end] == pieces[head] else None
    inner = pieces[head : last + 1]
    # Fillings that touch could be divided anywhere.
    if not all(inner[1:-1]):
        return None
    first = _divided(inner, rest[:end])
    backward = _divided([piece[::-1] for piece in reversed(inner)], rest[:end][::-1])
    if first is None or backward is None or first != [part[::-1] for part in reversed(backward)]:
        return None
    return [*fillings[:head], *first, *fillings[last:]]


def _divided(pieces: Sequence[str], text: str) -> list[str] | None:
    """What stands between the pieces, each found as early as it can be; None where one is missing."""
    if not text.startswith(pieces[0]) or not text.endswith(pieces[-1]):
        return None
    at, stop = len(pieces[0]), len(text) - len(pieces[-1])
    found: list[str] = []
    for piece in pieces[1:-1]:
        begin = text.find(piece, at, stop)
        if begin < 0:
            return None
        found.append(text[at:begin])
        at = begin + len(piece)
    return [*found, text[at:stop]] if at <= stop else None


def _kept(pieces: Sequence[str], fillings: Sequence[str], text: str) -> int:
    """How many fillings stand at the beginning as they were, each between its pieces."""
    at = kept = 0
    for i, filling in enumerate(fillings):
        begin = pieces[i] + filling
        # What follows must begin as the next piece does, so that the filling has really ended there.
        if not text.startswith(begin, at) or not text.startswith(pieces[i + 1], at + len(begin)):
            break
        # Of what touches the next filling or the end, only the former can be told from what was added to it.
        if not pieces[i + 1] and i == len(fillings) - 1:
            break
        at += len(begin)
        kept += 1
    return kept


def _by_edits(pieces: Sequence[str], fillings: Sequence[str], better: str) -> list[str]:
    """The fillings with those edits of the whole that lie inside of them."""
    actual = "".join(piece + filling for piece, filling in zip(pieces, [*fillings, ""], strict=True))
    if len(actual) + len(better) > LONGEST:
        raise ValueError("the better text does not have the words of the template")
    ranges: list[tuple[int, int]] = []
    at = 0
    for piece, filling in zip(pieces, fillings, strict=False):
        ranges.append((at + len(piece), at + len(piece) + len(filling)))
        at = ranges[-1][1]
    should = [""] * len(fillings)
    changed = False
    tokens, better_tokens = _tokens(actual), _tokens(better)
    starts = [0]
    for token in tokens:
        starts.append(starts[-1] + len(token))
    matcher = SequenceMatcher(None, tokens, better_tokens, autojunk=False)
    if matcher.ratio() < 0.5:
        raise ValueError("the better text does not have the words of the template")
    for kind, first, last, new_first, new_last in matcher.get_opcodes():
        begin, end = starts[first], starts[last]
        new = "".join(better_tokens[new_first:new_last])
        for i, (start, stop) in enumerate(ranges):
            if kind == "equal":
                should[i] += actual[max(begin, start) : min(end, stop)] if max(begin, start) < min(end, stop) else ""
            elif start <= begin and end <= stop and (begin < end or start < stop):
                should[i] += new
                changed = True
                break
            elif max(begin, start) < min(end, stop):
                raise ValueError("a change touches both the template's own words and what fills its holes")
    if not changed:
        raise ValueError("the change is one of the template's own words, which learn nothing")
    return should


def _tokens(text: str) -> list[str]:
    return re.findall(r"\w+|\s+|[^\w\s]", text)
