"""Checking after edits: the diagnostics, bounds of memory notwithstanding, are those of the file checked anew."""

import gc
import weakref
from pathlib import Path
from random import Random
from typing import Any

import pytest

from hdsl.check.checker import Checker
from hdsl.check.library import library
from hdsl.check.report import Report
from hdsl.editor.workspace import Workspace
from hdsl.syntax.padding import without_blanks
from hdsl.syntax.source import Source
from tests.sources import repository_sources
from tests.syntax.test_incremental import edited
from tests.typed_programs import TypedPrograms

LOOP = """
harness loop(task: text[1], shell: session[1], T: dim = 5) -> text[1] {
  shells: session[1, T] = expand(shell, to=[1, T])
  before: text[1, T]    = terminal.capture(shells)
  keys:   text[1, T]    = llm(before)
  typed:  text[1, T]    = terminal.send_text(keys, shells)
  after:  text[1, T]    = terminal.capture(shells)
  turn:   text[1, T]    = sequential(typed, after)
  ended:  text[1, T]    = terminal.until_idle(turn, shells)
  result: text[1]       = recurrent(ended, task)
  return result
}

harness twice(task: text[1]) -> text[1] {
  once:  text[1] = loop(task)
  again: text[1] = loop(once, T=3)
  return again
}
"""


def placed(value: Any, lines: dict[str, list[str]]) -> Any:
    """Diagnostics with lines and columns for offsets, in the text without its spare blanks."""
    if hasattr(value, "source") and hasattr(value, "span"):
        return value.source.path, *(place_of(value.source, offset, lines) for offset in value.span)
    if isinstance(value, tuple):
        return tuple(placed(each, lines) for each in value)
    return without_blanks(value).rstrip(" ") if isinstance(value, str) else value


def place_of(source: Source, offset: int, lines: dict[str, list[str]]) -> tuple[int, int]:
    line, column = source.position(offset)
    shown = lines.get(source.path, [])
    width = len(shown[line - 1].rstrip("\r")) if line <= len(shown) else 0
    return line, min(column, width + 1)


def assert_same(workspace: Workspace, path: str, text: str) -> None:
    lines = {path: text.split("\n")}
    analysis = workspace.analysis(path)
    report = Report()
    Path(path).write_text(text, newline="")
    checker = Checker(report, library())
    module = checker.check(Path(path), path)
    assert analysis is not None and module is not None
    assert placed(analysis.diagnostics, lines) == placed(report.diagnostics, lines)
    assert analysis.module.callables.keys() == module.callables.keys()
    assert [[node.name for node in harness.nodes] for harness in analysis.module.harnesses.values()] == [
        [node.name for node in harness.nodes] for harness in module.harnesses.values()
    ]
    assert analysis.module.sound == module.sound
    for name, signature in module.callables.items():
        assert analysis.module.callables[name].effects == signature.effects


def texts(seed: int) -> str:
    random = Random(seed)
    if seed % 3 == 0:
        return TypedPrograms(random).file().replace("hdsl 1\n", "hdsl 1\n\nuse std.terminal\n", 1) + LOOP
    if seed % 3 == 1:
        return TypedPrograms(random).file(nodes=20)
    return random.choice(repository_sources())[1].replace("\0", "")


@pytest.mark.parametrize("seed", range(12))
def test_after_each_edit_the_diagnostics_are_those_of_the_file_checked_anew(seed, tmp_path):
    random = Random(seed)
    text = texts(seed)
    path = str(tmp_path / "file.hg")
    workspace = Workspace()
    for _ in range(10):
        following = edited(text, random) if random.random() < 0.7 else text
        workspace.documents.put(path, following)
        workspace.changed()
        assert_same(workspace, path, following)
        if random.random() < 0.4:
            text = following


def test_what_is_closed_is_forgotten(tmp_path: Path) -> None:
    workspace = Workspace()
    path = str(tmp_path / "a.hg")
    workspace.documents.put(path, "hdsl 1\n")
    analysis = workspace.analysis(path)
    assert analysis is not None
    module = weakref.ref(analysis.module)
    del analysis
    workspace.documents.close(path)
    assert workspace.forget_unused() == [path]
    gc.collect()
    assert module() is None
