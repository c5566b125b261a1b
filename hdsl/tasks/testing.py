"""Tests for coverage: the answer is a file of tests, judged by branches it goes through and mutants it kills."""

import ast
import warnings
from collections.abc import Iterator, Mapping, Sequence
from pathlib import PurePosixPath
from typing import Any

from hdsl.tasks.branches import branches, taken
from hdsl.tasks.definitions import Definition, first_line
from hdsl.tasks.judging import passes
from hdsl.tasks.model import Dropped, Task
from hdsl.tasks.mutants import mutants

ANSWER_FILE = "test_hdsl_answer.py"
_LONGEST = 60


def answer_path(test: str) -> str:
    """Where an answer stands in the repository: beside the tests that the repository has."""
    return str(PurePosixPath(test.partition("::")[0]).parent / ANSWER_FILE)


def alone(source: str, test: str) -> str:
    """The file of one test with nothing in it that this test does not need; empty where it has no such test."""
    names = [name.partition("[")[0] for name in test.split("::")[1:]]
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return ""
    lines = source.split("\n")
    own = next((node for node in tree.body if getattr(node, "name", "") == names[0]), None)
    if own is None:
        return ""
    text = (
        _method_alone(own, names[1], lines) if isinstance(own, ast.ClassDef) and len(names) > 1 else _text(own, lines)
    )
    if not text:
        return ""
    others = [node for node in tree.body if node is not own and not _is_test(node)]
    kept = _needed(others, text, lines)
    before = [piece for node, piece in kept if node.lineno < own.lineno]
    after = [piece for node, piece in kept if node.lineno > own.lineno]
    return "\n\n".join(["\n".join(before), text, *after]).strip("\n") + "\n"


def tests_unit(
    definition: Definition, source: str, answer: str, path: str, seed: int, tests: Sequence[str]
) -> tuple[Mapping[str, Any], ...]:
    """The work that judges an answer, and for each mutant says whether the repository's own tests kill it, too."""
    faulty = mutants(definition, source, seed)
    by_repository = [{"files": {definition.file: text}, "tests": list(tests), "stop": True} for text in faulty]
    return (*answer_work(answer, path, definition.file, (definition.start, definition.end), faulty), *by_repository)


def answer_work(
    answer: str, path: str, file: str, lines: tuple[int, int], faulty: Sequence[str]
) -> tuple[Mapping[str, Any], ...]:
    """The work that judges an answer: what it goes through, and whether it fails with each mutant."""
    part = {"file": file, "start": lines[0], "end": lines[1]}
    right = {"files": {path: answer}, "tests": [path], "watch": "arcs", "part": part}
    return (right, *({"files": {path: answer, file: text}, "tests": [path], "stop": True} for text in faulty))


def worth(results: Sequence[Mapping[str, Any]], definition: Definition, counted: Sequence[bool] | None = None) -> float:
    """What an answer is worth: the share of branches it goes through times the share of mutants it kills.

    So tests without assertions, which kill none, are worth nothing. `counted`: which mutants count.
    """
    right, *faulty = results
    outcomes = right.get("outcomes")
    if not isinstance(outcomes, dict) or not outcomes or not passes(right, list(outcomes)):
        return 0.0
    chosen = [result for number, result in enumerate(faulty) if counted is None or counted[number]]
    killed = sum(map(is_killed, chosen))
    ways = branches(definition)
    return (taken(ways, right.get("arcs", ())) / len(ways)) * (killed / len(chosen)) if chosen else 0.0


def is_killed(result: Mapping[str, Any]) -> bool:
    """Whether a test failed with a mutant because of what it asserts: one that crashes is noticed by any call."""
    return bool(result.get("asserted"))


