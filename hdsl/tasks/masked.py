"""Masked code: a region of a function is hidden, and the answer is the region."""

import ast
from collections.abc import Iterator, Sequence
from itertools import pairwise
from random import Random

from hdsl.tasks.definitions import Definition, first_line
from hdsl.tasks.model import Dropped, Region, Task
from hdsl.tasks.regions import is_whole, region_as_json

HOLE = "...  # <hidden>"
FORMS = ("short", "long", "structural")
_LONGEST_SHORT, _SHORTEST_LONG, _LONGEST_LONG, _LONGEST_STRUCTURE = 2, 3, 8, 20
_FEWEST_CHARACTERS = 8
Span = tuple[int, int]


def masked(definition: Definition, source: str, seed: int) -> Task | Dropped:
    """The task that a definition makes: one region of it, its form and place by the seed."""
    choice = Random(f"masked {seed} {definition.key}")
    forms = list(FORMS)
    choice.shuffle(forms)
    for form in forms:
        spans = sorted(set(_spans(definition, form)))
        if spans:
            return _task(definition, source, form, choice.choice(spans))
    return Dropped("nothing in it can be hidden")


def _task(definition: Definition, source: str, form: str, span: Span) -> Task | Dropped:
    first, last = span
    answer = definition.text(first, last)
    line = definition.lines[first - definition.start]
    region = Region(definition.file, first, last, line[: len(line) - len(line.lstrip())])
    if not is_whole(source, region, answer):
        return Dropped("its layout cannot be put back")
    hole = region.indent + HOLE
    lines = (*definition.lines[: first - definition.start], hole, *definition.lines[last - definition.start + 1 :])
    shown = Definition.dedented(lines)
    return Task(
        key=f"masked {form} {definition.key}",
        given={"code": f"{definition.place}{shown}"},
        answer=answer,
        whole=definition.text(),
        home=definition.key,
        file=definition.file,
        lines=(definition.start, definition.end),
        form=form,
        place={"region": region_as_json(region)},
    )


def _spans(definition: Definition, form: str) -> Iterator[Span]:
    body = [each for each in definition.node.body if each.lineno >= definition.first]
    if form == "structural":
        yield from _structures(definition, body)
    for block in _blocks(body):
        spans = [_span(each) for each in block]
        if form == "short":
            pairs = zip(block, spans, strict=True)
            yield from (span for each, span in pairs if _is_short(definition, each, span))
        elif form == "long":
            yield from _runs(spans, definition)


def _structures(definition: Definition, body: Sequence[ast.stmt]) -> Iterator[Span]:
    whole = (definition.first, definition.end)
    if _SHORTEST_LONG <= _size(whole) <= _LONGEST_STRUCTURE:
        yield whole
    for block in _blocks(body):
        for each in block:
            compound = isinstance(each, ast.If | ast.For | ast.While | ast.With | ast.Try | ast.FunctionDef)
            if compound and 1 < _size(_span(each)) <= _LONGEST_STRUCTURE and _span(each) != whole:
                yield _span(each)


def _runs(spans: Sequence[Span], definition: Definition) -> Iterator[Span]:
    """Neighbours of a block, together of the right length, that are not the whole function."""
    for number, (first, _) in enumerate(spans):
        for _, last in spans[number + 1 :]:
            run = (first, last)
            if _SHORTEST_LONG <= _size(run) <= _LONGEST_LONG and run != (definition.first, definition.end):
                yield run


def _is_short(definition: Definition, statement: ast.stmt, span: Span) -> bool:
    if isinstance(
        statement, ast.Pass | ast.If | ast.For | ast.While | ast.With | ast.Try | ast.FunctionDef | ast.ClassDef
    ):
        return False
    return _size(span) <= _LONGEST_SHORT and len(definition.text(*span).strip()) >= _FEWEST_CHARACTERS


def _blocks(body: Sequence[ast.stmt]) -> Iterator[list[ast.stmt]]:
    """Lists of statements of which each has lines of its own, from the outermost."""
    spans = [_span(each) for each in body]
    if all(before[1] < after[0] for before, after in pairwise(spans)):
        yield list(body)
    for each in body:
        for name in ("body", "orelse", "finalbody"):
            inner = getattr(each, name, None)
            if (
                inner
                and isinstance(inner[0], ast.stmt)
                and first_line(inner[0]) > each.lineno
                and not _is_elif(each, name)
            ):
                yield from _blocks(inner)
        for handler in getattr(each, "handlers", []):
            if first_line(handler.body[0]) > handler.lineno:
                yield from _blocks(handler.body)


def _is_elif(statement: ast.stmt, name: str) -> bool:
    """Whether what is behind `else` may be written `elif`, which cannot be hidden by itself."""
    return name == "orelse" and isinstance(statement, ast.If) and len(statement.orelse) == 1


def _span(statement: ast.stmt) -> Span:
    return first_line(statement), statement.end_lineno or statement.lineno


def _size(span: Span) -> int:
    return span[1] - span[0] + 1
