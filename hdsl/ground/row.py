"""The row of an experience table, and its columns."""

from dataclasses import dataclass

COLUMNS = ("query", "key", "value")
WIDTH = len(COLUMNS)


@dataclass(frozen=True, slots=True)
class Row:
    """One row of an experience table: the words it is found by, an example of what comes in, the answer."""

    query: str
    key: str
    value: str
