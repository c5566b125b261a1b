"""What a coding agent may do with files: nothing outside its folder, however the path is written, and no other tool."""

import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hdsl.policy.agent_tools import PLAIN_TOOLS, Allowed, Denied, judge_use, unknown_tools

ALL = ("Read", "Edit", "Write", "Glob", "Grep")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with files, links that stay and links that leave, beside files that are none of an agent's business."""
    root = tmp_path_factory.mktemp("agent").resolve()
    (root / "secret.txt").write_text("s")
    (root / "work-beside").mkdir()
    work = root / "work"
    (work / "src").mkdir(parents=True)
    (work / ".git" / "hooks").mkdir(parents=True)
    for name in ("a.txt", "src/b.txt", "hdsl.toml", ".git/config"):
        (work / name).write_text("t")
    (work / "inner").symlink_to("src")
    (work / "out").symlink_to(root)
    (work / "passwords").symlink_to("/etc/passwd")
    (work / "loop").symlink_to("loop")
    (work / "dangling").symlink_to(root / "not-there-yet")
    os.mkfifo(work / "pipe")
    return work


def judged(folder: Path, tool: str, path: Any, **more: Any) -> Allowed | Denied:
    name = "path" if tool in ("Glob", "Grep") else "file_path"
    return judge_use(tool, {name: path, **more}, folder, ALL)


@pytest.mark.parametrize("path", ["a.txt", "./src/../a.txt", "src/b.txt", "inner/b.txt", "new/deep/c.txt", "-x", "ä b"])
def test_what_is_inside_may_be_used_by_its_real_path(folder: Path, path: str) -> None:
    for given_path in (path, str(folder / path)):
        verdict = judged(folder, "Write", given_path, content="c")
        assert isinstance(verdict, Allowed)
        assert verdict.arguments == {"file_path": os.path.realpath(folder / path), "content": "c"}


OUTSIDE = (
    *("../secret.txt", "/etc/passwd", "src/../../secret.txt", "out/secret.txt", "passwords", "dangling", "/", "..", ""),
    *("~/.ssh/id_rsa", "~root/x", " /etc/passwd", "a.txt ", "a\0.txt", "\n/etc/passwd", "../work-beside/x", None, 3),
    *("/proc/self/environ", "/dev/stdin", "out/work-beside/../secret.txt", "file:///etc/passwd/../../../../etc/passwd"),
)


@pytest.mark.parametrize("path", OUTSIDE)
@pytest.mark.parametrize("tool", PLAIN_TOOLS)
def test_what_leads_out_may_not(folder: Path, tool: str, path: Any) -> None:
    assert isinstance(judged(folder, tool, path), Denied)


@pytest.mark.parametrize("path", [".git/hooks/pre-commit", ".git/config", "src/.git/x", ".GIT/config", "hdsl.toml"])
def test_what_decides_over_others_can_be_read_and_not_changed(folder: Path, path: str) -> None:
    assert isinstance(judged(folder, "Write", path), Denied)
    assert isinstance(judged(folder, "Edit", path), Denied)
    assert isinstance(judged(folder, "Read", path), Allowed)


def test_only_files_are_read_and_written(folder: Path) -> None:
    assert [type(judged(folder, "Read", path)) for path in ("src", "pipe", "loop")] == [Denied] * 3


@pytest.mark.parametrize(
    "tool", ["Bash", "WebFetch", "Task", "NotebookEdit", "mcp__x__y", "read", "DeferredToolPlaceholder"]
)
def test_there_is_no_other_tool(folder: Path, tool: str) -> None:
    assert isinstance(judge_use(tool, {"file_path": "a.txt", "command": "id"}, folder, (*ALL, tool)), Denied)
    assert unknown_tools([*ALL, tool]) == (tool,)


def test_a_known_tool_that_was_not_given_is_not_there(folder: Path) -> None:
    assert isinstance(judge_use("Write", {"file_path": "a.txt"}, folder, ("Read",)), Denied)


def test_searches_stay_inside_too(folder: Path) -> None:
    assert isinstance(judge_use("Glob", {"pattern": "**/*.py"}, folder, ALL), Allowed)
    assert isinstance(judged(folder, "Grep", "src", pattern="^/etc"), Allowed)
    for pattern in ("/etc/*", "../*", "src/../../*", "~/*", "{/etc/*,x}", "{x,/etc/*}"):
        assert isinstance(judge_use("Glob", {"pattern": pattern}, folder, ALL), Denied)
        assert isinstance(judge_use("Grep", {"pattern": "x", "glob": pattern}, folder, ALL), Denied)
    assert isinstance(judged(folder, "Grep", "out"), Denied)


PIECES = st.sampled_from(["..", ".", "a.txt", "src", "out", "inner", "/", "~", "work", "", " ", "passwords", "etc"])


@given(st.one_of(st.text(), st.lists(PIECES).map("/".join)))
def test_whatever_path_is_given_what_is_allowed_is_inside(folder: Path, path: str) -> None:
    verdict = judged(folder, "Read", path)
    if isinstance(verdict, Allowed):
        real = Path(verdict.arguments["file_path"])
        assert real == real.resolve() and real.is_relative_to(folder)
