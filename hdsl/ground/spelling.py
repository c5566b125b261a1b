"""Misspelt names: which known name one stands for, and whether that is certain."""

from __future__ import annotations

from collections.abc import Iterable

LONGEST = 100
"""A name with more letters is not compared with others."""


def certain(name: str, candidates: Iterable[str]) -> str | None:
    """The one candidate that a misspelt name can only mean: a slip away, or two if it is long, and no other as near."""
    if len(name) > LONGEST:
        return None
    limit = 2 if len(name) > 5 else 1 if len(name) > 2 else 0
    letters = set(name)
    found: dict[float, list[str]] = {}
    for candidate in set(candidates):
        if candidate == name:
            continue
        if candidate.lower() == name.lower():
            found.setdefault(0.5, []).append(candidate)
        elif abs(len(candidate) - len(name)) <= limit and len(letters ^ set(candidate)) <= 2 * limit:
            far = distance(name, candidate)
            if far <= min(limit, len(candidate) - 2):
                found.setdefault(far, []).append(candidate)
    nearest = found[min(found)] if found else []
    return nearest[0] if len(nearest) == 1 else None


def distance(one: str, other: str) -> int:
    """How many slips are between two words: a letter left out, put in, changed, or two swapped."""
    before: list[int] = []
    last = list(range(len(other) + 1))
    for i, letter in enumerate(one, 1):
        row = [i]
        for j, other_letter in enumerate(other, 1):
            far = min(last[j] + 1, row[-1] + 1, last[j - 1] + (letter != other_letter))
            if i > 1 and j > 1 and letter == other[j - 2] and one[i - 2] == other_letter:
                far = min(far, before[j - 2] + 1)
            row.append(far)
        before, last = last, row
    return last[-1]


def closest(name: str, candidates: Iterable[str]) -> str | None:
    """The candidate most like a misspelt name, if one is like it at all; the same one whatever the order."""
    known = sorted(set(candidates))
    meant = certain(name, known)
    if meant is not None:
        return meant
    if len(name) > LONGEST:
        return None
    from difflib import get_close_matches

    matches = get_close_matches(name, known, n=1, cutoff=0.6)
    return matches[0] if matches else None


def did_you_mean(name: str, candidates: Iterable[str], otherwise: str = "") -> str:
    """`Did you mean …?` for the closest candidate, else another sentence."""
    match = closest(name, candidates)
    return f"Did you mean `{match}`?" if match else otherwise
