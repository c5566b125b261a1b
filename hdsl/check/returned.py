"""An expression behind `return`, where only the name of a node may stand: it gets a node of its own."""

from __future__ import annotations

import re
from collections.abc import Iterator

from hdsl.check.diagnostic import Fix
from hdsl.check.fixes import SAFE, UNSAFE, edit, free_name, newline
from hdsl.syntax.faults import SyntaxFault
from hdsl.syntax.source import Source
from hdsl.syntax.tree import Span

NAME = "result"
_RETURN = re.compile(r"^([ \t]*)return\b[ \t]*([^\n#]*?)[ \t]*\r?$", re.MULTILINE)
_RESULT = re.compile(r"->\s*([A-Za-z_][\w.]*\s*\[[^\[\]\n]*\])\s*\{")
_WORD = re.compile(r"[A-Za-z_]\w*")
_CALL = re.compile(r"([A-Za-z_][\w.]*)\s*\(")
_EXPRESSION = re.compile(r'[A-Za-z_][\w.]*\s*[(\[]|switch\b|"')
_INDEX = re.compile(r"[A-Za-z_][\w.]*\s*\[")
_SEVERAL = re.compile(r"[(\[]?[A-Za-z_][\w.]*\s*,")
SEVERAL = "A harness returns one node: a record with several fields, or texts of one shape in a `stack`."
_FAR = 20_000
"""How far above the head of the harness is looked for, in code points."""


def expression_returned(source: Source, fault: SyntaxFault) -> str | None:
    """What stands behind the `return` of a line that a fault is on; None if the fault is not there."""
    found = _line(source, fault)
    return None if found is None else found[2]


def with_own_node(source: Source, fault: SyntaxFault) -> Iterator[Fix]:
    """Puts the expression into a node above, of the type of the result, and returns that."""
    found = _line(source, fault)
    if found is None or _EXPRESSION.match(found[2]) is None:
        return
    heads = list(_RESULT.finditer(source.text, max(0, found.start() - _FAR), found.start()))
    if not heads:
        return
    head = heads[-1]
    name = free_name(NAME, _WORD.findall(source.text, head.end(), found.end()))
    indent = found[1]
    text = f"{indent}{name}: {head[1]} = {found[2]}{newline(source)}{indent}return {name}"
    span = Span(found.start(), found.start(2) + len(found[2]))
    # An index has another shape than the result, most of the time.
    applicability = UNSAFE if _INDEX.match(found[2]) is not None else SAFE
    yield Fix(f"Put it into a node, and write `return {name}`", applicability, (edit(source, span, text),))


def help_of(expression: str) -> str:
    """What to do instead."""
    if not expression:
        return "Name the node whose value is the result: `return answer`."
    if _SEVERAL.match(expression) is not None:
        return SEVERAL
    call = _CALL.match(expression)
    shown = f"{call[1]}(…)" if call is not None else "…"
    return f"`return` takes the name of a node: write `{NAME}: text[1] = {shown}` above it, and `return {NAME}`."


def _line(source: Source, fault: SyntaxFault) -> re.Match[str] | None:
    if fault.kind != "syntax-error":
        return None
    start = source.text.rfind("\n", 0, fault.span.start) + 1
    found = _RETURN.match(source.text, start)
    return found if found is not None and found.end(1) < fault.span.start else None
