"""Recovery: a text with faults is cut at its declarations and statements, and each piece parsed by itself.

One fault a piece is reported, and a piece cannot disturb its neighbours, so next to nothing is reported as a
consequence. Names defined by a piece that could not be read are kept, so that their uses are not reported either.
"""

from collections.abc import Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from lark import TextSlice
from lark.exceptions import UnexpectedCharacters, UnexpectedInput, UnexpectedToken

from hdsl.syntax import tree
from hdsl.syntax.builder import HarnessHead, TestHead
from hdsl.syntax.faults import SyntaxFault
from hdsl.syntax.lexical import Lexeme, lexemes
from hdsl.syntax.tree import Span

if TYPE_CHECKING:
    from lark import Lark

    from hdsl.syntax.parser import Parsed

ITEM_KEYWORDS = frozenset({"use", "type", "op", "experience", "harness", "dim", "test", "train"})
ONLY_AT_TOP = frozenset({"use", "type", "op", "harness", "test", "train"})
OPENING = {"(": ")", "[": "]", "{": "}"}
OPERATORS = frozenset("+-/%<>&|^~")

_WORDS = {
    "NAME": "a name",
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
    "__ANON_0": "`->`",
    "__ANON_1": "`=>`",
    "DOT": "`.`",
}


def recover(text: str, parser: "Lark") -> "Parsed":
    """Parses the pieces of a text that does not parse as a whole."""
    return _Recovery(text, parser).run()


class _Recovery:
    def __init__(self, text: str, parser: "Lark") -> None:
        self.text = text
        self.parser = parser
        self.faults: list[SyntaxFault] = []
        self.unread: set[str] = set()

    def run(self) -> "Parsed":
        from hdsl.syntax.parser import Parsed, _glued_keywords

        tokens = lexemes(self.text)
        version, rest = self._version(tokens)
        items = [item for piece in _pieces_of_file(rest) if (item := self._item(piece)) is not None]
        file = tree.File(version, tuple(items))
        if not self.faults:
            self.faults.append(SyntaxFault("syntax-error", _end_of(self.text), found="the end of the file"))
        faults = sorted((*self.faults, *_glued_keywords(self.text, file)), key=lambda fault: fault.span)
        return Parsed(file, tuple(faults), frozenset(self.unread))

    def _version(self, tokens: list[Lexeme]) -> tuple[tree.Version | None, list[Lexeme]]:
        if not tokens:
            self.faults.append(SyntaxFault("missing-version", Span(0, 0), found="an empty file"))
            return None, tokens
        if tokens[0].text != "hdsl":
            self.faults.append(SyntaxFault("missing-version", tokens[0].span, found=_shown(tokens[0])))
            return None, tokens
        end = next((i for i, token in enumerate(tokens[1:], 1) if token.first), len(tokens))
        return self._parse("version", tokens[:end]), tokens[end:]

    def _item(self, piece: list[Lexeme]) -> tree.Item | None:
        head = piece[0]
        if head.text not in ITEM_KEYWORDS:
            self._stray(piece)
            return None
        before = len(self.faults)
        item: tree.Item | None = self._parse("item", piece)
        if item is not None:
            return item
        if head.text == "harness" and (body := _opening_brace(piece)) is not None:
            del self.faults[before:]
            return self._harness(piece, body)
        if head.text == "test" and (body := _opening_brace(piece)) is not None:
            del self.faults[before:]
            return self._test(piece, body)
        self._note_unread(piece[1:2])
        return None

    def _harness(self, piece: list[Lexeme], brace: int) -> tree.Harness | None:
        head: HarnessHead | None = self._parse("harness_head", piece[: brace + 1])
        body = self._closed(piece, brace)
        statements: list[tree.Statement] = []
        returned: tree.Name | None = None
        saw_return = False
        for part in _pieces_of_body(body):
            if saw_return:
                self.faults.append(SyntaxFault("after-return", part[0].span, found=_shown(part[0])))
                break
            if part[0].text == "return":
                saw_return = True
                returned = self._parse("return_stmt", part)
            elif (statement := self._parse("stmt", part)) is not None:
                statements.append(statement)
            else:
                self._note_unread(part[1:2] if part[0].text in ("dim", "experience") else part[:1])
        if not saw_return:
            end = piece[-1].span
            self.faults.append(SyntaxFault("missing-return", end, found=_shown(piece[-1]), related=piece[1].span))
        if head is None:
            self._note_unread(piece[1:2])
            return None
        span = Span(head.start, piece[-1].span.end)
        return tree.Harness(head.name, head.parameters, head.result, tuple(statements), returned, span)

    def _test(self, piece: list[Lexeme], brace: int) -> tree.Test | None:
        head: TestHead | None = self._parse("test_head", piece[: brace + 1])
        parts = _pieces_of_body(self._closed(piece, brace))
        statements: list[Any] = [statement for part in parts if (statement := self._parse("test_stmt", part))]
        if head is None:
            return None
        return tree.Test(head.name, tuple(statements), Span(head.start, piece[-1].span.end))

    def _closed(self, piece: list[Lexeme], brace: int) -> list[Lexeme]:
        """The tokens between the opening brace of a block and its closing one, which must be the piece's last."""
        body = piece[brace + 1 :]
        depth = 1
        for i, token in enumerate(body):
            depth += (token.text == "{") - (token.text == "}")
            if depth == 0:
                if i + 1 < len(body):
                    self._stray(body[i + 1 :])
                return body[:i]
        if not _has_unclosed(body):
            self.faults.append(
                SyntaxFault("unclosed-bracket", piece[brace].span, ("`}`",), "{", related=piece[-1].span)
            )
        return body

    def _stray(self, tokens: Sequence[Lexeme]) -> None:
        """Reports tokens that stand where only a declaration can, and begin none."""
        kind = "extra-bracket" if tokens[0].text in OPENING.values() else "not-a-declaration"
        self.faults.append(SyntaxFault(kind, tokens[0].span, tuple(sorted(ITEM_KEYWORDS)), _shown(tokens[0])))
        self._note_unread(tokens[1:2])

    def _parse(self, start: str, tokens: Sequence[Lexeme]) -> Any:
        """The tree of these tokens, or None after reporting the one fault in them."""
        begin, end = tokens[0].span.start, tokens[-1].span.end
        try:
            return self.parser.parse(TextSlice(self.text, begin, end), start=start)
        except UnexpectedInput as error:
            self.faults.append(_fault(error, tokens))
            return None

    def _note_unread(self, tokens: Sequence[Lexeme]) -> None:
        self.unread.update(token.text for token in tokens if token.kind == "name")


