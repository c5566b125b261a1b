"""Fixes of the parser's faults, found by looking at the tokens around them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from hdsl.check.diagnostic import Fix
from hdsl.check.fixes import (
    SAFE,
    UNSAFE,
    edit,
    free_name,
    newline,
    renamed,
    statement_put_before,
    statement_removed,
    written,
)
from hdsl.check.habits import as_elsewhere
from hdsl.check.proven import is_gone
from hdsl.syntax.faults import SyntaxFault
from hdsl.syntax.lexical import Lexeme, lexemes
from hdsl.syntax.pieces import ITEM_KEYWORDS, OPENING, STATEMENT_KEYWORDS, Brackets, closing_of, open_brackets
from hdsl.syntax.source import Source
from hdsl.syntax.tree import Span

AHEAD = 10_000
"""Where the end of a statement is looked for, in code points."""
LEAST_AHEAD = 1000
"""The same where a file has very many faults: all of them together look at each code point some times at most."""
MOST = 300
"""A file with more faults is not fixed."""
MOST_NAMED = 60
"""Nor is a call in a call taken out where so many faults would each look at all names of the file."""

_LOOK_ALIKE = {
    **dict.fromkeys("“”„‟″", '"'),
    ";": "",
    "，": ", ",
    "：": ": ",
    "（": "(",
    "）": ")",
    "；": "",
    "→": "->",
    "⇒": "=>",
    "\u00a0": " ",
    "\u200b": "",
    "\ufeff": "",
}
_INSERTABLE = ("`->`", "`=>`", "`:`", "`,`", "`{`", "`(`", "`[`")
_NEXT_OPTION = re.compile(r",\s*[A-Za-z_]\w*=")
_LAST_NAME = re.compile(r",\s*([A-Za-z_]\w*)\Z")
_LITERAL = re.compile(r'["0-9-]|(?:true|false)\b')
_TYPE = re.compile(r"[A-Za-z_][\w.]*\s*\[")
_SWALLOWED_COMMA = re.compile(r'(?:[^"\\\n]|\\.)(,\s*)"\Z')
_FIRST_VERSION = re.compile(r"^hdsl[ \t]+[0-9]+[ \t]*\r?$", re.MULTILINE)
_DECLARING = re.compile(rf"^\s*(?:{'|'.join(sorted(ITEM_KEYWORDS))})\b", re.MULTILINE)


def syntax_fixes_of(source: Source, fault: SyntaxFault, among: int = 1) -> list[Fix]:
    """The fixes of a fault; none where it can be fixed in several ways. With a safe one it is gone.

    `among`: how many faults the file has.
    """
    if among > MOST:
        return []
    elsewhere = next((fix for fix in as_elsewhere(source, fault) if is_gone(source, fix, among)), None)
    if elsewhere is not None:
        return [elsewhere]
    # Of calls in calls, one is left after the other has a name.
    found = _fixes(source, fault, among)
    if fault.kind == "nested-call":
        return found
    return [fix for fix in found if fix.applicability != SAFE or is_gone(source, fix, among)]


def _fixes(source: Source, fault: SyntaxFault, among: int) -> list[Fix]:
    share = max(LEAST_AHEAD, (3 * len(source.text) + 3 * AHEAD) // among)
    match fault.kind:
        case "missing-version":
            return _version(source)
        case "unclosed-bracket":
            return _closed(source, fault, share)
        case "unclosed-string":
            return _string(source, fault)
        case "glued-keyword":
            return [written(source, Span(fault.span.start, fault.span.start), " ", title="Insert a space")]
        case "missing-return":
            return _return(source, fault)
        case "unexpected-character":
            return _character(source, fault)
        case "extra-bracket":
            return [written(source, fault.span, "", title=f"Remove {fault.found}")]
        case "not-a-declaration":
            return renamed(source, fault.span, fault.found.strip("`"), ITEM_KEYWORDS)
        case "nested-call":
            return _named(source, fault, share) if among <= MOST_NAMED else []
        case "syntax-error":
            return _expected(source, fault)
        case _:
            return []


def _version(source: Source) -> list[Fix]:
    """Puts the version first; one that stands further down goes."""
    text = source.text
    version = _FIRST_VERSION.search(text)
    if version is not None and _DECLARING.search(text, 0, version.start()) is None:
        edits = [edit(source, Span(0, version.start()), "")] if version.start() else []
        fence = len(text.rstrip()) - len("```")
        if fence > version.end() and text.startswith("\n```", fence - 1):
            edits.append(edit(source, Span(fence, len(text)), ""))
        return [Fix("Remove the text around the file", SAFE, tuple(edits))]
    gap = newline(source) * (1 if text[:1] in ("\n", "\r") else 2)
    edits = [edit(source, Span(0, 0), f"hdsl 1{gap}")]
    late = re.search(r"^hdsl[ \t]+[0-9]+[ \t]*$", text, re.MULTILINE)
    if late is not None:
        removed = statement_removed(source, Span(*late.span()), "")
        edits += [each for fix in removed for each in fix.edits]
    return [Fix("Start the file with `hdsl 1`", SAFE, tuple(edits))]


# Brackets and strings


def _closed(source: Source, fault: SyntaxFault, share: int) -> list[Fix]:
    """Closes every bracket of a statement that is open where it ends, or where what cannot stand in it begins."""
    block = fault.found == "{" and _opens_block(source, fault.span.start)
    tokens = _from(source, fault.span.start, share if block else min(AHEAD, share))
    end = _end_of_block(tokens) if block else _end_of_statement(tokens)
    if not block and fault.related is not None:
        end = next((i for i, token in enumerate(tokens) if token.span == fault.related), end)
    inside = tokens[:end]
    if not inside or any(token.kind == "unclosed" for token in inside):
        return []
    at = inside[-1].span.end
    if block:
        return [written(source, Span(at, at), f"{newline(source)}}}", title="Close the block with `}`")]
    closing = "".join(OPENING[opened.text] for opened in reversed(open_brackets(inside)))
    if not closing:
        return []
    several_lines = source.position(fault.span.start)[0] != source.position(at)[0]
    begins = source.line(source.position(fault.span.start)[0])
    indent = begins[: len(begins) - len(begins.lstrip())]
    gap = f"{newline(source)}{indent}" if several_lines else " " if closing[0] == "}" else ""
    return [written(source, Span(at, at), gap + closing, title=f"Close it with `{closing}`")]


def _opens_block(source: Source, offset: int) -> bool:
    """Whether a brace opens the body of a harness, a test or a training: it ends its line."""
    line = source.position(offset)[0]
    words = source.line(line).split(None, 1)
    return bool(words) and words[0] in ("harness", "test", "train", ")")


def _string(source: Source, fault: SyntaxFault) -> list[Fix]:
    """Closes a string before the next option or a last input, else before the brackets and commas that end its line."""
    line, column = source.position(fault.span.start)
    text = source.line(line)[column - 1 :]
    if text.startswith('"""'):
        return []
    length = len(text)
    while length and (text[length - 1] in ")]}," or text[length - 1].isspace()):
        length -= 1
    at = fault.span.start + length
    inner = source.text[fault.span.start + 1 : at]
    behind = _NEXT_OPTION.search(inner)
    last = _LAST_NAME.search(inner)
    if behind is None and last is not None and re.search(rf"\b{last[1]}\s*:", source.text):
        behind = last
    if behind is not None:
        at, inner = fault.span.start + 1 + behind.start(), inner[: behind.start()]
    if not inner or inner.endswith("\\"):
        return []
    certain = SAFE if not re.search(r"[,#()]", inner) else UNSAFE
    return [written(source, Span(at, at), '"', applicability=certain, title='Close it with `"`')]


