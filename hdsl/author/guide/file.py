"""The segments of a whole file, one after the other: declarations, a harness, its body, a test."""

from collections.abc import Generator

from hdsl.author.guide.body import Body
from hdsl.author.guide.declaring import Declared, declarations
from hdsl.author.guide.heading import head
from hdsl.author.guide.limits import Limits
from hdsl.author.guide.rules import Rules, quoted
from hdsl.author.guide.testing import test_block
from hdsl.check.library import library
from hdsl.check.names import RUN_OPTIONS
from hdsl.check.project import PRELUDE
from hdsl.graph.types import BUILT_IN, Type
from hdsl.syntax.tree import RESERVED

Segments = Generator[str, str, None]
"""Yields the grammar of the next segment, and is sent what was written by it."""

_HABITS = frozenset(["for", "while", "if", "elif", "try", "do", "let", "var", "const", "def", "fn", "import", "from"])
_VALUES = frozenset(["true", "false", "none", "null", "nil"])

TERMINAL, ALIAS = "std.terminal", "terminal"


class Guide:
    """Says what may be written next, and is told what was."""

    def __init__(self, limits: Limits | None = None) -> None:
        self._segments = whole_file(limits or Limits())
        self._grammar: str | None = next(self._segments)

    @property
    def grammar(self) -> str | None:
        """The grammar of the next segment; None where the file is complete."""
        return self._grammar

    def take(self, text: str) -> None:
        """Goes on behind a segment, written by `grammar`."""
        try:
            self._grammar = self._segments.send(text)
        except StopIteration:
            self._grammar = None


def whole_file(limits: Limits) -> Segments:
    """A file with one harness and one test."""
    callables = dict(library()[PRELUDE].callables)
    declared = Declared()
    if limits.terminal:
        module = library()[TERMINAL]
        declared.types |= {f"{ALIAS}.{name}": _here(kind) for name, kind in module.types.items()}
        callables |= {
            f"{ALIAS}.{name}": each._replace(result=_here(each.result)) for name, each in module.callables.items()
        }
    taken = {
        *RESERVED,
        *RUN_OPTIONS,
        *_HABITS,
        *_VALUES,
        *callables,
        *(option.name for each in callables.values() for option in each.options),
    }
    rules = Rules()
    yield rules.grammar([quoted(f"hdsl 1\n\nuse {TERMINAL}\n\n" if limits.terminal else "hdsl 1\n\n")])
    name = yield from declarations(declared, taken, limits.declarations, limits.purpose)
    scope = yield from head(declared, taken, limits)
    body = Body(scope, callables, taken)
    yield from _statements(body)
    yield from test_block(name, scope, body)


def _here(kind: Type) -> Type:
    """A type of the module under the name that it has in the file."""
    return kind if kind.kind != "text" or kind.name in BUILT_IN else kind._replace(name=f"{ALIAS}.{kind.name}")


def _statements(body: Body) -> Segments:
    while True:
        text = yield body.grammar()
        if text.startswith(" return "):
            return
        body.take(text)
