"""What code is compared by: the words of its identifiers, and the shape of its syntax tree."""

import ast
import re
import textwrap
import warnings
from collections.abc import Iterator

_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")
_IDENTIFIER = re.compile(r"[^\W\d]\w*|\d+")
_HOLE = "<hidden>"
_KEYWORDS = frozenset(
    {"def", "self", "return", "if", "else", "elif", "for", "in", "not", "is", "and", "or", "none", "true", "false"}
    | {"class", "import", "from", "as", "with", "try", "except", "raise", "pass", "lambda", "while", "yield", "cls"}
)


def identifier_words(text: str) -> list[str]:
    """The words of all identifiers, in their order: `toSnake_case2` is `to`, `snake`, `case`, `2`. No keywords."""
    found = (word.lower() for name in _IDENTIFIER.findall(text) for word in _WORD.findall(name) or [name])
    return [word for word in found if word not in _KEYWORDS]


def shape_words(code: str) -> list[str]:
    """What stands around the hole in code, by its syntax tree; nothing where it does not parse.

    The statements before and behind it, what it is inside of, and what these call and name.
    """
    lines = code.split("\n")
    hole = next((number for number, line in enumerate(lines, 1) if _HOLE in line), 0)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(textwrap.dedent(code))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return []
    found = list(_around(tree, hole, ())) if hole else []
    return found or [f"has{type(node).__name__}" for node in ast.walk(tree) if isinstance(node, ast.stmt)]


def _around(node: ast.AST, hole: int, inside: tuple[str, ...]) -> Iterator[str]:
    for name in ("body", "orelse", "finalbody", "handlers"):
        block = getattr(node, name, None)
        if not isinstance(block, list):
            continue
        for number, each in enumerate(block):
            if each.lineno <= hole <= (each.end_lineno or each.lineno):
                if isinstance(each, ast.Expr) and each.lineno == hole == each.end_lineno:
                    yield from (f"in{outer}" for outer in (*inside, type(node).__name__)[-2:])
                    yield from (f"before{word}" for before in block[:number][-1:] for word in _said(before))
                    yield from (f"behind{word}" for behind in block[number + 1 :][:1] for word in _said(behind))
                else:
                    yield from _around(each, hole, (*inside, type(node).__name__))


def _said(statement: ast.stmt) -> list[str]:
    names = [type(statement).__name__]
    for node in ast.walk(statement):
        if isinstance(node, ast.Name):
            names.append(node.id)
        elif isinstance(node, ast.Attribute):
            names.append(node.attr)
    return names