def _character(source: Source, fault: SyntaxFault) -> list[Fix]:
    """Writes the plain character that one is taken for; of two quotation marks, both."""
    found = source.text[fault.span.start : fault.span.end]
    meant = _LOOK_ALIKE.get(found)
    if meant is None:
        return []
    if meant != '"':
        return [written(source, fault.span, meant, title=f"Write `{meant.strip()}`" if meant.strip() else "Remove it")]
    line, column = source.position(fault.span.start)
    rest = source.line(line)[column:]
    closing = next((i for i, other in enumerate(rest) if _LOOK_ALIKE.get(other) == '"'), None)
    if closing is None or '"' in rest[:closing]:
        return []
    end = fault.span.end + closing
    edits = (edit(source, fault.span, '"'), edit(source, Span(end, end + 1), '"'))
    return [Fix("Use straight quotes", SAFE, edits)]


# Statements


def _return(source: Source, fault: SyntaxFault) -> list[Fix]:
    """Returns the last node of a body; certain where it is the only one that nothing uses."""
    if fault.related is None or source.text[fault.span.start : fault.span.end] != "}":
        return []
    tokens = lexemes(source.text, fault.related.start, fault.span.start)
    body = next((i for i, token in enumerate(tokens) if token.text == "{"), len(tokens))
    names = [
        token.text
        for token, following in zip(tokens[body:], tokens[body + 1 :], strict=False)
        if token.first and token.kind == "name" and following.text in (":", "=")
    ]
    if not names:
        return []
    uses = Counter(token.text for token in tokens[body:] if token.kind == "name")
    unused = [name for name in names if uses[name] == 1]
    start = source.text.rfind("\n", 0, fault.span.start) + 1
    if source.text[start : fault.span.start].strip():
        return []
    added = f"  return {names[-1]}{newline(source)}"
    applicability = SAFE if unused == names[-1:] else UNSAFE
    return [written(source, Span(start, start), added, applicability=applicability)]


