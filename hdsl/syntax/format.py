"""The one layout of a file: blanks, lines and columns from its tokens and its tree; every comment stays where it is.

A list that ends with a comma, or holds a comment, has one item a line; so has one that would not fit on its line,
except the parameters of an `op`. The rows of an experience are one a line always.
"""

from collections.abc import Sequence
from enum import Enum
from itertools import pairwise
from typing import NamedTuple, TypeAlias

from hdsl.syntax import tree
from hdsl.syntax.faults import BEYOND_LIMITS, DEEPEST, SyntaxFault
from hdsl.syntax.layout import Group, Layout, Part, Word, words
from hdsl.syntax.parser import parse
from hdsl.syntax.tokens import Gap, tokens_with_gaps

WIDTH = 120
INDENT = 2
CONTINUATION = 4


class Unformattable(ValueError):  # noqa: N818 - what it says of the text, in the words of the command
    """The text does not parse, or is nested too deep; `faults` say where."""

    def __init__(self, faults: tuple[SyntaxFault, ...]) -> None:
        super().__init__(f"{len(faults)} syntax faults")
        self.faults = faults


def format_source(text: str) -> str:
    """The text in the one layout, with LF line ends and a final newline. Raises Unformattable."""
    parsed = parse(text)
    if parsed.faults:
        raise Unformattable(parsed.faults)
    formatter = _Formatter(text)
    deep = formatter.layout.deepest(DEEPEST)
    if deep is not None:
        raise Unformattable((SyntaxFault(BEYOND_LIMITS, deep),))
    return formatter.file(parsed.file)


class _Blank(Enum):
    """Whether a blank line stands above what begins a line."""

    NONE = "none"
    KEPT = "kept"
    ONE = "one"


_InBlock: TypeAlias = tree.Statement | tree.TestStatement | tree.Setting


class _Statement(NamedTuple):
    """A statement of a block: the indices of its tokens, its tree (None for `return`), and its parts."""

    start: int
    end: int
    tree: _InBlock | None
    parts: list[Part]


