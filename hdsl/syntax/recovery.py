"""Recovery: a text with faults is cut at its declarations and statements, and each piece parsed by itself.

One fault a piece is reported, and a piece cannot disturb its neighbours, so next to nothing is reported as a
consequence. Names defined by a piece that could not be read are kept, so that their uses are not reported either.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

from hdsl.syntax import tree
from hdsl.syntax.builder import HarnessHead, TestHead
from hdsl.syntax.control_statements import BEGINNING, without_control_statements
from hdsl.syntax.driver import Unparsed
from hdsl.syntax.faults import SyntaxFault
from hdsl.syntax.lexical import Lexeme, lexemes
from hdsl.syntax.parsed import Parsed, glued_keywords
from hdsl.syntax.pieces import (
    ITEM_KEYWORDS,
    OPENING,
    closing_braces,
    open_brackets,
    opening_brace,
    pieces_of_body,
    pieces_of_file,
)
from hdsl.syntax.reading import read
from hdsl.syntax.source import ended
from hdsl.syntax.tree import Span

MOST_FAULTS = 2000
"""A text with more faults is not read to its end: so many are never shown."""

OPERATORS = frozenset("+-*/%<>&|^~")

END = "the end of the statement"

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")

_WORDS = {
    "$END": END,
    "NAME": "a name",
    "LAST": "a name",
    "STRING": "a string",
    "TEXT": "a string",
    "INT": "a whole number",
    "FLOAT": "a number",
    "RPAR": "`)`",
    "LPAR": "`(`",
    "RSQB": "`]`",
    "LSQB": "`[`",
    "RBRACE": "`}`",
    "LBRACE": "`{`",
    "COMMA": "`,`",
    "COLON": "`:`",
    "EQUAL": "`=`",
    "STAR": "`*`",
    "BANG": "`!`",
    "ELLIPSIS": "`...`",
    "OPTIONAL": "`?`",
    "EXPERIENCE_OF": "`experience(`",
    "OP_OF": "`op(`",
    "LIST_OF": "`list(`",
    "BUDGET_OF": "`budget(`",
    "__ANON_0": "`->`",
    "__ANON_1": "`=>`",
    "DOT": "`.`",
}


def recover(text: str) -> Parsed:
    """Parses the pieces of a text that does not parse as a whole."""
    return Recovery(text).run()


class Recovery:
    """Reads pieces of a text, and keeps their faults and the names whose definitions could not be read."""

    def __init__(self, text: str) -> None:
        self.text = text
        self._ended = ended(text)
        self.faults: list[SyntaxFault] = []
        self.unread: set[str] = set()

    def run(self) -> Parsed:
        tokens = lexemes(self.text)
        for token in tokens:
            if token.kind == "unclosed" and "\n" in token.text:
                self.unread.update(_NAME.findall(token.text))
        version, rest = self.version(tokens)
        items: list[tree.Item] = []
        for piece in pieces_of_file(rest):
            if len(self.faults) > MOST_FAULTS:
                break
            items += self.items(piece)
        file = tree.File(version, tuple(items))
        if not self.faults:
            self.faults.append(SyntaxFault("syntax-error", _end_of(self.text), found="the end of the file"))
        faults = sorted((*self.faults, *glued_keywords(self.text, file)), key=lambda fault: fault.span)
        return Parsed(file, tuple(faults), frozenset(self.unread))

    def version(self, tokens: list[Lexeme]) -> tuple[tree.Version | None, list[Lexeme]]:
        """The version that a file begins with, and the tokens behind it."""
        if not tokens:
            self.faults.append(SyntaxFault("missing-version", Span(0, 0), found="an empty file"))
            return None, tokens
        if tokens[0].text != "hdsl":
            self.faults.append(SyntaxFault("missing-version", tokens[0].span, found=_shown(tokens[0])))
            late = next((i for i, token in enumerate(tokens) if token.first and token.text == "hdsl"), len(tokens))
            before, rest = tokens[:late], tokens[late + 2 :]
            if late == len(tokens) or any(token.first and token.text in ITEM_KEYWORDS for token in before):
                return None, [*before, *rest]
            # An answer around the file: what introduces it, and the fences it stands between.
            while rest and set(rest[-1].text) == {"`"}:
                rest.pop()
            return None, rest
        numbered = len(tokens) > 1 and tokens[1].kind == "number"
        end = 2 if numbered else next((i for i, token in enumerate(tokens[1:], 1) if token.first), len(tokens))
        return self.parse("version", tokens[:end]), tokens[end:]

    def items(self, piece: list[Lexeme]) -> list[tree.Item]:
        """The item of a piece, and those behind it where it ended early."""
        items: list[tree.Item] = []
        while piece:
            if _is_word_before_item(piece):
                self._stray(piece[:1])
                piece = piece[1:]
            before, unread = len(self.faults), set(self.unread)
            item, end = self._item(piece), len(piece)
            if item is None and len(self.faults) > before and (early := self._end_of_item(piece)) is not None:
                del self.faults[before:]
                self.unread = unread
                item, end = self._item(piece[:early]), early
            if item is not None:
                items.append(item)
            piece = piece[end:]
        return items

    def _item(self, piece: list[Lexeme]) -> tree.Item | None:
        head = piece[0]
        if head.text not in ITEM_KEYWORDS:
            self._stray(piece)
            return None
        before = len(self.faults)
        item: tree.Item | None = self.parse("item", piece)
        body = _opening_of_body(piece) if head.text in ("harness", "test") else None
        if item is None and body is not None and self._end_of_item(piece) is None:
            del self.faults[before:]
            return self._harness(piece, body) if head.text == "harness" else self._test(piece, body)
        if item is None:
            self._note_unread(piece[1:] if head.text == "use" else piece[1:3])
        return item

    def _end_of_item(self, piece: list[Lexeme]) -> int | None:
        """Where a whole item ended and something else began, as the fault just reported says; None otherwise."""
        fault = self.faults[-1]
        if fault.expected != (END,):
            return None
        return next((i for i, token in enumerate(piece) if i and token.span == fault.span), None)

    def _harness(self, piece: list[Lexeme], brace: int) -> tree.Harness | None:
        head: HarnessHead | None = self.parse("harness_head", piece[: brace + 1])
        body, closed = self._block(piece, brace)
        statements: list[tree.Statement] = []
        returned: tree.Name | None = None
        saw_return = False
        for part in body:
            if len(self.faults) > MOST_FAULTS:
                break
            if saw_return:
                self.faults.append(SyntaxFault("after-return", part[0].span, found=_shown(part[0])))
                break
            if part[0].text == "return":
                saw_return = True
                returned = self.parse("return_stmt", part)
            elif part is body[-1] and [token.kind for token in part] == ["name", "name"]:
                saw_return = True
                self.faults.append(SyntaxFault("syntax-error", part[0].span, ("`return`",), _shown(part[0])))
            elif (statement := self.statement(part)) is not None:
                statements.append(statement)
        if not closed:
            self._forget_cut(body)
        elif not saw_return:
            end = piece[-1].span
            self.faults.append(SyntaxFault("missing-return", end, found=_shown(piece[-1]), related=piece[1].span))
        if head is None:
            self._note_unread(piece[1:2])
            return None
        span = Span(head.start, piece[-1].span.end)
        return tree.Harness(head.name, head.parameters, head.result, tuple(statements), returned, span)

    def statement(self, part: list[Lexeme]) -> tree.Statement | None:
        """The statement of a harness that stands in a piece of its body, or None after reporting its fault."""
        statement: tree.Statement | None = self.parse("stmt", part)
        if statement is None:
            is_declaration = part[0].text in ("dim", "experience")
            # Of two names, either may be that of a node: `keys text[1] = …`, `let keys: text[1] = …`.
            self._note_unread(part[1:2] if is_declaration else part[:2])
            self._note_unread([one for one, other in pairwise(part) if other.text == ":" and one.kind == "name"])
        return statement

    def _test(self, piece: list[Lexeme], brace: int) -> tree.Test | None:
        head: TestHead | None = self.parse("test_head", piece[: brace + 1])
        parts, closed = self._block(piece, brace)
        statements: list[Any] = []
        for part in parts:
            if len(self.faults) > MOST_FAULTS:
                break
            statement = self.parse("test_stmt", part)
            if statement is None:
                self._note_unread(part[:1])
            else:
                statements.append(statement)
        if not closed:
            self._forget_cut(parts)
        if head is None:
            return None
        return tree.Test(head.name, tuple(statements), Span(head.start, piece[-1].span.end))

    def _block(self, piece: list[Lexeme], brace: int) -> tuple[list[list[Lexeme]], bool]:
        """The statements between the opening brace of a block and its closing one, and whether that one is there.

        A statement closes its own brackets, so a brace that closes nothing in its statement closes the block; of
        several such braces the last one, and those before it are too many.
        """
        tokens, foreign = without_control_statements(piece[brace + 1 :])
        for statement in foreign:
            if statement[0].text in BEGINNING:
                self.faults.append(SyntaxFault("control-statement", statement[0].span, found=statement[0].text))
            self._note_unread([one for one, other in pairwise(statement) if other.text in (":", "=")])
        parts = pieces_of_body(tokens)
        closing = [(i, end) for i, part in enumerate(parts) for end in closing_braces(part)]
        if not closing:
            if not (parts and open_brackets(parts[-1])) and not any(
                token.kind == "unclosed" for part in parts for token in part
            ):
                opening, until = piece[brace].span, piece[-1].span
                self.faults.append(SyntaxFault("unclosed-bracket", opening, ("`}`",), "{", related=until))
            return parts, False
        last, end = closing[-1]
        if rest := [*parts[last][end + 1 :], *(token for part in parts[last + 1 :] for token in part)]:
            self._stray(rest)
        parts = [*parts[:last], parts[last][:end]]
        for i, position in closing[:-1]:
            if position != len(parts[i]) - 1:
                continue
            words = [token.text for token in parts[i][:position]]
            if not ("switch" in words and "{" not in words):
                extra = parts[i].pop()
                self.faults.append(SyntaxFault("extra-bracket", extra.span, found=_shown(extra)))
        return [part for part in parts if part], True

    def _forget_cut(self, parts: list[list[Lexeme]]) -> None:
        """In a block without an end, that its last statement is cut short is not a fault of its own."""
        end = parts[-1][-1].span.end if parts else -1
        if self.faults[-1].span == (end, end):
            self.faults.pop()

    def _stray(self, tokens: Sequence[Lexeme]) -> None:
        """Reports tokens that stand where only a declaration can, and begin none."""
        glued = next((word for word in sorted(ITEM_KEYWORDS) if tokens[0].text.startswith(word)), "")
        if glued and tokens[0].text != glued and len(tokens) > 1 and tokens[1].kind == "punctuation":
            start, end = tokens[0].span
            name = tokens[0].text.removeprefix(glued)
            self.unread.add(name)
            self.faults.append(SyntaxFault("glued-keyword", Span(start + len(glued), end), found=name))
            return
        kind = "extra-bracket" if tokens[0].text in OPENING.values() else "not-a-declaration"
        self.faults.append(SyntaxFault(kind, tokens[0].span, tuple(sorted(ITEM_KEYWORDS)), _shown(tokens[0])))
        line = next((i for i, token in enumerate(tokens) if i and token.first), len(tokens))
        self._note_unread(tokens[1 : max(line, 2)])

    def parse(self, start: str, tokens: Sequence[Lexeme]) -> Any:
        """The tree of these tokens, or None after reporting the one fault in them."""
        begin, end = tokens[0].span.start, _behind(self._ended, tokens[-1])
        try:
            return read(self._ended, start, begin, end)
        except Unparsed as error:
            self.faults.append(_fault(error, tokens))
            return None

    def _note_unread(self, tokens: Sequence[Lexeme]) -> None:
        for token in tokens:
            if token.kind == "name":
                self.unread.add(token.text)
            elif token.kind == "string":
                self.unread.update(_NAME.findall(token.text))


def _behind(text: str, last: Lexeme) -> int:
    """Where a piece that ends in this token ends; behind a name with the blank by which the grammar knows its end."""
    end = last.span.end
    if last.kind != "name" or text[end : end + 1] not in (" ", "\t", "\r", "\n", "#"):
        return end
    return text.index("\n", end) + 1 if text[end] == "#" else end + 1


def _is_word_before_item(piece: Sequence[Lexeme]) -> bool:
    """Whether a declaration stands behind a word of another language: `async harness …`, `export type …`."""
    words = [token.text for token in piece[:2]]
    is_named = [token.kind for token in piece[:3]] == ["name"] * 3 and not any(token.first for token in piece[1:3])
    return is_named and words[0] not in ITEM_KEYWORDS and words[1] in ITEM_KEYWORDS


def _opening_of_body(piece: Sequence[Lexeme]) -> int | None:
    """The brace that opens the body of a harness or a test, unless a statement begins before any brace."""
    brace = opening_brace(piece)
    head = piece[: brace or 0]
    begun = any(
        token.first and not open_brackets(head[:i]) for i, token in enumerate(head) if i and token.kind == "name"
    )
    return None if begun else brace


def _fault(error: Unparsed, tokens: Sequence[Lexeme]) -> SyntaxFault:
    """The one fault that a parser's error on these tokens stands for."""
    offset = tokens[-1].span.end if error.at_end else error.offset
    at = next((i for i, token in enumerate(tokens) if token.span.end > offset), len(tokens))
    for token in tokens[: at + 1]:
        if token.kind == "unclosed":
            return SyntaxFault("unclosed-string", Span(token.span.start, token.span.start + 1))
    opened = open_brackets(tokens[:at])
    if at == len(tokens):
        if opened:
            return SyntaxFault("unclosed-bracket", opened[-1].span, (f"`{OPENING[opened[-1].text]}`",), opened[-1].text)
        end = tokens[-1].span.end
        return SyntaxFault("syntax-error", Span(end, end), _expected(error), "the end of the statement")
    token = tokens[at]
    if opened and at and (called := _called(tokens, at)) is not None and _in_value(tokens, opened[-1]):
        return SyntaxFault("nested-call", called.span, found=called.text)
    if token.text in OPERATORS or (token.kind == "number" and token.text.startswith("-") and at and opened):
        return SyntaxFault("no-operators", token.span, found=token.text)
    if token.kind == "other":
        return SyntaxFault("unexpected-character", token.span, found=token.text)
    expected = _expected(error)
    is_item = token.text == "{" and at and tokens[at - 1].text in (",", *OPENING)
    if opened and token.text in ("=", "->", "{") and not is_item and f"`{OPENING[opened[-1].text]}`" in expected:
        closing = OPENING[opened[-1].text]
        return SyntaxFault("unclosed-bracket", opened[-1].span, (f"`{closing}`",), opened[-1].text, related=token.span)
    if token.text in OPENING.values() and not opened:
        return SyntaxFault("extra-bracket", token.span, found=_shown(token))
    if token.kind == "number" and offset > token.span.start:
        return SyntaxFault("syntax-error", token.span, ("a whole number",), _shown(token))
    if token.first and at and ("`,`" in expected or expected == ("`{`",)):
        # What is missing is missing at the end of the line before.
        end = tokens[at - 1].span.end
        return SyntaxFault("syntax-error", Span(end, end), expected, _shown(token))
    return SyntaxFault("syntax-error", token.span, expected, _shown(token))


