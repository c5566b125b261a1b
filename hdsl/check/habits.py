"""Fixes of what is written as other languages have it: `name: value` in a call, `import`, `let`, other brackets."""

from __future__ import annotations

import re
from collections.abc import Iterator

from hdsl.check.diagnostic import Fix
from hdsl.check.fixes import edit, written
from hdsl.check.returned import with_own_node
from hdsl.check.text_habits import as_template, with_escaped_quotes, without_prefix
from hdsl.syntax.faults import SyntaxFault
from hdsl.syntax.lexical import lexemes
from hdsl.syntax.pieces import ITEM_KEYWORDS, OPENING, closing_of
from hdsl.syntax.source import Source
from hdsl.syntax.tree import Span

AHEAD = 2_000
"""Where a closing bracket is looked for, in code points."""

_SIGNS = frozenset({"->", "=>", "=", ":", ",", "|"})
_CLOSING = frozenset(OPENING.values())
_DECLARING = re.compile(r"\b(?:let|const|var|val|node|auto|local|set)[ \t]+\Z")
_GIVING = frozenset({"yield", "give", "output", "returns"})
_DECLARATIONS = {
    **dict.fromkeys(("def", "function", "func", "fn", "graph", "agent", "workflow"), "harness"),
    **dict.fromkeys(("enum", "class", "union"), "type"),
    **dict.fromkeys(("import", "include", "require"), "use"),
    **dict.fromkeys(("const", "let"), "dim"),
    **dict.fromkeys(("table", "memory"), "experience"),
}
_FROM_IMPORT = re.compile(r"from[ \t]+([\w.]+)[ \t]+import[ \t]+(\w+)")
_OPTION_IN_QUOTES = re.compile(r'"([A-Za-z_]\w*)"[ \t]*\Z')
_LIST = re.compile(r"(?:[Ll]ist)?\[\s*([A-Za-z_][\w.]*)\s*\]")
_LABEL_BEFORE = re.compile(r'[{,]\s*("[^"\n]*")\s*\Z')
_TYPED = re.compile(r":\s*\w+\s*")
_USED_FILE = re.compile(r'use[ \t]+"(std\.\w+|(?:[^"\n]*/)?(\w+)\.hg)"[ \t]*\Z')


def as_elsewhere(source: Source, fault: SyntaxFault) -> Iterator[Fix]:
    """The fixes that a fault may have, the likeliest first; whether the text parses with one is still to be seen."""
    if fault.kind == "not-a-declaration":
        yield from _declaration(source, fault)
    elif fault.kind in ("no-operators", "unexpected-character") and source.text.startswith("//", fault.span.start):
        yield written(source, Span(fault.span.start, fault.span.start + 2), "#")
    elif fault.kind == "no-operators":
        yield from as_template(source, fault)
    if fault.kind in ("syntax-error", "unclosed-string"):
        yield from with_escaped_quotes(source, fault)
    if fault.kind == "syntax-error":
        yield from with_own_node(source, fault)
        yield from _declared_type(source, fault)
        yield from _sign(source, fault)
        yield from _word(source, fault)
        yield from _brackets(source, fault)
        yield from _declared(source, fault)


def _declared_type(source: Source, fault: SyntaxFault) -> Iterator[Fix]:
    """In a type: `[text]` and `list[text]` for `list(text)`, and the colon before what is said of a label."""
    text, start = source.text, fault.span.start
    if fault.found == "`[`":
        begin = max(0, start - len("List"))
        several = _LIST.match(text, begin if text[begin:start].lower() == "list" else start)
        if several is not None:
            yield written(source, Span(*several.span()), f"list({several[1]})")
    label = _LABEL_BEFORE.search(text, max(0, start - 200), start)
    if label is not None and "`:`" in fault.expected and text.startswith('"', start):
        at = label.end(1)
        yield written(source, Span(at, at), ":", title="Insert `:` before what is said of the label")


def _blanks(text: str, start: int) -> int:
    """How many blanks stand at a place."""
    end = start
    while text[end : end + 1] in (" ", "\t"):
        end += 1
    return end - start


