"""Another person's experience merged into ours: rows by what they answer, conflicts by votes."""

from collections import Counter
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass, replace

from hdsl.experience.records import Vote
from hdsl.experience.row_changes import Row, Rows
from hdsl.retrieval.tokens import tokens


@dataclass(frozen=True, slots=True)
class Conflict:
    """A row that answers the same with another value: which value won, and how many votes each had."""

    row: int
    key: str
    kept: str
    kept_votes: int
    left: str
    left_votes: int


@dataclass(frozen=True, slots=True)
class MergedRows:
    """Our rows with theirs, the votes of theirs (by the steps they were cast in) for our rows, and conflicts."""

    rows: Rows
    votes: dict[str, list[Vote]]
    conflicts: tuple[Conflict, ...]


def merged_rows(
    ours: Rows, theirs: Rows, our_votes: Iterable[Vote], their_votes: Iterable[tuple[str, Vote]], uid: str
) -> MergedRows:
    """Their rows that we have not are added. Where a row of ours has another value, the one with more votes stays.

    `their_votes`: those of steps that we do not know, with the ids of the steps. `uid`: the table in our history.
    """
    rows = list(ours)
    known: dict[Hashable, int] = {}
    for number, row in enumerate(rows):
        _remember(known, _identities(row), number)
    places = []
    for row in theirs:
        identities = _identities(row)
        place = next((known[identity] for identity in identities if identity in known), len(rows))
        if place == len(rows):
            rows.append(row)
            _remember(known, identities, place)
        places.append(place)
    votes: dict[str, list[Vote]] = {}
    for step, vote in their_votes:
        votes.setdefault(step, []).append(replace(vote, uid=uid, row=places[vote.row]))
    counted = _counted([*our_votes, *(vote for each in votes.values() for vote in each)])
    conflicts = []
    for row, place in zip(theirs, places, strict=True):
        if row[2] != rows[place][2]:
            conflicts.append(_settled(rows, place, row, counted.get(place, Counter())))
    return MergedRows(rows, votes, tuple(conflicts))


def _settled(rows: list[Row], place: int, theirs: Row, votes: Counter[str]) -> Conflict:
    """Leaves in our rows whichever has more votes; of equals ours."""
    ours = rows[place]
    kept, left = (theirs, ours) if votes[theirs[2]] > votes[ours[2]] else (ours, theirs)
    rows[place] = kept
    return Conflict(place, kept[1], kept[2], votes[kept[2]], left[2], votes[left[2]])


def _counted(votes: Sequence[Vote]) -> dict[int, Counter[str]]:
    counted: dict[int, Counter[str]] = {}
    for vote in votes:
        counted.setdefault(vote.row, Counter())[vote.value] += 1
    return counted


def _remember(known: dict[Hashable, int], identities: Iterable[Hashable], number: int) -> None:
    for identity in identities:
        known.setdefault(identity, number)


def _identities(row: Row) -> tuple[Hashable, ...]:
    """What a row is known by, the surest first: what it says, then what it answers.

    What it answers is its key with the words of its query, or those of them that do not come from key and value: a
    query that was rebuilt has words of the value in it.
    """
    query, key, value = row
    words = tokens(query)
    goal = words - tokens(key) - tokens(value) if words else words
    answers = key.strip()
    return (
        ("says", answers, value, words),
        ("says", answers, value, goal),
        ("answers, by all words", answers, words),
        ("answers, by the goal", answers, goal),
    )
