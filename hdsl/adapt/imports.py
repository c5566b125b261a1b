"""What a Python file of the user imports from its own project: a function's file is loaded alone, and goes alone."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path


def project_imports(content: bytes, roots: Sequence[Path]) -> Iterator[tuple[str, Path]]:
    """The modules that Python code imports from these folders, with where they lie; of a relative import the dots.

    SyntaxError where it is not Python.
    """
    for node in ast.walk(ast.parse(content)):
        for name in _imported(node):
            if name.startswith("."):
                yield name, roots[0]
                continue
            top = name.partition(".")[0]
            place = next(filter(None, (_place(root / top) for root in roots)), None)
            if place is not None and top not in sys.stdlib_module_names:
                yield name, place


def _imported(node: ast.AST) -> list[str]:
    match node:
        case ast.Import(names=names):
            return [each.name for each in names]
        case ast.ImportFrom(module=module, level=level):
            return ["." * level + (module or "")]
        case _:
            return []


def _place(path: Path) -> Path | None:
    """Where a module lies: a file, or a folder with Python in it."""
    file = path.with_name(f"{path.name}.py")
    if file.is_file():
        return file
    return path if path.is_dir() and any(path.glob("**/*.py")) else None
