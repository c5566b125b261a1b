"""What the parser found wrong: plain values, without wording; the checker's catalogue has the words."""

from typing import NamedTuple

from hdsl.syntax.tree import Span

DEEPEST = 100
"""Brackets within brackets that are laid out."""

BEYOND_LIMITS = "beyond-limits"
"""The kind of a fault of what is nested too deep to be laid out."""


class SyntaxFault(NamedTuple):
    """One fault of the text. `kind` is the name of a diagnostic of the syntax family (or `nested-call`)."""

    kind: str
    span: Span
    expected: tuple[str, ...] = ()
    found: str = ""
    related: Span | None = None
