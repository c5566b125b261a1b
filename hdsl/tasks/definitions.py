"""The functions of a Python file: where each stands, its docstring, its body, and what it is inside of."""

import ast
import textwrap
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True, slots=True)
class Definition:
    """A function or method; lines are numbered from 1, and both ends are part of it."""

    file: str
    name: str
    """The qualified name: `Class.method`."""
    owner: str
    """The `class` line it is a method of, empty for a function."""
    start: int
    """With its decorators."""
    end: int
    first: int
    """The first line of the body behind the docstring."""
    docstring: str
    """Empty where there is none."""
    docstring_lines: tuple[int, int] | None
    lines: tuple[str, ...]
    """Those from `start` to `end`, as they are in the file."""
    node: Function
    """Its syntax tree, with the lines of the file."""

    @property
    def key(self) -> str:
        """Names it in its repository."""
        return f"{self.file}:{self.name}:{self.start}"

    @property
    def place(self) -> str:
        """How it is shown: the file and what it is inside of, as comments."""
        return f"# {self.file}\n" + (f"# {self.owner}\n" if self.owner else "")

    def text(self, first: int | None = None, last: int | None = None) -> str:
        """The lines from one number to another, without the function's own indentation."""
        chosen = self.lines[(first or self.start) - self.start : (last or self.end) - self.start + 1]
        return self.dedented(chosen)

    def without_docstring(self) -> str:
        """Its text without the docstring."""
        if self.docstring_lines is None:
            return self.text()
        begin, end = self.docstring_lines
        kept = self.lines[: begin - self.start] + self.lines[end - self.start + 1 :]
        return self.dedented(kept)

    @staticmethod
    def dedented(lines: Sequence[str]) -> str:
        """Lines as one text, without the indentation they have in common and blanks at their ends."""
        return textwrap.dedent("\n".join(line.rstrip() for line in lines))


def definitions(file: str, text: str) -> tuple[Definition, ...]:
    """The functions and methods of a file, in its order; those inside of functions are part of these.

    ValueError where it does not parse.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(text)
    except (SyntaxError, RecursionError, MemoryError) as error:
        raise ValueError(f"{file} does not parse: {error}") from None
    lines = text.split("\n")
    return tuple(_inside(file, lines, tree.body, (), ""))


def first_line(node: ast.stmt) -> int:
    """The line a statement begins on, with its decorators."""
    decorators: list[ast.expr] = getattr(node, "decorator_list", [])
    return min([node.lineno, *(each.lineno for each in decorators)])


def _inside(
    file: str, lines: list[str], body: list[ast.stmt], names: tuple[str, ...], owner: str
) -> Iterator[Definition]:
    for node in body:
        if isinstance(node, Function):
            found = _definition(file, lines, node, names, owner)
            if found is not None:
                yield found
        elif isinstance(node, ast.ClassDef):
            yield from _inside(file, lines, node.body, (*names, node.name), lines[node.lineno - 1].strip())
        elif isinstance(node, ast.If | ast.Try):
            yield from _inside(file, lines, node.body, names, owner)


def _definition(file: str, lines: list[str], node: Function, names: tuple[str, ...], owner: str) -> Definition | None:
    start = first_line(node)
    end = node.end_lineno or node.lineno
    body = node.body
    docstring, where = "", None
    if (
        isinstance(body[0], ast.Expr)
        and isinstance(body[0].value, ast.Constant)
        and isinstance(body[0].value.value, str)
    ):
        docstring = ast.get_docstring(node) or ""
        where = (body[0].lineno, body[0].end_lineno or body[0].lineno)
        body = body[1:]
    if not body:
        return None  # a function that is all docstring
    first = first_line(body[0])
    header = (first if where is None else where[0]) - 1
    if header < node.lineno or (where is not None and first <= where[1]):
        return None  # on one line, or a statement on the docstring's line
    return Definition(
        file=file,
        name=".".join((*names, node.name)),
        owner=owner,
        start=start,
        end=end,
        first=first,
        docstring=docstring,
        docstring_lines=where,
        lines=tuple(lines[start - 1 : end]),
        node=node,
    )
