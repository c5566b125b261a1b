"""The row of an experience table, and its columns."""

from dataclasses import dataclass, field

COLUMNS = ("query", "key", "value")
WIDTH = len(COLUMNS)


@dataclass(frozen=True, slots=True)
class Row:
    """One row of an experience table: the words it is found by, an example of what comes in, the answer."""

    query: str
    key: str
    value: str
    similarity: float | None = field(default=None, compare=False, repr=False, kw_only=True)
    """How like the question it is, in [0, 1], where retrieval says so: 0 has nothing in common with it, 1 are the same
    words, and from 0.5 on it is as like as rows of its table with the same value are to each other. In no prompt."""
    by_meaning: bool = field(default=False, compare=False, repr=False, kw_only=True)
    """Whether `similarity` is that of embeddings. In no prompt."""
