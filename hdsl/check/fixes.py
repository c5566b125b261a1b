"""Fixes as plain data: names, values and items written anew, and whole statements taken out, put in, moved or copied.

What takes text away keeps the comments in it. A function gives no fix where the layout leaves it in doubt.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from hdsl.check.diagnostic import Diagnostic, Edit, Fix, Place
from hdsl.ground.spelling import certain
from hdsl.syntax import tree
from hdsl.syntax.source import Source
from hdsl.syntax.tree import RESERVED, Span

SAFE, UNSAFE = "safe", "unsafe"

_VERSION = re.compile(r"(?:\s|#[^\n]*(?:\n|\Z))*+hdsl\s+\d+")
_USE = re.compile(r"(?:\s|#[^\n]*(?:\n|\Z))*+use\s+([\w.]+|\"[^\"\n]*\")(?:\s+as\s+\w+)?(?!\w)")
_COMMA_BEHIND = re.compile(r"[ \t\r\n]*,[ \t]*")
_WHOLE = re.compile(r"[0-9]+")
_NUMBER = re.compile(r"-?[0-9]+(?:\.[0-9]+)?")
_ESCAPED = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\t": "\\t"}


def written(source: Source, span: Span, text: str, *, applicability: str = SAFE, title: str = "") -> Fix:
    """Writes a text where another stands; at an empty span, puts it in."""
    return Fix(title or f"Write `{text.strip()}`", applicability, (edit(source, span, text),))


def edit(source: Source, span: Span, text: str) -> Edit:
    """One replacement."""
    return Edit(Place(source, span), text)


def renamed(source: Source, span: Span, name: str, candidates: Iterable[str], prefix: str = "") -> list[Fix]:
    """The fix of a misspelt name, where only one can be meant. `prefix` is what stands before the name in the span."""
    meant = certain(name, candidates)
    return [] if meant is None else [written(source, span, prefix + meant)]


def to_review(diagnostic: Diagnostic) -> Diagnostic:
    """The diagnostic with fixes that are to be looked at before they are applied."""
    return diagnostic._replace(fixes=tuple(each._replace(applicability=UNSAFE) for each in diagnostic.fixes))


def quoted(text: str) -> str:
    """A text as it is written in a file."""
    return '"' + "".join(_ESCAPED.get(character, character) for character in text) + '"'


def label_renamed(source: Source, span: Span, text: str, labels: Sequence[str]) -> list[Fix]:
    """The fix of a text whose label is misspelt; what follows a label that ends in a colon stays."""
    head, colon, payload = text.partition(":")
    meant = certain(text, labels)
    if meant is None and colon:
        meant = certain(f"{head}:", [label for label in labels if label.endswith(":")])
        meant = None if meant is None else meant + payload
    return [] if meant is None else [written(source, span, quoted(meant))]


def use_added(source: Source, module: str) -> list[Fix]:
    """Puts `use MODULE` among the others by its name, else below the version."""
    text = source.text
    version = _VERSION.match(text)
    if version is None:
        return []
    end, gap = version.end(), newline(source) * 2
    while (use := _USE.match(text, end)) is not None:
        if not use[1].startswith("std.") or use[1] > module:
            start = use.start(1) - len("use ")
            if text.startswith("use ", start):
                added = f"use {module}{newline(source)}"
                return [written(source, Span(start, start), added, title=f"Add `use {module}`")]
        end, gap = use.end(), newline(source)
    line_end = text.find("\n", end)
    rest = text[end : len(text) if line_end < 0 else line_end].rstrip("\r")
    if not rest.strip() or rest.lstrip().startswith("#"):
        end += len(rest)
    return [written(source, Span(end, end), f"{gap}use {module}", title=f"Add `use {module}`")]


def newline(source: Source) -> str:
    """The line end that a file uses."""
    return source.line_end


def free_name(wanted: str, taken: Iterable[str]) -> str:
    """A name that is not taken: the wanted one, else with a number behind it."""
    known = {*taken, *RESERVED}
    name, number = wanted, 2
    while name in known:
        name, number = f"{wanted}_{number}", number + 1
    return name


# Items of a list


def item_removed(source: Source, span: Span, title: str, applicability: str = SAFE) -> list[Fix]:
    """Takes one item out of brackets, with its comma."""
    text = source.text
    behind = _COMMA_BEHIND.match(text, span.end)
    before = span.start - 1
    while before >= 0 and text[before] in " \t\r\n":
        before -= 1
    start, end = span
    if before >= 0 and text[before] == "," and not _in_comment(source, before):
        start = before
    elif behind is not None:
        end = behind.end()
    if _comments_in(source, Span(start, end)):
        return []
    return [Fix(title, applicability, (edit(source, Span(start, end), ""),))]


# Statements


def item_added(source: Source, call: Span, item: str, applicability: str = SAFE) -> list[Fix]:
    """Puts an item behind the others of a list in brackets that ends a statement."""
    text = source.text[slice(*call)]
    if not text.endswith(")"):
        return []
    kept = text[:-1].rstrip()
    if kept.endswith(","):
        line = kept.rpartition("\n")[2]
        indent = line[: len(line) - len(line.lstrip())]
        added = f"{newline(source)}{indent}{item},"
    else:
        added = item if kept.endswith("(") else f", {item}"
    at = call.start + len(kept)
    if any(comment.end > at for comment in _comments_in(source, call)) or _in_comment(source, at):
        return []
    return [written(source, Span(at, at), added, applicability=applicability, title=f"Add `{item}`")]


def statement_removed(source: Source, span: Span, title: str, applicability: str = SAFE) -> list[Fix]:
    """Takes a whole statement or declaration out; its comments stay, each on a line of its own."""
    lines = _lines_of(source, span)
    if lines is None:
        return []
    kept = [source.text[comment.start : comment.end].rstrip() for comment in _comments_in(source, lines)]
    indent = source.text[lines.start : span.start]
    text = "".join(f"{indent}{comment}{newline(source)}" for comment in kept)
    return [Fix(title, applicability, (edit(source, lines, text),))]


def statement_moved(source: Source, span: Span, before: Span, title: str) -> list[Fix]:
    """Moves the lines of a statement above those of another."""
    lines, target = _lines_of(source, span), _lines_of(source, before)
    if lines is None or target is None or lines.end <= target.end:
        return []
    moved = source.text[lines.start : lines.end]
    if not moved.endswith("\n"):
        return []
    edits = (edit(source, Span(target.start, target.start), moved), edit(source, lines, ""))
    return [Fix(title, SAFE, edits)]


def statement_put_before(source: Source, before: Span, text: str) -> Edit | None:
    """Puts a statement on a line of its own above another; None where that one does not begin its line."""
    start = source.text.rfind("\n", 0, before.start) + 1
    indent = source.text[start : before.start]
    if indent.strip():
        return None
    return edit(source, Span(start, start), f"{indent}{text}{newline(source)}")


def _lines_of(source: Source, span: Span) -> Span | None:
    """The lines of a statement, with the comment behind it; None where something else stands on them."""
    text = source.text
    start = text.rfind("\n", 0, span.start) + 1
    found = text.find("\n", span.end)
    end = len(text) if found < 0 else found + 1
    behind = text[span.end : end].strip()
    if text[start : span.start].strip() or (behind and not behind.startswith("#")):
        return None
    return Span(start, end)


def _comments_in(source: Source, span: Span) -> list[Span]:
    return source.comments_in(span)


def _in_comment(source: Source, offset: int) -> bool:
    return bool(source.comments_in(Span(offset, offset + 1)))


# Edits


def applied(text: str, edits: Iterable[Edit]) -> str:
    """A text with edits made that do not overlap."""
    parts: list[str] = []
    end = 0
    for each in sorted(edits, key=lambda each: each.place.span):
        start, until = each.place.span
        parts += [text[end:start], each.text]
        end = until
    return "".join([*parts, text[end:]])


# Literals


def literal_as(value: object, kind: str) -> str | None:
    """A literal of the wrong kind as it is meant: a number in quotes, `True`, `3.0`; None where that is not plain."""
    match kind, value:
        case "str", tree.Number(value=number):
            return quoted(str(number))
        case (("int" | "dim"), tree.Text(text=text)) if _WHOLE.fullmatch(text):
            return text
        case (("int" | "dim"), tree.Number(value=float() as number)) if number.is_integer():
            return str(int(number))
        case "float", tree.Text(text=text) if _NUMBER.fullmatch(text):
            return text
        case "bool", (tree.Name(text=text) | tree.Text(text=text)) if text.lower() in ("true", "false"):
            return text.lower()
        case "shape", tree.Number(value=int() as number) if number >= 0:
            return f"[{number}]"
        case _:
            return None
