"""Evidence: how often each answer was asked of a row. A row changes when another answer has as much of it, or more.

Feedback may be wrong now and then. A table that takes the last word is as wrong as its feedback; one that counts ends
with what is right more often than anything else.
"""

from collections import Counter
from collections.abc import Iterable, Mapping

from hdsl.experience.records import Vote

Votes = Mapping[str, int]


class Evidence:
    """The votes for the answers of rows, by tensor and row. A row of a seed has none until it is judged."""

    def __init__(self) -> None:
        self._votes: dict[tuple[str, int], Counter[str]] = {}

    def of(self, uid: str, row: int) -> Votes:
        """The votes for a row's answers."""
        return self._votes.get((uid, row), Counter())

    def add(self, votes: Iterable[Vote]) -> None:
        """Counts votes."""
        for vote in votes:
            self._votes.setdefault((vote.uid, vote.row), Counter())[vote.value] += 1

    def take_back(self, votes: Iterable[Vote]) -> None:
        """Takes back votes that were counted."""
        for vote in votes:
            counted = self._votes[vote.uid, vote.row]
            counted[vote.value] -= 1
            if not counted[vote.value]:
                del counted[vote.value]


def elected(current: str, newest: str, votes: Votes) -> str:
    """The answer with most votes; of equals the one that was asked for last, so that a first mistake is fixed at once.

    Where the newest has fewer, the current one stays as long as no other has more.
    """
    most = max(votes.values(), default=0)
    for value in (newest, current):
        if votes.get(value, 0) == most:
            return value
    return next(value for value, count in votes.items() if count == most)
