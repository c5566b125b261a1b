"""How much a segment may hold: whoever reads a pool reads what strangers wrote."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds on one segment."""

    stored_bytes: int = 8 << 20
    """Of the file, compressed."""
    expanded_bytes: int = 32 << 20
    """Of the payload, expanded."""
    rows: int = 10_000
    """Rows, or reports, in one segment."""
    text: int = 100_000
    """Characters in a query, key or value."""
    name: int = 200
    """Characters in the name of a table, a licence, a person, a source."""
    previous: int = 256
    """Segments that one segment may name as its predecessors."""


LIMITS = Limits()
