"""Applying unified diffs to texts: exactly, else moved, else with fuzz, as GNU `patch -F3` does, all hunks or none."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from hdsl.tensor.diff import split_lines
from hdsl.tensor.hunks import Hunk, PatchRejected, parse_patch
from hdsl.tensor.searching import SearchedLines

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

    Where the patch ends its lines with CRLF and the text with LF, or the reverse, the text goes on ending as it does.
    Raises PatchRejected where one of its hunks does not apply; nothing is changed then.
    """
    hunks = parse_patch(patch)
    if not text.strip():
        return _cold_start(text, hunks)
    rejected = None
    for attempt in _attempts(text, patch, hunks):
        try:
            patched, fuzz = _apply(attempt, MAX_FUZZ)
        except PatchRejected as error:
            rejected = rejected or error
            continue
        if attempt.newline_changed:
            # The patch was made by somebody who could not see how the text ends: it goes on ending so.
            end = _ending_of(text)
            patched = patched.removesuffix(end) if attempt.lines[-1].endswith("\n") else f"{patched}{end}"
        return Patched(patched, attempt.is_inexact or fuzz > 0)
    assert rejected
    raise rejected


class _Attempt(NamedTuple):
    """Hunks and the lines they are to apply to. `compared`: the lines as the hunks are compared with them."""

    lines: Sequence[str]
    compared: Sequence[str]
    hunks: Sequence[Hunk]
    newline_changed: bool
    is_inexact: bool


def _attempts(text: str, patch: str, hunks: Sequence[Hunk]) -> Iterator[_Attempt]:
    """The text as it is; with the newline at its end added or taken away; the same without regard to CRLF."""
    lines = split_lines(text)
    other_end = _with_other_end(lines, text)
    yield _Attempt(lines, lines, hunks, False, False)
    yield _Attempt(other_end, other_end, hunks, True, True)
    if "\r\n" in text or "\r" in patch:
        adapted = [_with_endings(hunk, _ending_of(text)) for hunk in hunks]
        for each, newline_changed in ((lines, False), (other_end, True)):
            plain = [_plain(line) for line in each]
            yield _Attempt(each, plain, adapted, newline_changed, True)


def _ending_of(text: str) -> str:
    """How most of the lines of a text end."""
    return "\r\n" if text.count("\r\n") * 2 > text.count("\n") else "\n"


def _plain(line: str) -> str:
    return f"{line[:-2]}\n" if line.endswith("\r\n") else line


def _with_endings(hunk: Hunk, ending: str) -> Hunk:
    """A hunk that expects plain lines and adds lines that end like this."""
    lines = (
        line._replace(text=_plain(line.text).replace("\n", ending) if line.mark == "+" else _plain(line.text))
        for line in hunk.lines
    )
    return Hunk(hunk.start, tuple(lines))


def _cold_start(text: str, hunks: Sequence[Hunk]) -> Patched:
    lines = split_lines(text)
    try:
        return Patched(_apply(_Attempt(lines, lines, hunks, False, False), 0, moves=False)[0])
    except PatchRejected:
        return Patched(_joined([line.text for hunk in hunks for line in hunk.lines if line.mark == "+"]))


def _with_other_end(lines: Sequence[str], text: str) -> list[str]:
    last = lines[-1]
    ending = _ending_of(text)
    return [*lines[:-1], last.removesuffix("\n").removesuffix("\r") if last.endswith("\n") else f"{last}{ending}"]


def _apply(attempt: _Attempt, fuzz: int, *, moves: bool = True) -> tuple[str, int]:
    """The patched text and the largest fuzz; PatchRejected."""
    lines, hunks = attempt.lines, attempt.hunks
    searched = SearchedLines(attempt.compared)
    result: list[str] = []
    done = offset = largest = 0
    for number, hunk in enumerate(hunks, 1):
        guess = hunk.start + offset
        place = _find(searched, hunk, guess, done, fuzz, moves=moves)
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


def _find(searched: SearchedLines, hunk: Hunk, guess: int, floor: int, fuzz: int, *, moves: bool) -> _Place | None:
    """The place nearest to the guess, not before line `floor`, with the least fuzz."""
    if not hunk.old:
        # It covers no line. One that makes a whole text has no business in a text that is there.
        count = len(searched.lines)
        fits = floor <= guess <= count and (guess > 0 or not count)
        return _Place(guess, 0) if fits else None
    for used in range(min(fuzz, max(hunk.prefix, hunk.suffix)) + 1):
        at = _find_with(searched, hunk, guess, floor, used, moves=moves)
        if at is not None:
            return _Place(at, used)
    return None


def _find_with(searched: SearchedLines, hunk: Hunk, guess: int, floor: int, fuzz: int, *, moves: bool) -> int | None:
    """The place with so many outer lines of context left out.

    Less context at one end than at the other says that the text begins, or ends, there.
    """
    lines = searched.lines
    context = max(hunk.prefix, hunk.suffix)
    skipped_first, skipped_last = fuzz + hunk.prefix - context, fuzz + hunk.suffix - context
    count = len(hunk.old)
    only = guess if not moves else None
    if skipped_first < 0 and hunk.start == 0:
        only = 0
        if skipped_last < 0 and count != len(lines):
            return None
    elif skipped_last < 0:
        only = len(lines) - count
    skipped_first, skipped_last = max(0, skipped_first), max(0, skipped_last)
    expected = hunk.old[skipped_first : count - skipped_last]
    low, high = floor, len(lines) - count + skipped_last
    if only is not None:
        if not moves and only != guess:
            return None
        low, high = max(low, only), min(high, only)
    found = searched.nearest(expected, guess + skipped_first, low + skipped_first, high + skipped_first)
    return None if found is None else found - skipped_first
