"""Applying unified diffs to texts: exactly, else moved, else with fuzz, as GNU `patch -F3` does, all hunks or none."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from hdsl.tensor.diff import split_lines
from hdsl.tensor.hunks import Hunk, PatchRejected, parse_patch

MAX_FUZZ = 3
TODO = "TODO"


class Patched(NamedTuple):
    """A text after a patch. `fuzzed`: some context, or the newline at the end, was not what the patch expects."""

    text: str
    fuzzed: bool = False


class _Place(NamedTuple):
    """Where a hunk applies: the first line it covers, counted from 0."""

    at: int
    fuzz: int


def is_no_patch(patch: str | None) -> bool:
    """Whether there is nothing to apply: absent, blank, or the word that stands for "not written yet"."""
    return patch is None or patch.strip() in ("", TODO)


def apply_patch(text: str, patch: str) -> Patched:
    """The text with the patch applied. A blank text, where the patch was not made for it, becomes its added lines.

    Raises PatchRejected where one of its hunks does not apply; nothing is changed then.
    """
    hunks = parse_patch(patch)
    if not text.strip():
        return _cold_start(text, hunks)
    rejected = None
    for lines, newline_changed in _with_either_end(text):
        try:
            patched, fuzz = _apply(lines, hunks, MAX_FUZZ)
        except PatchRejected as error:
            rejected = rejected or error
            continue
        if newline_changed:
            # The patch was made by somebody who could not see how the text ends: it goes on ending so.
            patched = patched.removesuffix("\n") if lines[-1].endswith("\n") else f"{patched}\n"
        return Patched(patched, newline_changed or fuzz > 0)
    assert rejected
    raise rejected


def _cold_start(text: str, hunks: Sequence[Hunk]) -> Patched:
    try:
        return Patched(_apply(split_lines(text), hunks, 0, moves=False)[0])
    except PatchRejected:
        return Patched(_joined([line.text for hunk in hunks for line in hunk.lines if line.mark == "+"]))


def _with_either_end(text: str) -> Iterator[tuple[list[str], bool]]:
    """The lines of the text, and then with the newline at its end added or taken away."""
    lines = split_lines(text)
    yield lines, False
    last = lines[-1]
    yield [*lines[:-1], last.removesuffix("\n") if last.endswith("\n") else f"{last}\n"], True


def _apply(lines: Sequence[str], hunks: Sequence[Hunk], fuzz: int, *, moves: bool = True) -> tuple[str, int]:
    """The patched text and the largest fuzz; PatchRejected."""
    result: list[str] = []
    done = offset = largest = 0
    for number, hunk in enumerate(hunks, 1):
        guess = hunk.start + offset
        place = _find(lines, hunk, guess, done, fuzz, moves=moves)
        if place is None:
            raise PatchRejected(f"hunk {number} of {len(hunks)} does not apply: its lines are not in the text")
        offset += place.at - guess
        largest = max(largest, place.fuzz)
        result.extend(lines[done : place.at])
        done = place.at
        for mark, added in hunk.lines[: len(hunk.lines) - hunk.suffix]:
            if mark == "+":
                result.append(added)
            else:
                if mark == " ":
                    result.append(lines[done])
                done += 1
    result.extend(lines[done:])
    return _joined(result), largest


def _joined(lines: Sequence[str]) -> str:
    """The lines as one text; a line without a newline that is not the last gets one."""
    ended = (line if line.endswith("\n") else f"{line}\n" for line in lines[:-1])
    return "".join((*ended, *lines[-1:]))


def _find(lines: Sequence[str], hunk: Hunk, guess: int, floor: int, fuzz: int, *, moves: bool) -> _Place | None:
    """The place nearest to the guess, not before line `floor`, with the least fuzz."""
    if not hunk.old:
        # It covers no line. One that makes a whole text has no business in a text that is there.
        fits = floor <= guess <= len(lines) and (guess > 0 or not lines)
        return _Place(guess, 0) if fits else None
    for used in range(min(fuzz, max(hunk.prefix, hunk.suffix)) + 1):
        at = _find_with(lines, hunk, guess, floor, used, moves=moves)
        if at is not None:
            return _Place(at, used)
    return None


def _find_with(lines: Sequence[str], hunk: Hunk, guess: int, floor: int, fuzz: int, *, moves: bool) -> int | None:
    """The place with so many outer lines of context left out.

    Less context at one end than at the other says that the text begins, or ends, there.
    """
    context = max(hunk.prefix, hunk.suffix)
    skipped_first, skipped_last = fuzz + hunk.prefix - context, fuzz + hunk.suffix - context
    count = len(hunk.old)
    only = None
    if skipped_first < 0 and hunk.start == 0:
        only = 0
        if skipped_last < 0 and count != len(lines):
            return None
    elif skipped_last < 0:
        only = len(lines) - count
    skipped_first, skipped_last = max(0, skipped_first), max(0, skipped_last)
    if only is not None:
        places: Iterator[int] = iter((only,))
    else:
        places = _outward(guess, floor, len(lines) - count + skipped_last)
    expected = hunk.old[skipped_first : count - skipped_last]
    for at in places:
        first = at + skipped_first
        if at >= floor and lines[first : first + len(expected)] == expected and (moves or at == guess):
            return at
    return None


def _outward(guess: int, low: int, high: int) -> Iterator[int]:
    """The places from `low` to `high`, nearest to the guess first, the later of two equally near."""
    for offset in range(max(high - guess, guess - low) + 1):
        if low <= guess + offset <= high:
            yield guess + offset
        if offset and low <= guess - offset <= high:
            yield guess - offset
