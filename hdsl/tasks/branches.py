"""The branches of a function, and which of them arcs between lines have taken."""

import ast
from collections.abc import Iterable, Sequence
from typing import Any

from hdsl.tasks.definitions import Definition

Branch = tuple[int, int, int, int, bool]
"""The lines of a condition, the lines of what it leads to, and whether that is gone into or past."""


def branches(definition: Definition) -> list[Branch]:
    """Both ways out of each condition that has lines of its own; one for entering the function."""
    start = definition.first
    found: list[Branch] = []
    for statement in definition.node.body:
        for node in ast.walk(statement):
            if isinstance(node, ast.If | ast.While | ast.For) and node.body[0].lineno > node.lineno:
                last = node.lineno if isinstance(node, ast.For) else node.test.end_lineno or node.lineno
                inner = (node.body[0].lineno, node.body[-1].end_lineno or node.body[-1].lineno)
                endless = isinstance(node, ast.While) and isinstance(node.test, ast.Constant)
                found += [(node.lineno, last, *inner, way) for way in ((True,) if endless else (True, False))]
    return found or [(start, definition.end, 0, 0, False)]


def taken(all_branches: Sequence[Branch], arcs: Iterable[Sequence[Any]]) -> int:
    """How many of the branches the arcs have gone."""
    ways = {(int(line), int(to)) for line, to in arcs}
    return sum(1 for branch in all_branches if any(_is_way(branch, *way) for way in ways))


def _is_way(branch: Branch, line: int, to: int) -> bool:
    first, last, begin, end, inside = branch
    return first <= line <= last and not first < to <= last and (begin <= to <= end) == inside