def covering(
    definition: Definition, source: str, answer: str, path: str, seed: int, results: Sequence[Mapping[str, Any]]
) -> Task | Dropped:
    """The task that a definition makes, from the results of its `tests_unit`."""
    faulty = mutants(definition, source, seed)
    own, by_repository = results[: len(faulty) + 1], results[len(faulty) + 1 :]
    counted = [is_killed(result) for result in by_repository]
    if not any(counted):
        return Dropped("its tests kill no mutant of it")
    true_worth = worth(own, definition, counted)
    if true_worth <= 0:
        return Dropped("no test of it alone passes and kills a mutant")
    module = (
        ".".join(PurePosixPath(definition.file).with_suffix("").parts).removeprefix("src.").removesuffix(".__init__")
    )
    return Task(
        key=f"tests {definition.key}",
        given={
            "code": f"{definition.place}# from {module} import {definition.name.partition('.')[0]}\n{definition.text()}"
        },
        answer=answer.rstrip("\n"),
        whole=definition.text(),
        home=definition.key,
        file=definition.file,
        lines=(definition.start, definition.end),
        place={
            "path": path,
            "file": definition.file,
            "name": definition.name,
            "lines": [definition.start, definition.end],
            "seed": seed,
            "counted": counted,
            "worth": round(true_worth, 6),
        },
    )


def is_short(answer: str) -> bool:
    """Whether a test is short enough to be an answer."""
    return 0 < len(answer.split("\n")) <= _LONGEST


def _is_test(node: ast.stmt) -> bool:
    name = getattr(node, "name", "")
    if isinstance(node, ast.ClassDef):
        return name.startswith("Test") or any(_is_test(each) for each in node.body)
    return isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and name.startswith("test")


def _method_alone(owner: ast.ClassDef, name: str, lines: Sequence[str]) -> str:
    kept = [node for node in owner.body if getattr(node, "name", "") == name or not _is_test(node)]
    if not any(getattr(node, "name", "") == name for node in kept):
        return ""
    header = "\n".join(lines[first_line(owner) - 1 : first_line(owner.body[0]) - 1])
    body = [_text(node, lines) for node in kept if not isinstance(node, ast.Expr)]
    return "\n".join([header.rstrip(), "\n\n".join(body)])


def _needed(nodes: Sequence[ast.stmt], text: str, lines: Sequence[str]) -> list[tuple[ast.stmt, str]]:
    """The statements of the file that a text needs, and those that these need; of an import only what is used."""
    used = _names(text)
    kept: dict[ast.stmt, str] = {}
    while True:
        found = {node: piece for node in nodes if node not in kept and (piece := _piece(node, used, lines))}
        if not found:
            break
        kept |= found
        for node, piece in found.items():
            if not isinstance(node, ast.Import | ast.ImportFrom):
                used |= _names(piece)
    # An import is cut to what is used in the end.
    return [(node, _piece(node, used, lines)) for node in nodes if node in kept]


def _piece(node: ast.stmt, used: set[str], lines: Sequence[str]) -> str:
    match node:
        case ast.ImportFrom(module="__future__"):
            return _text(node, lines)
        case ast.Import(names=names) | ast.ImportFrom(names=names):
            chosen = [
                name for name in names if (name.asname or name.name).partition(".")[0] in used or name.name == "*"
            ]
            if not chosen:
                return ""
            if isinstance(node, ast.ImportFrom):
                return ast.unparse(ast.ImportFrom(node.module, chosen, node.level))
            return ast.unparse(ast.Import(chosen))
        case ast.FunctionDef(name=name) | ast.ClassDef(name=name) | ast.AsyncFunctionDef(name=name):
            return _text(node, lines) if name in used else ""
        case ast.Assign() | ast.AnnAssign() | ast.AugAssign():
            bound = {
                each.id for each in ast.walk(node) if isinstance(each, ast.Name) and isinstance(each.ctx, ast.Store)
            }
            return _text(node, lines) if bound & used else ""
        case ast.Try() | ast.If() | ast.With():
            bound = set(_bound(node))
            return _text(node, lines) if bound & used else ""
        case _:
            return ""


def _bound(node: ast.AST) -> Iterator[str]:
    for each in ast.walk(node):
        if isinstance(each, ast.Name) and isinstance(each.ctx, ast.Store):
            yield each.id
        elif isinstance(each, ast.alias):
            yield (each.asname or each.name).partition(".")[0]
        elif isinstance(each, ast.FunctionDef | ast.ClassDef):
            yield each.name


def _names(text: str) -> set[str]:
    try:
        tree = ast.parse(text)
    except SyntaxError:
        return set()
    return {each.id for each in ast.walk(tree) if isinstance(each, ast.Name)}


def _text(node: ast.stmt, lines: Sequence[str]) -> str:
    return "\n".join(lines[first_line(node) - 1 : node.end_lineno])
