"""Makes an edit in a text: a formatted text that checks, and the way back to the same characters."""

from collections import Counter
from dataclasses import dataclass
from difflib import SequenceMatcher
from hashlib import sha256
from pathlib import Path

from hdsl.evolve.edits.draft import DoesNotApply, Draft
from hdsl.evolve.edits.edit import Edit
from hdsl.evolve.edits.fit_budgets import with_budgets_that_fit
from hdsl.evolve.opened import Opened, open_text, read_opened


@dataclass(frozen=True, slots=True)
class Restore:
    """The inverse of an edit: what to write where, in the one text that the edit made."""

    digest: str
    """Of that text."""
    hunks: tuple[tuple[int, int, str], ...]
    """Ranges of that text and what stands there instead, in order."""

    @classmethod
    def between(cls, text: str, other: str) -> "Restore":
        """What makes the other text of one."""
        pieces = [_lines(text), _lines(other)]
        starts = [_offsets(each) for each in pieces]
        hunks = []
        matcher = SequenceMatcher(a=pieces[0], b=pieces[1], autojunk=False)
        for tag, first, last, other_first, other_last in matcher.get_opcodes():
            if tag != "equal":
                new = "".join(pieces[1][other_first:other_last])
                hunks.append((starts[0][first], starts[0][last], new))
        return cls(digest_of(text), tuple(hunks))

    def applied(self, text: str) -> str:
        """The text as it was before the edit. DoesNotApply for any text but the one that the edit made."""
        if digest_of(text) != self.digest:
            raise DoesNotApply("the text is not the one that the edit made")
        for start, end, new in reversed(self.hunks):
            text = text[:start] + new + text[end:]
        return text


@dataclass(frozen=True)
class Applied:
    """An edit that was made. `opened` is the text after it, checked."""

    edit: Edit
    before: str
    after: str
    opened: Opened

    @property
    def inverse(self) -> Restore:
        """What brings the text before it back, to the character."""
        return Restore.between(self.after, self.before)


def apply_edit(edit: Edit, path: Path, text: str, opened: Opened | None = None) -> Applied:
    """Makes an edit in the text of a file, which is not written. `opened`: the text, where it was checked already.

    Budgets of the file that the change does not fit are raised with it. DoesNotApply, which says why, where it cannot
    be made or the result would not check; CheckError where the text itself does not.
    """
    before = opened or open_text(path, text)
    draft = Draft(before)
    edit.draw(draft)
    made = with_budgets_that_fit(path, draft.result())
    found = read_opened(path, made)
    if found.errors:
        first = found.errors[0]
        line = found.source.position(first.place.span.start)[0]
        raise DoesNotApply(f"{edit.describe()}: it would not check ({first.code} in line {line}: {first.message})")
    if Counter(before.source.text[each.start : each.end].rstrip() for each in before.source.comments) - Counter(
        made[each.start : each.end].rstrip() for each in found.source.comments
    ):
        raise DoesNotApply(f"{edit.describe()}: a comment would be lost")
    if found.text == before.text:
        raise DoesNotApply(f"{edit.describe()}: nothing would change")
    return Applied(edit, text, made, found)


def digest_of(text: str) -> str:
    """A text as a short hash."""
    return sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:16]


def _lines(text: str) -> list[str]:
    return text.splitlines(keepends=True)


def _offsets(lines: list[str]) -> list[int]:
    found = [0]
    for line in lines:
        found.append(found[-1] + len(line))
    return found
