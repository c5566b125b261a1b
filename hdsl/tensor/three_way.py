"""Three-way merging of texts: changes of one base that do not touch each other, all in one text."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from hdsl.structure.merging import merge_records
from hdsl.tensor.diff import Edit, line_edits, split_lines
from hdsl.tensor.hunks import PatchRejected
from hdsl.tensor.patch import apply_patch, is_no_patch


@dataclass(frozen=True, slots=True)
class TextGradient:
    """How a text should change: a unified diff from what is to what should be, and what should be where it is known."""

    patch: str
    better: str | None = None


@dataclass(frozen=True, slots=True)
class Refused:
    """A gradient that was not followed, how many of its kind there were, and why."""

    gradient: TextGradient
    count: int
    cause: str


@dataclass(frozen=True, slots=True)
class Merged:
    """A text that follows its gradients. `applied`, `fuzzed` and `skipped` count gradients; `refused` are kept whole.

    `conflicting`: the versions that were asked for and do not go together, the one that was followed first.
    """

    text: str
    applied: int = 0
    fuzzed: int = 0
    skipped: int = 0
    refused: tuple[Refused, ...] = ()
    conflicting: tuple[str, ...] = ()


def merge_texts(base: str, one: str, other: str) -> str | None:
    """The base with the changes of both; None where they touch the same or neighbouring lines in different ways.

    A record is one line, and is merged field by field.
    """
    if one == other or other == base:
        return one
    if one == base:
        return other
    lines = split_lines(base)
    edits = _merged_edits(line_edits(lines, split_lines(one)), line_edits(lines, split_lines(other)))
    if edits is None:
        return merge_records(base, one, other)
    result: list[str] = []
    at = 0
    for edit in edits:
        result.extend(lines[at : edit.low])
        result.extend(edit.lines)
        at = edit.high
    return "".join((*result, *lines[at:]))


def merge_gradients(base: str, gradients: Sequence[TextGradient]) -> Merged:
    """The base with all gradients that go together, whatever order they come in.

    What more of them ask for goes first. One that does not apply to the base becomes the text it was to lead to where
    that is known, else it is refused; so is one that conflicts with what more asked for.
    """
    counted = Counter(gradient for gradient in gradients if not is_no_patch(gradient.patch))
    skipped = len(gradients) - counted.total()
    versions: Counter[str] = Counter()
    sources: dict[str, list[TextGradient]] = {}
    refused: list[Refused] = []
    fuzz: Counter[str] = Counter()
    for gradient, count in sorted(counted.items(), key=_order):
        try:
            version, was_fuzzed = _version(base, gradient)
        except PatchRejected as error:
            refused.append(Refused(gradient, count, str(error)))
            continue
        versions[version] += count
        fuzz[version] += count * was_fuzzed
        sources.setdefault(version, []).append(gradient)
    text, applied, fuzzed = base, 0, 0
    followed: list[str] = []
    conflicting: list[str] = []
    for version, count in sorted(versions.items(), key=lambda item: (-item[1], item[0])):
        merged = merge_texts(base, text, version)
        if merged is None:
            conflicting.append(version)
            cause = "it conflicts with a change that more, or earlier ones in order, ask for"
            refused.extend(Refused(gradient, counted[gradient], cause) for gradient in sources[version])
        else:
            text = merged
            applied += count
            fuzzed += fuzz[version]
            followed.append(version)
    wanted = (*followed, *conflicting) if conflicting else ()
    return Merged(text, applied, fuzzed, skipped, tuple(refused), wanted)


def _order(item: tuple[TextGradient, int]) -> tuple[int, str, str]:
    gradient, count = item
    return -count, gradient.patch, gradient.better or ""


def _version(base: str, gradient: TextGradient) -> tuple[str, bool]:
    """The base as the gradient wants it, and whether that took fuzz; PatchRejected."""
    try:
        return apply_patch(base, gradient.patch)
    except PatchRejected:
        if gradient.better is None:
            raise
        return gradient.better, True


def _merged_edits(one: Sequence[Edit], other: Sequence[Edit]) -> list[Edit] | None:
    """The edits of both in order, equal ones once; None where two touch."""
    merged: list[Edit] = []
    for edit in sorted((*one, *other)):
        if merged and edit == merged[-1]:
            continue
        if merged and edit.low <= merged[-1].high:
            return None
        merged.append(edit)
    return merged