def _fault(error: UnexpectedInput, tokens: Sequence[Lexeme]) -> SyntaxFault:
    """The one fault that a parser's error on these tokens stands for."""
    at_end = isinstance(error, UnexpectedToken) and error.token.type == "$END"
    offset = tokens[-1].span.end if at_end else _offset(error)
    at = next((i for i, token in enumerate(tokens) if token.span.end > offset), len(tokens))
    for token in tokens[: at + 1]:
        if token.kind == "unclosed":
            return SyntaxFault("unclosed-string", Span(token.span.start, token.span.start + 1))
    opened = _open_brackets(tokens[:at])
    if at == len(tokens):
        if opened:
            return SyntaxFault("unclosed-bracket", opened[-1].span, (f"`{OPENING[opened[-1].text]}`",), opened[-1].text)
        end = tokens[-1].span.end
        return SyntaxFault("syntax-error", Span(end, end), _expected(error), "the end of the statement")
    token = tokens[at]
    if token.text == "(" and opened and at and tokens[at - 1].kind == "name" and _in_call(tokens, opened[-1]):
        return SyntaxFault("nested-call", tokens[at - 1].span, found=tokens[at - 1].text)
    if token.text in OPERATORS or (token.kind == "number" and token.text.startswith("-") and at and opened):
        return SyntaxFault("no-operators", token.span, found=token.text)
    if token.kind == "other":
        return SyntaxFault("unexpected-character", token.span, _expected(error), token.text)
    if token.text in OPENING.values() and not opened:
        return SyntaxFault("extra-bracket", token.span, found=_shown(token))
    return SyntaxFault("syntax-error", token.span, _expected(error), _shown(token))


