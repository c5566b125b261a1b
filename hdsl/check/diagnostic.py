"""The one Diagnostic value that every rule gives and every output format renders."""

from typing import NamedTuple

from hdsl.syntax.source import Source
from hdsl.syntax.tree import Span


class Place(NamedTuple):
    """A range of a file."""

    source: Source
    span: Span


class Related(NamedTuple):
    """The other place involved, and what is there."""

    message: str
    place: Place


class Edit(NamedTuple):
    """Replaces a range by a text."""

    place: Place
    text: str


class Fix(NamedTuple):
    """A fix. `applicability` is `safe` where it is certain, else `unsafe`."""

    title: str
    applicability: str
    edits: tuple[Edit, ...]


class Diagnostic(NamedTuple):
    """One fault: its code, where, in one sentence what; what was expected and found; what to do."""

    code: str
    name: str
    severity: str
    message: str
    place: Place
    related: tuple[Related, ...] = ()
    expected: str = ""
    found: str = ""
    help: str = ""
    fixes: tuple[Fix, ...] = ()

    @property
    def order(self) -> tuple[str, int, str, int]:
        """Diagnostics come in the order of file, start, code."""
        return (self.place.source.path, self.place.span.start, self.code, self.place.span.end)


def url_of(code: str) -> str:
    """Where the page of a code is."""
    return f"docs/diagnostics/{code}.md"