def _named(source: Source, fault: SyntaxFault, share: int) -> list[Fix]:
    """Makes the inner call a node of its own above the statement it stands in."""
    text = source.text
    start = fault.span.start
    while (dotted := re.search(r"[A-Za-z_]\w*\s*\.\s*\Z", text[max(0, start - 100) : start])) is not None:
        start -= len(dotted.group())
    tokens = _from(source, start, min(AHEAD, share))
    opened = next((i for i, token in enumerate(tokens) if token.text == "("), None)
    if opened is None:
        return []
    last = closing_of(tokens, 0, ")")
    statement = _start_of_statement(source, start)
    if last is None or statement is None:
        return []
    call = Span(start, tokens[last].span.end)
    if "#" in text[call.start : call.end]:
        return []
    name = free_name(fault.found, _defined(text))
    above = statement_put_before(source, Span(statement, statement), f"{name} = {text[call.start : call.end]}")
    if above is None:
        return []
    return [Fix(f"Name the inner call `{name}`", SAFE, (above, edit(source, call, name)))]


def _defined(text: str) -> set[str]:
    """Every name of a text that is not only called."""
    tokens = lexemes(text)
    return {
        token.text
        for token, following in zip(tokens, [*tokens[1:], None], strict=True)
        if token.kind == "name" and (following is None or following.text != "(")
    }


def _expected(source: Source, fault: SyntaxFault) -> list[Fix]:
    """Puts in what is missing, or corrects a word, where one thing alone can stand there."""
    found = fault.found.strip("`")
    if fault.expected == ("`return`",):
        return renamed(source, fault.span, found, ["return"]) or [
            written(source, Span(fault.span.start, fault.span.start), "return ")
        ]
    if found.isidentifier():
        words = [word.strip("`") for word in fault.expected if word.strip("`").isalpha()]
        corrected = renamed(source, fault.span, found, words)
        if corrected:
            return corrected
    swallowed = _SWALLOWED_COMMA.search(source.text, max(0, fault.span.start - 200), fault.span.start)
    if swallowed is not None:
        at = swallowed.start(1)
        return [written(source, Span(at, at), '"', title='Close the string before it with `"`')]
    at = fault.span.start
    while at and source.text[at - 1] in " \t":
        at -= 1
    if fault.expected == ("`:`", "`=`") and _TYPE.match(source.text, fault.span.start):
        return [written(source, Span(at, at), ":", title="Insert `:`")]
    wanted = [word for word in fault.expected if word in _INSERTABLE]
    literal = bool(_LITERAL.match(source.text, fault.span.start))
    if "`=`" in fault.expected and len(fault.expected) == 1:
        return [written(source, Span(at, fault.span.start), " = ", title="Insert `=`")]
    if len(wanted) != 1 or ("`=`" in fault.expected and literal):
        return []
    if wanted != list(fault.expected) and wanted != ["`,`"]:
        return []
    word = wanted[0].strip("`")
    if word == "," and (found == ":" or source.text[at - 1 : at + 1].isalnum()):
        return []  # `5s` are no two arguments, and `::2` is no two indices
    behind = word in ("->", "=>", "{")
    return [
        written(source, Span(at, fault.span.start), f"{' ' if behind else ''}{word} ", title=f"Insert `{word}`"),
    ]


# Tokens


def _from(source: Source, offset: int, ahead: int = AHEAD) -> list[Lexeme]:
    return lexemes(source.text, offset, min(len(source.text), offset + ahead))


def _end_of_statement(tokens: Sequence[Lexeme]) -> int:
    """The index behind the statement that a bracket at the first token stands in."""
    brackets = Brackets()
    for i, token in enumerate(tokens):
        is_open = any(each.text == "{" for each in brackets.opened) if token.first and token.text == "}" else True
        brackets.closes(token)
        following = tokens[i + 1] if i + 1 < len(tokens) else None
        if not token.first or not i:
            continue
        if not is_open:
            return i
        if token.kind != "name" or following is None:
            continue
        keyword = token.text in ITEM_KEYWORDS | STATEMENT_KEYWORDS and following.kind in ("name", "string")
        if keyword or following.text in (":", "=") or (token.text == "budget" and following.text == "("):
            return i
    return len(tokens)


def _end_of_block(tokens: Sequence[Lexeme]) -> int:
    """The index behind the block that a brace at the first token opens: where the next declaration begins."""
    for i, token in enumerate(tokens[1:], 1):
        following = tokens[i + 1] if i + 1 < len(tokens) else None
        top = ITEM_KEYWORDS - STATEMENT_KEYWORDS
        if token.first and token.text in top and following is not None and following.kind in ("name", "string"):
            return i
    return len(tokens)


def _start_of_statement(source: Source, offset: int) -> int | None:
    """Where the statement begins that holds an offset: the nearest line above that begins one."""
    line = source.position(offset)[0]
    while line > 0:
        text = source.line(line)
        if re.match(r"[ \t]*(?:[A-Za-z_]\w*\s*[:=]|expect\b)", text):
            return source.line_starts[line - 1] + len(text) - len(text.lstrip())
        line -= 1
    return None