def _declaration(source: Source, fault: SyntaxFault) -> Iterator[Fix]:
    text, start = source.text, fault.span.start
    if text.startswith("//", start):
        yield written(source, Span(start, start + 2), "#")
    imported = _FROM_IMPORT.match(text, start)
    if imported is not None:
        yield written(source, Span(*imported.span()), f"use {imported[1]}.{imported[2]}")
    behind = re.compile(r"[ \t]+(\w+)").match(text, fault.span.end)
    if behind is not None and behind[1] in ITEM_KEYWORDS:
        yield written(source, Span(start, behind.start(1)), "", title=f"Remove {fault.found}")
    word = _DECLARATIONS.get(fault.found.strip("`"))
    if word is not None:
        yield written(source, fault.span, word)


def _sign(source: Source, fault: SyntaxFault) -> Iterator[Fix]:
    """One sign for another: `:` for `=`, `=>` for `->`, `:=`, a closing bracket for another."""
    text, (start, end) = source.text, fault.span
    found = fault.found.strip("`")
    wanted = [word.strip("`") for word in fault.expected]
    if text.startswith(":=", start):
        yield written(source, Span(start, start + 2), "=")
    if found == ":" and (quoted := _OPTION_IN_QUOTES.search(text, max(0, start - 100), start)) is not None:
        blanks = _blanks(text, end)
        yield written(source, Span(quoted.start(), end + blanks), f"{quoted[1]}=")
    if found == ":" and "=" in wanted and len(wanted) > 1:
        blanks = _blanks(text, end)
        yield written(source, Span(start, end + blanks), "=")
    if found in _SIGNS and len(wanted) == 1 and wanted[0] in _SIGNS:
        before = " " if text[start - 1 : start].strip() and wanted[0] != ":" else ""
        behind = "" if text[end : end + 1].isspace() else " "
        yield written(source, fault.span, f"{before}{wanted[0]}{behind}", title=f"Write `{wanted[0]}`")
    if found in _CLOSING:
        closing = [word for word in wanted if word in _CLOSING]
        if len(closing) == 1:
            yield written(source, fault.span, closing[0])


def _word(source: Source, fault: SyntaxFault) -> Iterator[Fix]:
    """A word too many before a name or a text, or one that other languages have instead of ours."""
    text, start = source.text, fault.span.start
    declaring = _DECLARING.search(text, max(0, start - 40), start)
    if declaring is not None:
        yield written(source, Span(declaring.start(), start), "", title=f"Remove `{declaring.group().strip()}`")
    if fault.expected == ("`return`",) and fault.found.strip("`") in _GIVING:
        yield written(source, fault.span, "return")
    yield from without_prefix(source, fault)
    used = _USED_FILE.search(text, max(0, start - 200), start)
    if used is not None and used[1].startswith("std."):
        quoted = Span(used.start(1) - 1, used.end(1) + 1)
        yield written(source, quoted, used[1])
    elif used is not None:
        yield written(source, Span(used.end(1) + 1, used.end(1) + 1), f" as {used[2]}")


def _brackets(source: Source, fault: SyntaxFault) -> Iterator[Fix]:
    """A pair of brackets for another."""
    found, (start, end) = fault.found.strip("`"), fault.span
    wanted = [word.strip("`") for word in fault.expected if word.strip("`") in OPENING]
    if found not in OPENING or len(wanted) != 1:
        return
    tokens = lexemes(source.text, start, min(len(source.text), start + AHEAD))
    at = closing_of(tokens, 0)
    if at is not None:
        last = tokens[at]
        edits = (edit(source, Span(start, end), wanted[0]), edit(source, last.span, OPENING[wanted[0]]))
        yield Fix(f"Write `{wanted[0]}…{OPENING[wanted[0]]}`", "safe", edits)


def _declared(source: Source, fault: SyntaxFault) -> Iterator[Fix]:
    """What a declaration has too much or lacks: `type Mood = {`, `dim N: int = 3`, an experience without rows."""
    text, (start, end) = source.text, fault.span
    line = text[text.rfind("\n", 0, start) + 1 : start].split()
    if fault.expected == ("`{`",) and fault.found == "`=`":
        yield written(source, Span(start, end), "", title="Remove `=`")
    if line[:1] == ["dim"] and fault.found == "`:`" and (typed := _TYPED.match(text, start)) is not None:
        yield written(source, Span(start, typed.end()), " ", title="Remove the type")
    if line[:1] == ["experience"] and fault.expected == ("`=`",):
        at = start
        while at and text[at - 1].isspace():
            at -= 1
        yield written(source, Span(at, at), " = []")