def _offset(error: UnexpectedInput) -> int:
    if isinstance(error, UnexpectedToken) and error.token.start_pos is not None:
        return int(error.token.start_pos)
    return int(error.pos_in_stream or 0)


def _expected(error: UnexpectedInput) -> tuple[str, ...]:
    names: set[str] = set()
    if isinstance(error, UnexpectedToken):
        names = set(error.accepts or error.expected or ())
    elif isinstance(error, UnexpectedCharacters):
        names = set(error.allowed or ())
    return tuple(sorted({_WORDS.get(name, f"`{name.lower()}`") for name in names if name not in ("$END", "_WS")}))


def _in_call(tokens: Sequence[Lexeme], opening: Lexeme) -> bool:
    """Whether an opening bracket is that of a call: `= name(`."""
    i = next(i for i, token in enumerate(tokens) if token is opening)
    return opening.text == "(" and i > 0 and tokens[i - 1].kind == "name" and any(t.text == "=" for t in tokens[:i])


def _open_brackets(tokens: Sequence[Lexeme]) -> list[Lexeme]:
    opened: list[Lexeme] = []
    for token in tokens:
        if token.kind == "punctuation" and token.text in OPENING:
            opened.append(token)
        elif opened and token.text == OPENING[opened[-1].text]:
            opened.pop()
    return opened


def _has_unclosed(tokens: Sequence[Lexeme]) -> bool:
    return bool(_open_brackets(tokens)) or any(token.kind == "unclosed" for token in tokens)


def _opening_brace(piece: Sequence[Lexeme]) -> int | None:
    return next((i for i, token in enumerate(piece) if token.text == "{" and token.kind == "punctuation"), None)


def _pieces_of_file(tokens: Sequence[Lexeme]) -> list[list[Lexeme]]:
    """Cut before each declaration: an item keyword outside brackets, or at a line's start where only items begin so."""
    cuts: list[int] = []
    depth = 0
    for i, token in enumerate(tokens):
        named = i + 1 < len(tokens) and tokens[i + 1].kind in ("name", "string")
        if token.kind == "name" and (
            (depth == 0 and token.first and named)
            or (token.first and named and token.text in ONLY_AT_TOP)
            or (depth == 0 and token.text in ITEM_KEYWORDS and named and i and tokens[i - 1].text in ("}", "]"))
        ):
            cuts.append(i)
            depth = 0
        if token.kind == "punctuation":
            depth = max(0, depth + (token.text in OPENING) - (token.text in OPENING.values()))
    return _cut(tokens, cuts)


def _pieces_of_body(tokens: Sequence[Lexeme]) -> list[list[Lexeme]]:
    """Cut before each statement: `name:` or `name =` outside brackets; inside them only `name:` at a line's start."""
    cuts: list[int] = []
    depth = 0
    for i, token in enumerate(tokens):
        following = tokens[i + 1] if i + 1 < len(tokens) else None
        if token.kind == "name" and following is not None:
            defines = following.text == ":" or (depth == 0 and following.text == "=")
            keyword = (token.text in ("return", "dim", "experience", "expect") and following.kind == "name") or (
                token.text == "budget" and following.text == "("
            )
            if (token.first or (depth == 0 and i and tokens[i - 1].text in (")", "}", "]"))) and (
                keyword or (defines and (token.first or depth == 0))
            ):
                cuts.append(i)
                depth = 0
            elif token.first and depth == 0:
                cuts.append(i)
        elif token.first and depth == 0 and token.kind == "name":
            cuts.append(i)
        if token.kind == "punctuation":
            depth = max(0, depth + (token.text in OPENING) - (token.text in OPENING.values()))
    return _cut(tokens, cuts)


def _cut(tokens: Sequence[Lexeme], cuts: Sequence[int]) -> list[list[Lexeme]]:
    edges = sorted({0, *cuts, len(tokens)})
    return [list(tokens[a:b]) for a, b in pairwise(edges) if a < b]


def _shown(token: Lexeme) -> str:
    return "the end of the file" if not token.text else f"`{token.text.splitlines()[0][:40]}`"


def _end_of(text: str) -> Span:
    return Span(len(text), len(text))
