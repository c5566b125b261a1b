"""What a step would do to one tensor: its gradients and lessons worked out, nothing changed yet."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from hdsl.experience.queries import rebuilt_query, words_of_its_own
from hdsl.experience.records import CellChange, RefusedChange, TensorChange, Vote
from hdsl.ground.row import Row
from hdsl.learn.changes import refused_change
from hdsl.learn.evidence import Evidence, elected
from hdsl.ops.lessons import Lesson
from hdsl.ops.rows import WIDTH, row_of_key, table_rows
from hdsl.ops.table import table_of
from hdsl.retrieval.tokens import tokens
from hdsl.storage.store import Store
from hdsl.tensor.gradients import Gradients
from hdsl.tensor.three_way import Merged, merge_gradients

QUERY, KEY, VALUE = range(WIDTH)


@dataclass(frozen=True, slots=True)
class PatchCounts:
    """What became of the diffs; those fuzzed are among those applied."""

    applied: int = 0
    rejected: int = 0
    fuzzed: int = 0
    skipped: int = 0

    def plus(self, merged: Merged) -> "PatchCounts":
        """With those of one text."""
        return PatchCounts(
            self.applied + merged.applied,
            self.rejected + sum(refused.count for refused in merged.refused),
            self.fuzzed + merged.fuzzed,
            self.skipped + merged.skipped,
        )


@dataclass(frozen=True, slots=True)
class Plan:
    """A change of one tensor, the votes it rests on, and what of the gradients cannot be followed."""

    change: TensorChange
    votes: tuple[Vote, ...] = ()
    refused: tuple[RefusedChange, ...] = ()
    patches: PatchCounts = PatchCounts()


def plan_texts(store: Store, gradients: Gradients) -> Plan:
    """The change of a tensor that is not an experience: each text follows its gradients."""
    patched, refused, counts = _patched(store, gradients)
    return Plan(_change(store, patched, store.shape[0] if store.shape else 0), (), refused, counts)


def plan_table(store: Store, gradients: Gradients, lessons: Sequence[Lesson], evidence: Evidence) -> Plan:
    """The change of an experience `[N, 3]`.

    Keys and values follow their gradients. A lesson is a vote for what the row of its input answers; where there is no
    such row, and the answer was wrong, it fills a blank one, or makes one. Queries of rows that changed are rebuilt,
    and keep words of their own, as those of a goal.
    """
    patched, refused, counts = _patched(store, gradients)
    draft = _Draft(store, evidence)
    for index, text in patched.items():
        draft.write(index // WIDTH, index % WIDTH, text)
    for lesson in lessons:
        draft.follow(lesson)
    draft.rebuild_queries()
    cells = {row * WIDTH + at: text for row, texts in draft.rows.items() for at, text in enumerate(texts)}
    rows = draft.count if draft.may_grow else store.shape[0]
    return Plan(_change(store, cells, rows), tuple(draft.votes), (*refused, *draft.refused), counts)


@dataclass
class _Draft:
    """The rows of a table as they will be, as far as they differ, and the votes that were cast."""

    store: Store
    evidence: Evidence
    rows: dict[int, list[str]] = field(default_factory=dict)
    votes: list[Vote] = field(default_factory=list)
    new: dict[tuple[str, str], int] = field(default_factory=dict)
    counted: dict[int, dict[str, int]] = field(default_factory=dict)
    words: dict[int, frozenset[str]] = field(default_factory=dict)
    refused: list[RefusedChange] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.stored = table_rows(self.store)
        self.columns = table_of(self.store).columns
        self.count = len(self.stored)
        self.may_grow = len(self.store.shape) < 3
        self.blank = (at for at, row in enumerate(self.stored) if _is_blank(row) and at not in self.rows)

    def follow(self, lesson: Lesson) -> None:
        key = lesson.key.strip()
        row = row_of_key(self.store, lesson.key, lesson.goal)
        if row is None:
            row = self.new.get((key, lesson.goal))
        if row is None:
            if not lesson.is_right:
                self.add(lesson)
            return
        self.vote(row, lesson.value)
        value = elected(self.texts(row)[VALUE], lesson.value, self.counted[row])
        if value != self.texts(row)[VALUE]:
            self.write(row, VALUE, value)

    def add(self, lesson: Lesson) -> None:
        row = next(self.blank, None)
        if row is None and self.may_grow:
            row = self.count
            self.count += 1
        if row is None:
            cause = "the experience has several dimensions, and no row is free"
            self.refused.append(RefusedChange(self.store.uid, len(self.stored) * WIDTH, "", lesson.value, cause))
            return
        self.rows[row] = ["", lesson.key, lesson.value]
        self.words[row] = tokens(lesson.goal)
        self.new[lesson.key.strip(), lesson.goal] = row
        self.vote(row, lesson.value)

    def vote(self, row: int, value: str) -> None:
        counted = self.counted.setdefault(row, dict(self.evidence.of(self.store.uid, row)))
        counted[value] = counted.get(value, 0) + 1
        self.votes.append(Vote(self.store.uid, row, value))

    def write(self, row: int, column: int, text: str) -> None:
        if row not in self.rows:
            query, key, value = self.texts(row)
            self.words[row] = words_of_its_own(query, *self.said(key, value))
        self.rows.setdefault(row, self.texts(row))[column] = text

    def texts(self, row: int) -> list[str]:
        if row in self.rows:
            return self.rows[row]
        stored = self.stored[row] if row < len(self.stored) else Row("", "", "")
        return [stored.query, stored.key, stored.value]

    def rebuild_queries(self) -> None:
        """A row with neither key nor value keeps the query it had: without one it would never be found again."""
        for row, texts in self.rows.items():
            texts[QUERY] = rebuilt_query(*self.said(texts[KEY], texts[VALUE]), self.words[row]) or texts[QUERY]

    def said(self, key: str, value: str) -> tuple[str, str]:
        """What a key and a value say, without the names of fields."""
        return self.columns.read_key(key), self.columns.read_value(value)


def _is_blank(row: Row) -> bool:
    return not (row.query.strip() or row.key.strip() or row.value.strip())


def _patched(store: Store, gradients: Gradients) -> tuple[dict[int, str], tuple[RefusedChange, ...], PatchCounts]:
    """The texts that change, by their diffs, and what was refused."""
    texts: dict[int, str] = {}
    refused: list[RefusedChange] = []
    counts = PatchCounts()
    for index, wanted in sorted(gradients.items()):
        text = store.read(index) or ""
        merged = merge_gradients(text, wanted)
        counts = counts.plus(merged)
        refused += [refused_change(store.uid, index, each) for each in merged.refused]
        if merged.applied and merged.text != text:
            texts[index] = merged.text
    return texts, tuple(refused), counts


def _change(store: Store, texts: Mapping[int, str], rows: int) -> TensorChange:
    cells = (CellChange(index, store.read(index), text) for index, text in sorted(texts.items()))
    changed = tuple(cell for cell in cells if cell.before != cell.after)
    return TensorChange(store.uid, store.shape[0] if store.shape else 0, rows, changed)