def _expected(error: Unparsed) -> tuple[str, ...]:
    return tuple(sorted({_WORDS.get(name, f"`{name.lower()}`") for name in error.expected})) or (END,)


def _called(tokens: Sequence[Lexeme], at: int) -> Lexeme | None:
    """The name that is called where the parser stopped: before `name(`'s bracket or the dot of `module.name(`."""
    if tokens[at].text == "." and at + 2 < len(tokens):
        at += 2
    is_call = tokens[at].text == "(" and tokens[at - 1].kind == "name"
    return tokens[at - 1] if is_call else None


def _in_value(tokens: Sequence[Lexeme], opening: Lexeme) -> bool:
    """Whether an opening bracket is that of a call, `= name(`, or of a switch, `= switch name {`."""
    i = next(i for i, token in enumerate(tokens) if token is opening)
    in_statement = tokens[0].text == "expect" or any(token.text == "=" for token in tokens[:i])
    is_switch = opening.text == "{" and i > 1 and tokens[i - 2].text == "switch"
    return in_statement and i > 0 and tokens[i - 1].kind == "name" and (opening.text == "(" or is_switch)


def _shown(token: Lexeme) -> str:
    return "the end of the file" if not token.text else f"`{token.text.splitlines()[0][:40].rstrip()}`"


def _end_of(text: str) -> Span:
    return Span(len(text), len(text))
