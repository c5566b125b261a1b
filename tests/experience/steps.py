"""Random steps on one table, made and taken back as the commands do, in memory."""

from dataclasses import dataclass, field

from hypothesis import strategies as st

from hdsl.experience.history import HistoryEntry
from hdsl.experience.records import DroppedRow, Vote
from hdsl.experience.row_changes import Row, change_between, change_without, rows_after
from hdsl.experience.undoing import ExperienceChanged, taking_back

TABLE = "words"
WORDS = st.sampled_from(["one", "two", "three", "one two", ""])
ROWS = st.lists(st.tuples(WORDS, WORDS, WORDS), max_size=5)
ACTIONS = st.lists(st.tuples(st.sampled_from(["write", "add", "drop", "vote", "undo"]), st.integers(0, 30), WORDS))


@dataclass
class Table:
    """A table with its history."""

    rows: list[Row]
    entries: list[HistoryEntry] = field(default_factory=list)

    def act(self, action: str, number: int, word: str) -> None:
        """Makes one random step, where it can be made."""
        if action == "undo" and self.entries:
            self.undo(self.entries[number % len(self.entries)])
        elif action == "add":
            self.change([*self.rows, (word, str(number), word)])
        elif action == "write" and self.rows:
            rows = list(self.rows)
            rows[number % len(rows)] = (word, word, str(number))
            self.change(rows)
        elif action == "drop" and len(self.rows) > 1:
            row, into = number % len(self.rows), (number // 7) % len(self.rows)
            if row != into:
                change = change_without(TABLE, self.rows, {row: into})
                self.take(HistoryEntry(self.id, "", "", (change,), dropped=(DroppedRow(TABLE, row, into),)))
        elif action == "vote" and self.rows:
            vote = Vote(TABLE, number % len(self.rows), word)
            self.take(HistoryEntry(self.id, "", "", (), (vote,)))

    def change(self, rows: list[Row]) -> None:
        """Makes the step to other rows, with a vote for the last of them, as training does."""
        vote = Vote(TABLE, len(rows) - 1, rows[-1][2])
        self.take(HistoryEntry(self.id, "", "", (change_between(TABLE, self.rows, rows),), (vote,)))

    def undo(self, entry: HistoryEntry) -> bool:
        """Takes a step back; whether that could be done."""
        try:
            self.take(taking_back(entry, self.entries, {TABLE: self.rows}, self.id, ""))
        except ExperienceChanged:
            return False
        return True

    def take(self, entry: HistoryEntry) -> None:
        """Makes a step."""
        self.entries.append(entry)
        for change in entry.changes:
            self.rows = rows_after(change, self.rows)

    @property
    def id(self) -> str:
        """The id of the next step."""
        return f"run/{len(self.entries) + 1}"
