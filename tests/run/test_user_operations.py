"""Operations of one's own: Python functions beside the `.hg` file, and what is said where they cannot be had."""

from pathlib import Path

import pytest

from tests.commands import Ended, hdsl

PROGRAM = """hdsl 1

op shout(line: text[*S], mark: str = "!") -> text[*S] = "{entry}"

harness shouts(line: text[B], mark: str = "?") -> text[B] {{
  out: text[B] = shout(line, mark=mark)
  return out
}}
"""

LOUD = """
from hdsl import Status

def shout(line, *, mark):
    return line.upper() + mark

async def later(line, *, mark):
    return line + mark, Status.confidence(0.5)

def picky(line, *, mark):
    if line == "bad":
        raise ValueError("no such line")
    return line

NUMBER = 3
"""


def run(folder: Path, entry: str, *lines: str) -> Ended:
    (folder / "loud.py").write_text(LOUD, encoding="utf-8")
    (folder / "broken.py").write_text("1 / 0\n", encoding="utf-8")
    (folder / "needy.py").write_text("import no_such_package_at_all\n", encoding="utf-8")
    (folder / "hdsl.toml").write_text('[operations]\nallow = ["no_such_module_at_all:*"]\n', encoding="utf-8")
    (folder / "shouts.hg").write_text(PROGRAM.format(entry=entry), encoding="utf-8")
    return hdsl("run", "shouts.hg", *(f"--line={line}" for line in lines), "--json", folder=folder)


def test_a_function_beside_the_file(tmp_path: Path) -> None:
    result = run(tmp_path, "loud:shout", "a", "b").json["result"]
    assert [element["text"] for element in result] == ["A?", "B?"]


def test_a_coroutine_with_a_status(tmp_path: Path) -> None:
    (element,) = run(tmp_path, "loud:later", "a").json["result"]
    assert (element["text"], element["status"]) == ("a?", 0.5)


def test_an_exception_fails_its_element_alone(tmp_path: Path) -> None:
    ended = run(tmp_path, "loud:picky", "good", "bad")
    assert ended.code == 3
    good, bad = ended.json["result"]
    assert (good["failed"], good["text"]) == (False, "good")
    assert (bad["failed"], bad["cause"]) == (True, "ValueError: no such line")
    assert ended.err.splitlines()[0] == "hdsl run: shouts [1] failed: ValueError: no such line"


@pytest.mark.parametrize(
    ("entry", "reason"),
    [
        ("loud:whisper", "`loud` has no function `whisper`"),
        ("loud:NUMBER", "`loud` has no function `NUMBER`"),
        ("no_such_module_at_all:shout", "no module `no_such_module_at_all` is installed"),
        ("broken:shout", "broken.py raises ZeroDivisionError: division by zero"),
        ("needy:shout", "needy.py raises ModuleNotFoundError: No module named 'no_such_package_at_all'"),
    ],
)
def test_a_function_that_cannot_be_had_is_said_before_anything_runs(tmp_path: Path, entry: str, reason: str) -> None:
    ended = run(tmp_path, entry, "a")
    assert (ended.code, ended.out) == (2, "")
    assert ended.err.startswith("hdsl run: the operation `shout` cannot run: ")
    assert ended.err.endswith(f"{reason}\n")


def test_a_shape_that_does_not_fit_at_this_size_is_said_before_anything_runs(tmp_path: Path) -> None:
    picks = "harness picks(line: text[B]) -> text[] {\n  out: text[] = line[2]\n  return out\n}\n"
    (tmp_path / "picks.hg").write_text(f"hdsl 1\n\n{picks}", encoding="utf-8")
    words = ["run", "picks.hg", "--line", "a", "--line", "b"]
    ended = hdsl(*words, folder=tmp_path)
    assert (ended.code, ended.out) == (2, "")
    assert ended.err.startswith("hdsl run: `out`: ")
    assert hdsl(*words, "--line", "c", folder=tmp_path).out == "c\n"
