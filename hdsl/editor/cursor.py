"""What stands before the cursor: the tokens of its statement, the brackets open there, the call it is in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from hdsl.check.library import library
from hdsl.check.names import find_callable
from hdsl.check.project import PRELUDE
from hdsl.check.scope import parameter_signature
from hdsl.editor.view import View
from hdsl.graph.signature import OperationOf, Signature
from hdsl.syntax import tree
from hdsl.syntax.lexical import Lexeme, lexemes
from hdsl.syntax.pieces import open_brackets, opening_brace, pieces_of_body, pieces_of_file
from hdsl.syntax.source import STRINGS_AND_COMMENTS
from hdsl.syntax.tree import Span

LINES = 60
"""A statement begins at most so many lines above the cursor."""


@dataclass(frozen=True, slots=True)
class Cursor:
    """A place in a statement.

    `before` are its tokens up to the name being written, whose part before the last dot is `alias`. `string` is the
    text around the cursor, without its quote, where it is in one.
    """

    offset: int
    item: tree.Item | None
    in_body: bool
    before: Sequence[Lexeme]
    alias: str = ""
    string: Span | None = None

    @property
    def last(self) -> str:
        """The text of the token before."""
        return self.before[-1].text if self.before else ""

    @property
    def is_template(self) -> bool:
        """Whether the string around the cursor is a node or a branch, so that names in braces are filled in."""
        is_node = self.last == "=" and not self.opened and self.before[0].text != "given"
        if isinstance(self.item, tree.Train):
            return False
        return self.in_body and self.string is not None and (is_node or self.last == "=>")

    @property
    def opened(self) -> list[Lexeme]:
        """The brackets that are open, the innermost last."""
        return open_brackets(self.before)

    def callee(self) -> tuple[str, int] | None:
        """The name before the innermost open bracket, if that is one of a call, and how many commas follow it."""
        if not self.opened or self.opened[-1].text != "(":
            return None
        at = next(i for i, token in enumerate(self.before) if token is self.opened[-1])
        parts: list[str] = []
        i = at - 1
        while i >= 0 and self.before[i].kind == "name":
            parts.insert(0, self.before[i].text)
            if i < 1 or self.before[i - 1].text != ".":
                break
            i -= 2
        depth_one = [
            i
            for i in range(at + 1, len(self.before))
            if self.before[i].text == "," and len(open_brackets(self.before[at:i])) == 1
        ]
        return (".".join(parts), len(depth_one)) if parts else None

    def option(self) -> str:
        """The option whose value is being written; empty where it is none."""
        if self.last == "=" and len(self.before) > 1 and self.opened:
            return self.before[-2].text
        return ""

    def given_options(self) -> set[str]:
        """The options that the call around the cursor has already."""
        at = next((i for i, token in enumerate(self.before) if self.opened and token is self.opened[-1]), 0)
        return {a.text for a, b in zip(self.before[at:], self.before[at + 1 :], strict=False) if b.text == "="}


def cursor_at(view: View, offset: int) -> Cursor | None:
    """The place of the cursor; None in a comment."""
    source = view.analysis.source
    item = view.item(offset)
    line = source.position(offset)[0]
    start = source.line_starts[max(0, line - LINES)]
    start = max(start, item.span.start) if item is not None else start
    for match in STRINGS_AND_COMMENTS.finditer(source.text, source.line_starts[line - 1], offset):
        if match.group().startswith("#"):
            return None
    tokens = lexemes(source.text, start, offset)
    brace = opening_brace(tokens) if isinstance(item, tree.Harness | tree.Test | tree.Train) else None
    head_ends = start > item.span.start if item is not None else False
    in_body = isinstance(item, tree.Harness | tree.Test | tree.Train) and (brace is not None or head_ends)
    if brace is not None and not head_ends:
        tokens = tokens[brace + 1 :]
    string: Span | None = None
    if tokens and tokens[-1].kind == "unclosed":
        quote = 3 if tokens[-1].text.startswith('"""') else 1
        string = Span(tokens[-1].span.start + quote, offset)
        tokens = tokens[:-1]
    # A keyword begins a statement where a name follows it, as one is about to.
    following = Lexeme("name", "", Span(offset, offset), False)
    pieces = pieces_of_body([*tokens, following]) if in_body else pieces_of_file([*tokens, following])
    before = pieces[-1][:-1]
    alias = ""
    if string is None and before and before[-1].kind == "name" and before[-1].span.end == offset:
        before = before[:-1]
    while string is None and len(before) > 1 and before[-1].text == ".":
        alias, before = f"{before[-2].text}.{alias}".rstrip("."), before[:-2]
    if string is None and not alias and before and _is_complete(before):
        before = []
    return Cursor(offset, item, in_body, before, alias, string)


def signature_of(view: View, item: tree.Item | None, name: str) -> Signature | None:
    """The operation, harness, or operation parameter of this name, as it is called from an item."""
    own = view.module.callables.get(item.name.text) if isinstance(item, tree.Harness) else None
    option = own.option(name) if own is not None else None
    if option is not None and isinstance(option.kind, OperationOf):
        return parameter_signature(view.module.path, option, option.kind)
    return find_callable(view.module, library()[PRELUDE], name)


def _is_complete(tokens: Sequence[Lexeme]) -> bool:
    """Whether a statement has ended, so that the next one begins: a node with its brackets, or its text, closed."""
    has_ended = tokens[-1].text in (")", "}", "]") or tokens[-1].kind == "string"
    return has_ended and "=" in {t.text for t in tokens} and not open_brackets(tokens)
