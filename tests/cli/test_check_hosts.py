"""What `docs/checking-in-ci.md` and `.pre-commit-hooks.yaml` say is run as it stands there."""

import re
import shlex
import shutil
from pathlib import Path

import pytest

from tests.commands import REPOSITORY, hdsl

PAGE = (REPOSITORY / "docs" / "checking-in-ci.md").read_text(encoding="utf-8")
HOOKS = (REPOSITORY / ".pre-commit-hooks.yaml").read_text(encoding="utf-8")
WRONG = "hdsl 1\n\nharness twin(line: text[1]) -> text[1] {\n  first: text[1] = frist_line(line)\n  return first\n}\n"
UNTIDY = "hdsl 1\nharness twin(line:text[1])->text[1]{\n  first:text[1]=first_line(line)\n  return first\n}\n"

commands_of_the_page = re.findall(r"- (?:run: )?hdsl (.*)$", PAGE, re.MULTILINE)
entries = dict(re.findall(r"^- id: (\S+)\n(?:  .*\n)*?  entry: hdsl (.*)$", HOOKS, re.MULTILINE))


@pytest.mark.parametrize("command", commands_of_the_page)
def test_the_commands_of_the_workflows_pass_on_what_is_right_and_fail_on_what_is_wrong(command, tmp_path):
    words, _, _ = command.partition(" > ")
    shutil.copytree(REPOSITORY / "examples", tmp_path / "examples", ignore=shutil.ignore_patterns("runs"))
    assert hdsl(*shlex.split(words), folder=tmp_path).code == 0
    (tmp_path / "wrong.hg").write_text(WRONG if "fmt" not in command else UNTIDY, encoding="utf-8")
    ended = hdsl(*shlex.split(words), folder=tmp_path)
    assert ended.code == 1
    assert "wrong.hg" in ended.out


def test_the_page_has_the_commands():
    assert len(commands_of_the_page) == 4
    assert re.findall(r"- id: (hdsl-\w+)", PAGE) == ["hdsl-fix", "hdsl-fmt"]


def test_every_hook_has_an_entry_and_is_for_hg_files():
    assert list(entries) == re.findall(r"^- id: (\S+)", HOOKS, re.MULTILINE)
    assert HOOKS.count("language: python\n") == HOOKS.count("files: \\.hg$\n") == len(entries)


@pytest.mark.parametrize("hook", entries)
def test_a_hook_passes_or_changes_the_files_it_is_given(hook, tmp_path):
    """A hook fails where its command does, or where it changed a file."""
    words = shlex.split(entries[hook])
    for name, text in [("right.hg", WRONG.replace("frist", "first")), ("wrong.hg", WRONG), ("untidy.hg", UNTIDY)]:
        (tmp_path / name).write_text(text, encoding="utf-8")
    assert hdsl(*words, "right.hg", folder=tmp_path).code == 0
    code = hdsl(*words, "wrong.hg", "untidy.hg", folder=tmp_path).code
    changed = {name for name, text in [("wrong.hg", WRONG), ("untidy.hg", UNTIDY)] if is_changed(tmp_path / name, text)}
    assert (code, changed) == {"hdsl-check": (1, set()), "hdsl-fix": (0, {"wrong.hg"}), "hdsl-fmt": (0, {"untidy.hg"})}[
        hook
    ]


def is_changed(path: Path, text: str) -> bool:
    return path.read_text(encoding="utf-8") != text
