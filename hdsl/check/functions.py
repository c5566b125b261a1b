"""What the Python file of an entry point says of its function, read and never imported."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from hdsl.configuration.entry_points import is_ours
from hdsl.graph.typed import Module
from hdsl.ground.files import read_regular

if TYPE_CHECKING:
    import ast

_LARGEST = 1 << 20
_MARK = "tensor_operation"


def is_tensor_operation(module: Module, entry: str) -> bool:
    """Whether the function of an entry point beside the file is marked as a tensor operation.

    False where the file is not there or cannot be read: a run holds such a function to what was proven of it.
    """
    name, _, function = entry.partition(":")
    if is_ours(entry):
        return False  # the library says the kinds of its operations itself
    file = Path(module.path).parent.joinpath(*name.split(".")).with_suffix(".py")
    try:
        text = read_regular(file, _LARGEST)
    except (OSError, ValueError):
        return False
    module.seed_files.add(str(file))
    if _MARK.encode() not in text:
        return False
    import ast  # slow to import, and seldom needed

    try:
        parsed = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    marks = {_MARK, *_aliases(parsed)}
    return any(_is_mark(mark, marks) for mark in _marks_of(parsed, function))


def _aliases(parsed: ast.Module) -> Iterator[str]:
    import ast

    for node in ast.walk(parsed):
        if isinstance(node, ast.ImportFrom):
            yield from (each.asname for each in node.names if each.name == _MARK and each.asname)


def _marks_of(parsed: ast.Module, function: str) -> Iterator[ast.expr]:
    import ast

    for node in parsed.body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name == function:
            yield from node.decorator_list
        elif isinstance(node, ast.Assign) and any(
            isinstance(each, ast.Name) and each.id == function for each in node.targets
        ):
            yield node.value


def _is_mark(expression: ast.expr, marks: set[str]) -> bool:
    import ast

    called = expression.func if isinstance(expression, ast.Call) else expression
    name = called.attr if isinstance(called, ast.Attribute) else called.id if isinstance(called, ast.Name) else ""
    return name in marks
