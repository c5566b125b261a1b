"""`hdsl check` a second time: the same bytes from the cache, until a file that it read or looked for changes."""

import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.check.texts import LOOP
from tests.commands import REPOSITORY, Ended, finish, hdsl, start_cold

PROGRAM = """hdsl 1

use "lib.hg" as lib

experience memory: text -> text = load("rows.jsonl")

harness program(line: text[1]) -> text[1] {
  asked: text[1] = expert(line, memory)
  out: text[1] = lib.cut(asked)
  return out
}
"""

LIBRARY = """hdsl 1

harness cut(line: text[1]) -> text[1] {
  first: text[1] = first_line(line)
  return first
}
"""

ROW = '{"query": "q", "key": "k", "value": "v"}\n'

SLOW = {"ast", "asyncio", "dataclasses", "dis", "importlib.metadata", "inspect", "lark", "networkx", "subprocess"}
"""Modules that take as long to import as all the rest of a check; `dataclasses` imports `inspect`, and each dataclass
takes as long to make as very many plain classes."""

HEAVY = {"torch", "openai", "libtmux", "numpy", "claude_agent_sdk", "rich"}


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "program.hg").write_text(PROGRAM, encoding="utf-8")
    (tmp_path / "lib.hg").write_text(LIBRARY, encoding="utf-8")
    (tmp_path / "rows.jsonl").write_text(ROW, encoding="utf-8")
    return tmp_path


def check(project: Path, *words: str) -> Ended:
    return hdsl("check", "program.hg", *words, folder=project)


CHANGES: dict[str, Callable[[Path], object]] = {
    "the file itself changes": lambda project: (project / "program.hg").write_text("hdsl 1\n\nharness", "utf-8"),
    "a used module changes": lambda project: (project / "lib.hg").write_text(LIBRARY.replace("cut", "cat"), "utf-8"),
    "a used module disappears": lambda project: (project / "lib.hg").unlink(),
    "a seed file changes": lambda project: (project / "rows.jsonl").write_text(ROW + "{", "utf-8"),
    "a seed file disappears": lambda project: (project / "rows.jsonl").unlink(),
}


@pytest.mark.parametrize("change", CHANGES)
def test_the_answer_changes_when_what_was_read_changes(project: Path, change: str) -> None:
    assert (check(project).code, check(project).code) == (0, 0)
    CHANGES[change](project)
    assert (check(project).code, check(project).code) == (1, 1)


@pytest.mark.parametrize("name", ["lib.hg", "rows.jsonl"])
def test_the_answer_changes_when_what_was_missing_appears(project: Path, name: str) -> None:
    content = (project / name).read_bytes()
    (project / name).unlink()
    assert (check(project).code, check(project).code) == (1, 1)
    (project / name).write_bytes(content)
    assert check(project).code == 0


@pytest.mark.parametrize("output_format", ["human", "json"])
def test_the_second_answer_is_byte_for_byte_the_first(project: Path, output_format: str) -> None:
    (project / "lib.hg").write_text(LIBRARY.replace("first_line", "frist_line"), encoding="utf-8")
    words = ("--format", output_format)
    first, second = check(project, *words), check(project, *words)
    assert first == second
    assert first.code == 1 and "HG109" in first.out


def test_a_warning_is_remembered_for_strict_too(project: Path) -> None:
    unused = LIBRARY.replace("  return", "  unused: text[1] = first_line(line)\n  return")
    (project / "program.hg").write_text(unused, encoding="utf-8")
    assert [check(project, *words).code for words in [(), ("--strict",), ()]] == [0, 1, 0]


def test_each_way_of_asking_is_answered_for_itself(project: Path) -> None:
    human, json = check(project), check(project, "--format", "json")
    assert human.out.startswith("1 file checked: no errors")
    assert json.json["summary"] == {"errors": 0, "warnings": 0}


def test_a_cache_that_cannot_be_used_changes_nothing(project: Path) -> None:
    (project / "taken").write_text("", encoding="utf-8")
    environment = {"XDG_CACHE_HOME": str(project / "taken")}
    ended = [hdsl("check", "program.hg", folder=project, environment=environment) for _ in range(2)]
    assert ended[0] == ended[1] == check(project)


def test_a_torn_cache_is_asked_anew(project: Path) -> None:
    environment = {"XDG_CACHE_HOME": str(project / "cache")}
    first = hdsl("check", "program.hg", folder=project, environment=environment)
    for kept in (project / "cache" / "hdsl" / "check").iterdir():
        kept.write_text('{"output": ', encoding="utf-8")
    assert hdsl("check", "program.hg", folder=project, environment=environment) == first


def imported(*words: str, folder: Path) -> set[str]:
    """The modules that a command imports in a process of its own."""
    ended = finish(start_cold(*words, folder=folder, options=("-X", "importtime")))
    assert ended.code == 0
    return set(re.findall(r"^import time:.*\|\s+(\S+)$", ended.err, re.MULTILINE))


def packages(modules: set[str]) -> set[str]:
    return {module.partition(".")[0] for module in modules}


def test_checking_imports_nothing_heavy_and_the_second_time_next_to_nothing(project: Path) -> None:
    (project / "lib.hg").write_text(LIBRARY + "\n", encoding="utf-8")
    first = imported("check", "lib.hg", folder=project)
    assert "hdsl.check.checker" in first
    assert packages(first) & (HEAVY | {"networkx"}) == set()
    second = imported("check", "lib.hg", folder=project)
    assert {"hdsl.check.checker", "lark", "hdsl.syntax.parser"} & second == set()


def test_a_check_that_finds_nothing_imports_nothing_slow(project: Path) -> None:
    assert check(project).code == 0  # from here on the tables of the parser and the library are kept
    for name in ("back_translation", "debate", "nested", "review", "triage", "vote_of"):
        shutil.copy(REPOSITORY / "examples" / "jobs" / f"{name}.hg", project)
    (project / "loop.hg").write_text(LOOP[: LOOP.index("test ")], encoding="utf-8")
    (project / "program.hg").unlink()  # its rows stand in a file of their own, and reading those takes more
    loaded = imported("check", ".", folder=project)
    assert {"hdsl.check.checker", "hdsl.graph.order", "hdsl.graph.cost", "hdsl.structure.structures"} <= loaded
    assert loaded & SLOW == set()


def test_what_shows_a_program_imports_nothing_that_runs_it(project: Path) -> None:
    assert packages(imported("graph", "lib.hg", folder=project)) & HEAVY == set()
    assert packages(imported("fmt", "lib.hg", "--check", folder=project)) & (HEAVY | {"networkx"}) == set()


def test_the_repository_checks_and_is_in_the_one_layout() -> None:
    assert hdsl("check", "examples", "--strict", folder=REPOSITORY).code == 0
    assert hdsl("fmt", "--check", "examples", folder=REPOSITORY) == Ended(0, "", "")
