"""Joined texts taken apart again: which piece a change of the whole belongs to."""

from collections.abc import Sequence


def better_pieces(pieces: Sequence[str], separator: str, better: str) -> list[str]:
    """The pieces as they should be for the joined text to be `better`.

    Pieces at either end that stand there unchanged stay; what is between belongs to the one that is left, or to several
    where it has as many pieces. Else ValueError: nobody can say whose change it is.
    """
    if len(pieces) == 1:
        return [better]
    head = _kept(pieces[:-1], separator, better)
    at = sum(len(piece) + len(separator) for piece in pieces[:head])
    rest = better[at:]
    backward = [piece[::-1] for piece in reversed(pieces[head + 1 :])]
    tail = _kept(backward, separator[::-1], rest[::-1])
    end = len(rest) - sum(len(piece) + len(separator) for piece in pieces[len(pieces) - tail :])
    middle = rest[:end]
    changed = len(pieces) - head - tail
    found = [middle] if changed == 1 else middle.split(separator) if separator else []
    if len(found) != changed:
        raise ValueError(f"the change of the joined text touches several of its {len(pieces)} pieces at once")
    return [*pieces[:head], *found, *pieces[len(pieces) - tail :]]


def _kept(pieces: Sequence[str], separator: str, text: str) -> int:
    """How many of the pieces, each with a separator behind it, the text begins with."""
    kept = at = 0
    for piece in pieces:
        if not text.startswith(piece + separator, at):
            break
        kept += 1
        at += len(piece) + len(separator)
    return kept
