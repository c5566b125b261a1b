"""Rows replayed: what everybody else's rows answer to a row's own question, as if the row was not there.

A row that answers a question otherwise than all that others know of such questions is either the only right one or a
lie, and nothing in it tells which. A lie about one question, beside many good rows, changes no average; but it must say
something that nobody else's rows say there, and that is seen here.

Who speaks: the puller's own rows, and those of persons whose rows did some good on the puller's validation data. A
person's rows say nothing of each other, and rows of the same question say nothing of each other, whoever published
them: otherwise several keys, or several liars, could vouch for one lie.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum

from hdsl.ground.row import Row
from hdsl.kernel.nearest import most_similar
from hdsl.kernel.request import Label, Request
from hdsl.pool.state import JoinedRow
from hdsl.retrieval.calibration import calibrated, with_similarity
from hdsl.retrieval.index import Match, RowIndex
from hdsl.retrieval.tokens import tokens

_LOOKED_AT = 64
"""Rows that are looked at to find some of others."""
_VOTERS = 16
"""As many as an expert is given."""
_ANY_LABEL = (Label(""),)
"""Answers are compared as labels are: by votes."""


class Verdict(Enum):
    """What a replay says of a row."""

    CONFIRMED = "what others know of such questions answers the same"
    CONTRADICTED = "what others know of such questions answers otherwise"
    UNKNOWN = "nobody else knows such questions"


@dataclass(frozen=True, slots=True)
class _Known:
    row: Row
    words: frozenset[str]
    persons: frozenset[str]
    """Who published it; nobody for a row of the puller's own."""


class Witnesses:
    """The rows that speak about one table whose answers are labels."""

    def __init__(self, own: Sequence[tuple[str, str, str]], others: Sequence[JoinedRow]) -> None:
        ours = [_Known(Row(*row), _question(row[0], row[1]), frozenset()) for row in own]
        theirs = [
            _Known(Row(row.query, row.key, row.value), _question(row.query, row.key), frozenset(row.publishers))
            for row in others
        ]
        self._known = [*ours, *theirs]
        self._index = RowIndex([each.row for each in self._known])
        self._enough = calibrated(self._index)

    def verdict(self, row: JoinedRow) -> Verdict:
        """What a replay says of a row."""
        words, persons = _question(row.query, row.key), frozenset(row.publishers)
        matches = [match for match in self._index.select(words, _LOOKED_AT) if self._speaks(match, words, persons)]
        near = with_similarity(self._index, words, matches[:_VOTERS], self._enough)
        rows = tuple(match.row for match in near if match.score > 0)
        if not rows:
            return Verdict.UNKNOWN
        answer, sure = most_similar(Request("expert", row.key or row.query, rows=rows, labels=_ANY_LABEL))
        if answer.value.strip() == row.value.strip():
            return Verdict.CONFIRMED
        return Verdict.CONTRADICTED if sure >= _SURE else Verdict.UNKNOWN

    def _speaks(self, match: Match, words: frozenset[str], persons: frozenset[str]) -> bool:
        known = self._known[match.index]
        if not known.persons:
            return True
        return known.words != words and not known.persons <= persons


_SURE = 0.5
"""From here on a row is as like the question as rows of the table with the same value are to each other."""


def verdicts(
    rows: Sequence[JoinedRow], own: Sequence[tuple[str, str, str]], speaking: Sequence[JoinedRow], *, are_labels: bool
) -> Mapping[str, Verdict]:
    """What replays say of rows, by the rows' ids. Answers that are not labels are seldom the same twice: unknown."""
    if not are_labels or not rows:
        return {row.id: Verdict.UNKNOWN for row in rows}
    witnesses = Witnesses(own, speaking)
    return {row.id: witnesses.verdict(row) for row in rows}


def _question(query: str, key: str) -> frozenset[str]:
    return tokens(key) or tokens(query)