class _Formatter:
    def __init__(self, text: str) -> None:
        self.tokens, gaps = tokens_with_gaps(text)
        self.layout = Layout(self.tokens, gaps)
        self.index_at = {token.start: index for index, token in enumerate(self.tokens)}
        self.out: list[str] = []

    def file(self, file: tree.File) -> str:
        assert file.version is not None
        self._begin(0, 0, _Blank.NONE)
        self._line(self.layout.parts(0, 2), 0)
        edges = [*(self.index_at[item.span.start] for item in file.items), len(self.tokens)]
        previous: tree.Item | None = None
        for item, (start, end) in zip(file.items, pairwise(edges), strict=True):
            together = previous is not None and _may_stand_together(previous, item)
            self._begin(start, 0, _Blank.KEPT if together else _Blank.ONE)
            self._item(item, start, end)
            previous = item
        self._comments(self._gap(len(self.tokens)), 0, _Blank.KEPT)
        return "".join(self.out) + "\n"

    # Items

    def _item(self, item: tree.Item, start: int, end: int) -> None:
        match item:
            case tree.Harness(body=statements):
                return_start = [] if item.returned is None else [self.index_at[item.returned.span.start] - 1]
                self._block(statements, return_start, start, end)
            case tree.Test(statements=statements) | tree.Train(settings=statements):
                self._block(statements, [], start, end)
            case _:
                self._line(self.layout.parts(start, end, loads=isinstance(item, tree.Experience)), 0)

    def _block(self, trees: Sequence[_InBlock], last: Sequence[int], start: int, end: int) -> None:
        brace = next(index for index in range(start, end) if self.tokens[index].kind == "LBRACE")
        self._line(self.layout.parts(start, brace + 1), 0)
        statements = self._statements(trees, last, end - 1)
        self._align(statements)
        for number, statement in enumerate(statements):
            self._begin(statement.start, INDENT, _Blank.KEPT if number else _Blank.NONE)
            self._line(statement.parts, INDENT)
        if statements or self._gap(end - 1).comments:
            self._end(end - 1, 0)
        else:
            self.out.append(self.tokens[end - 1].text)

    def _statements(self, trees: Sequence[_InBlock], last: Sequence[int], end: int) -> list[_Statement]:
        starts = [self.index_at[each.span.start] for each in trees]
        found: list[_Statement] = []
        edges = [*starts, *last, end]
        for number, start in enumerate(edges[:-1]):
            each = trees[number] if number < len(trees) else None
            loads = isinstance(each, tree.Experience | tree.Setting | tree.Given)
            parts = self.layout.parts(start, edges[number + 1], loads)
            found.append(_Statement(start, edges[number + 1], each, parts))
        return found

    # Columns

    def _align(self, statements: Sequence[_Statement]) -> None:
        """Pads the nodes of each block, nodes on consecutive lines, so that their types and their `=` align."""
        block: list[_Statement] = []
        for statement in statements:
            gap = self._gap(statement.start)
            if gap.blank or any(not comment.trailing for comment in gap.comments) or not self._has_columns(statement):
                self._pad(block)
                block = []
            if self._has_columns(statement):
                block.append(statement)
        self._pad(block)

    def _has_columns(self, statement: _Statement) -> bool:
        if not isinstance(statement.tree, tree.Node):
            return False
        equal = self._equal(statement)
        return not any(self._gap(index).comments for index in range(statement.start + 1, equal + 1))

    def _equal(self, statement: _Statement) -> int:
        """The index of the `=` of a node."""
        assert isinstance(statement.tree, tree.Node)
        annotation = statement.tree.annotation
        if annotation is None:
            return statement.start + 1
        return next(i for i in range(statement.start, statement.end) if self.tokens[i].start >= annotation.span.end)

    def _pad(self, block: Sequence[_Statement]) -> None:
        if not block:
            return
        types = {each.start: self._type_text(each) for each in block}
        names = {each.start: len(self.tokens[each.start].text) + bool(types[each.start]) for each in block}
        name_width = max(names.values())
        type_width = max(map(len, types.values()))
        for each in block:
            flat = {word.token: word for word in words(each.parts)}
            pad_name = name_width - names[each.start]
            shown = types[each.start]
            if shown:
                flat[each.start + 2].before = " " * (pad_name + 1)
                flat[self._equal(each)].before = " " * (type_width - len(shown) + 1)
            else:
                flat[self._equal(each)].before = " " * (pad_name + type_width + (2 if type_width else 1))

    def _type_text(self, statement: _Statement) -> str:
        assert isinstance(statement.tree, tree.Node)
        if statement.tree.annotation is None:
            return ""
        return self.layout.text(self.layout.parts(statement.start + 2, self._equal(statement))).lstrip()

    # Lines

    def _line(self, parts: Sequence[Part], indent: int, following: int = 0) -> None:
        """Writes the parts of a line that is already begun; `following` columns are needed behind them."""
        fits = self._fits(self.layout.text(parts).lstrip(" "), indent, following)
        for number, part in enumerate(parts):
            if isinstance(part, Word):
                self._word(part, indent, is_first=number == 0)
            elif part.forced or (part.by_width and not fits):
                self._broken(part, indent, is_first=number == 0)
            else:
                for word in words([part]):
                    self._word(word, indent, is_first=number == 0 and word is part.opening)

    def _broken(self, group: Group, indent: int, is_first: bool) -> None:
        """Writes brackets with one item a line, each with its comma."""
        self._word(group.opening, indent, is_first)
        for number, item in enumerate(group.items):
            first = next(words(item)).token
            self._begin(first, indent + INDENT, _Blank.KEPT if number else _Blank.NONE)
            self._line(item, indent + INDENT, following=1)
            self.out.append(",")
        self._end(group.closing.token, indent)

    def _fits(self, flat: str, indent: int, following: int) -> bool:
        """Whether a line's text ends by the last column; of a text with line ends in a string, its first and last."""
        first, *rest = flat.split("\n")
        if not rest:
            return indent + len(first) + following <= WIDTH
        return indent + len(first) <= WIDTH and len(rest[-1]) + following <= WIDTH

    def _word(self, word: Word, indent: int, is_first: bool) -> None:
        gap = self._gap(word.token)
        if is_first:
            self.out.append(self.tokens[word.token].text)
        elif gap.comments:
            self._comments(gap, indent + CONTINUATION, _Blank.NONE)
            self.out.append(f"\n{' ' * (indent + CONTINUATION)}{self.tokens[word.token].text}")
        else:
            self.out.append(word.before + self.tokens[word.token].text)

    def _begin(self, index: int, indent: int, blank: _Blank) -> None:
        """Begins the line of a token, below the comments that stand above it; the token itself is not written."""
        gap = self._gap(index)
        own_line = self._comments(gap, indent, blank)
        if index or own_line:
            self._new_line(indent, _Blank.KEPT if own_line else blank, gap.blank)

    def _end(self, index: int, indent: int) -> None:
        """Writes a closing bracket on its own line, below the comments that stand above it."""
        self._comments(self._gap(index), indent + INDENT, _Blank.KEPT)
        self._new_line(indent, _Blank.NONE, False)
        self.out.append(self.tokens[index].text)

    def _comments(self, gap: Gap, indent: int, blank: _Blank) -> bool:
        """Writes the comments of a gap; whether one of them has its own line. `blank` is for the first of these."""
        own_line = False
        for comment in gap.comments:
            if comment.trailing:
                self.out.append(f"  {comment.text}")
                continue
            self._new_line(indent, _Blank.KEPT if own_line else blank, comment.blank)
            self.out.append(comment.text)
            own_line = True
        return own_line

    def _new_line(self, indent: int, blank: _Blank, was_blank: bool) -> None:
        if self.out:
            is_blank = blank is _Blank.ONE or (blank is _Blank.KEPT and was_blank)
            self.out.append("\n\n" if is_blank else "\n")
        self.out.append(" " * indent)

    def _gap(self, index: int) -> Gap:
        return self.layout.gaps[index]


def _may_stand_together(one: tree.Item, other: tree.Item) -> bool:
    """Whether two declarations, each of one line, need no blank line between them."""
    if isinstance(one, tree.Experience) and isinstance(other, tree.Experience):
        return not any(isinstance(each.source, tree.Rows) and each.source.rows for each in (one, other))
    return type(one) is type(other) and isinstance(one, tree.Use | tree.DimConstant | tree.Operation)
