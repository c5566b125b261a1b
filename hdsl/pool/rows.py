"""Rows of a pool as plain data: a row with where it came from, and reports of others on what it did for them."""

from collections.abc import Hashable
from dataclasses import dataclass
from hashlib import sha256

from hdsl.pool.canonical import canonical

UNSTATED = "NOASSERTION"
"""The licence of rows whose publisher names none, in the words of SPDX."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """How often something helped and how often it hurt, on which harness."""

    harness: str = ""
    helped: int = 0
    hurt: int = 0


@dataclass(frozen=True, slots=True)
class PooledRow:
    """A row as somebody published it."""

    table: str
    """`STEM.NAME`: the file of the table without its suffix, and the table."""
    query: str
    key: str
    value: str
    source: str = ""
    """Where it came from: a file and the step that learned it, a session, a capture."""
    licence: str = UNSTATED
    evidence: Evidence = Evidence()
    """What its publisher says of it. It is shown, and counts nothing."""
    writer: str = ""
    """The key that published it; empty before."""


@dataclass(frozen=True, slots=True)
class Report:
    """What somebody else's row did on the reporter's own data. `row`: the row's id."""

    row: str
    evidence: Evidence
    writer: str = ""
    """The key that reports; empty before it is published."""


def identity(row: PooledRow) -> Hashable:
    """What two rows have in common that say the same: the words of their query in any order, their key, their value."""
    return row.table, frozenset(row.query.split()), row.key.strip(), row.value


def row_id(row: PooledRow) -> str:
    """The identity as 64 hexadecimal digits, the same everywhere; reports name rows by it."""
    words = sorted(set(row.query.split()))
    return sha256(canonical([row.table, words, row.key.strip(), row.value])).hexdigest()
