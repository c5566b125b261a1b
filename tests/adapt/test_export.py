"""`hdsl export`: skills, plugins, MCP configurations and packages, checked by what reads them."""

import importlib
import json
import shutil
import subprocess
import sys
import typing
from pathlib import Path
from typing import Any
from unittest import mock

import pytest

from hdsl.adapt.skill import telling_rows
from hdsl.adapt.skill_rules import problems_of
from tests.commands import REPOSITORY, hdsl
from tests.servers.scripted_kernel import ScriptedKernel

EXAMPLES = REPOSITORY / "examples"
QUESTION = "How do I get a refund?"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("router", "debugger", "tool_router", "address_book"):
        shutil.copytree(EXAMPLES / name, tmp_path / name, ignore=shutil.ignore_patterns("runs"))
    return tmp_path


def files_in(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def check_skill(folder: Path) -> None:
    """By the published rules, and by the reference validator where it is installed."""
    assert problems_of(folder.name, files_in(folder), (folder / "SKILL.md").read_text()) == []
    if importlib.util.find_spec("skills_ref") is not None:
        assert importlib.import_module("skills_ref").validate(folder) == []


@pytest.mark.slow
def test_a_skill_is_valid_says_where_it_is_from_and_its_script_runs_the_harness(folder: Path) -> None:
    words = ("export", "router/router.hg", "--as", "skill", "--out", "skills", "--licence", "MIT", "--json")
    ended = hdsl(*words, folder=folder)
    assert ended.code == 0, ended.err
    skill = folder / "skills" / "router"
    check_skill(skill)
    facts = json.loads((skill / "hdsl-export.json").read_text())
    assert facts["licence"] == "MIT" and facts["sha256"] == ended.json["sha256"] and len(facts["sha256"]) == 64
    assert {each["table"]: each["source"] for each in facts["rows"]}["route"] == "loaded from route.jsonl"
    text = (skill / "SKILL.md").read_text()
    for said in ("Answers each question of a batch", "Which desk answers this question?", "`billing`: money", "MIT"):
        assert said in text, said
    assert "How do I" in (skill / "references" / "rows.md").read_text()
    ran = subprocess.run(
        [sys.executable, str(skill / "scripts" / "run.py"), "--question", QUESTION],
        cwd=folder,
        env={"PATH": "/usr/bin:/bin", "PYTHONPATH": str(REPOSITORY), "HOME": str(folder)},
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
    )
    assert ran.returncode == 0 and "refund" in ran.stdout, ran.stderr


def test_rows_that_were_learned_go_with_it_as_they_are_now(folder: Path) -> None:
    (folder / "more.jsonl").write_text(
        json.dumps({"query": "new row zebra", "key": "a zebra?", "value": "people"}) + "\n"
    )
    added = hdsl("experience", "import", "router/router.hg", "route", "more.jsonl", folder=folder)
    assert added.code == 0, added.err
    ended = hdsl("export", "router/router.hg", "--as", "mcp", "--out", "served", "--json", folder=folder)
    sources = {each["table"]: each["source"] for each in ended.json["rows"]}
    assert sources["route"].startswith("learned in 1 step"), sources
    shown = hdsl("experience", "show", "served/assets/router.hg", "route", folder=folder)
    assert "a zebra?" in shown.out, shown.err


def test_a_secret_is_refused_by_name_and_nothing_is_written(folder: Path) -> None:
    rows = folder / "router" / "billing.jsonl"
    before = rows.read_text()
    secret = "ghp_" + "a1B2" * 9
    for row, said in [
        ({"query": "token", "key": "What is the token?", "value": secret}, "row 1 of `billing`"),
        ({"query": "x", "key": "password=hunter2hunter2", "value": "no"}, "row 1 of `billing`"),
    ]:
        rows.write_text(json.dumps(row) + "\n" + before)
        ended = hdsl("export", "router/router.hg", "--as", "skill", "--out", "skills", folder=folder)
        assert ended.code == 2 and said in ended.err and not (folder / "skills").exists(), ended.err
        assert secret not in ended.err
    rows.write_text(before)
    tools = folder / "tool_router" / "tools.py"
    tools.write_text(tools.read_text() + f'\nTOKEN = "{secret}"\n')
    ended = hdsl("export", "tool_router/tool_router.hg", "--as", "python", "--out", "package", folder=folder)
    assert ended.code == 2 and "tools.py:" in ended.err and secret not in ended.err


def test_what_is_there_is_replaced_whole_only_if_it_was_exported(folder: Path) -> None:
    words = ("export", "router/router.hg", "--as", "mcp", "--out", "served")
    assert hdsl(*words, folder=folder).code == 0
    before = files_in(folder / "served")
    again = hdsl(*words, folder=folder)
    assert again.code == 2 and "--force" in again.err and files_in(folder / "served") == before
    (folder / "served" / "stray.txt").write_text("x")
    assert hdsl(*words, "--force", folder=folder).code == 0 and files_in(folder / "served") == before
    (folder / "mine").mkdir()
    (folder / "mine" / "notes.txt").write_text("mine")
    other = hdsl("export", "router/router.hg", "--as", "mcp", "--out", "mine", "--force", folder=folder)
    assert other.code == 2 and "was not made by" in other.err and (folder / "mine" / "notes.txt").exists()
    with mock.patch("pathlib.Path.rename", side_effect=OSError(28, "No space left on device", "served")):
        failed = hdsl(*words, "--force", folder=folder)
    assert failed.code == 2 and "No space left" in failed.err and files_in(folder / "served") == before
    assert sorted(path.name for path in folder.iterdir() if path.name.startswith(".")) in ([], [".hdsl"])


def test_a_plugin_has_hooks_that_capture_a_command_and_a_skill_a_harness(folder: Path) -> None:
    ended = hdsl("export", "address_book/address_book.hg", "--as", "plugin", "--out", "book", folder=folder)
    assert ended.code == 0, ended.err
    plugin = folder / "book"
    manifest = json.loads((plugin / ".claude-plugin" / "plugin.json").read_text())
    assert manifest["name"] == "address-book" and "license" not in manifest and "licence is unstated" in ended.err
    hooks = json.loads((plugin / "hooks" / "hooks.json").read_text())["hooks"]
    assert {"PreToolUse", "PostToolUse", "SessionStart"} <= set(hooks) and (plugin / "hooks" / "route").exists()
    assert sorted(path.name for path in (plugin / "commands").iterdir()) == ["children.md", "line.md"]
    command = (plugin / "commands" / "line.md").read_text()
    assert "--letter TEXT\n" in command and "\n$ARGUMENTS\n" in command and "skills/line/scripts/run.py" in command
    for skill in (plugin / "skills").iterdir():
        check_skill(skill)
    served = json.loads((plugin / ".mcp.json").read_text())["mcpServers"]["address-book"]["args"][-1]
    assert (plugin / served.removeprefix("${CLAUDE_PLUGIN_ROOT}/")).is_file()


def test_a_server_is_configured_with_the_hashes_of_its_tools(folder: Path) -> None:
    assert hdsl("export", "tool_router/tool_router.hg", "--as", "mcp", "--out", "served", folder=folder).code == 0
    config = json.loads((folder / "served" / "mcp.json").read_text())["mcpServers"]["tool-router"]
    assert config["args"][0] == "serve" and (folder / "served" / config["args"][1]).is_file()
    assert (folder / "served" / "assets" / "tools.py").is_file()
    lock = json.loads((folder / "served" / "tools.lock").read_text())
    assert lock["tools"]["assist"]["definition"]["inputSchema"]["required"] == ["question"]
    checked = hdsl("test", "served/assets/tool_router.hg", folder=folder)
    assert checked.code == 0, checked.out


def test_a_package_has_typed_functions_that_run_the_harnesses(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("router", "address_book"):
        words = ("export", f"{name}/{name}.hg", "--as", "python", "--out", f"packages/{name}")
        assert hdsl(*words, folder=folder).code == 0
        monkeypatch.syspath_prepend(str(folder / "packages" / name))
    monkeypatch.chdir(folder)
    router = importlib.import_module("router")
    hints = typing.get_type_hints(router.router)
    assert hints["question"] == list[str] and hints["return"] == list[str | None]
    (answer,) = router.router([QUESTION])
    assert "refund" in answer
    with pytest.raises(router.CallFailed, match="failed"):
        router.router(["zebra xylophone"], kernel="nearest")
    book = importlib.import_module("address_book")
    assert typing.get_type_hints(book.children)["K"] is int
    assert typing.get_type_hints(book.line)["letter"] == list[str]


NAMES = """hdsl 1

type Literal { "a \\"quote\\"", "b" }

type list { text: text "of it", from: int? }

# SAID
harness class(Path: text[1], from: Literal[1], str: list[1], call: float = 0.1, FILE: str = "MAIN") -> list[1] {
  same: list[1] = fallback(str, str)
  return same
}

harness TypedDict(cast: text[B]) -> text[B] {
  same: text[B] = "{cast} NAME"
  return same
}
"""


def test_any_names_make_packages_and_skills_that_run(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    said = 'Says """ and \\N{BELL} and "'
    (folder / "json.hg").write_text(NAMES.replace("SAID", said))
    assert hdsl("export", "json.hg", "--as", "python", "--out", "package", folder=folder).code == 0
    monkeypatch.syspath_prepend(str(folder / "package"))
    monkeypatch.chdir(folder)
    module = importlib.import_module("json_harness")
    assert module.__all__ == ["CallFailed", "class_", "TypedDict_"]
    given = {"text": "x", "from": 3}
    assert module.class_("a", 'a "quote"', given, call_=0.5) == given
    assert module.TypedDict_(["one", "two"]) == ["one NAME", "two NAME"]
    hints = typing.get_type_hints(module.class_)
    assert hints["from_"] == typing.Literal['a "quote"', "b"] and hints["return"].__annotations__["text"] is not None
    assert list(hints)[:3] == ["Path_", "from_", "str_"]
    assert module.class_.__doc__ == said
    (folder / "MAIN.hg").write_text(NAMES.replace("harness class", "harness USAGE"))
    assert hdsl("export", "MAIN.hg", "--as", "skill", "--out", "skills", folder=folder).code == 0
    script = (folder / "skills" / "usage" / "scripts" / "run.py").read_text()
    names: dict[str, Any] = {"__file__": str(folder / "skills" / "usage" / "scripts" / "run.py")}
    with mock.patch("os.execv") as started, mock.patch("sys.argv", ["run.py"]), pytest.raises(SystemExit):
        started.side_effect = SystemExit
        exec(compile(script, "run.py", "exec"), names)
    words = started.call_args.args[1]
    assert words[-2:] == ["--harness", "USAGE"] and Path(words[-3]).is_file()


def test_functions_that_need_other_files_of_the_project_are_refused(folder: Path) -> None:
    tools = folder / "tool_router" / "tools.py"
    (folder / "tool_router" / "helper.py").write_text("MARK = 1\n")
    (folder / "tool_router" / "deep").mkdir()
    (folder / "tool_router" / "deep" / "er.py").write_text("")
    whole = tools.read_text()
    for line, said in [
        ("def later():\n    import helper\n", "tools.py imports `helper` ("),
        ("from deep.er import x", "imports `deep.er`"),
        ("from . import helper", "imports `.`"),
        ("import (", "tools.py is not Python"),
    ]:
        tools.write_text(f"{whole}\n{line}\n")
        for form in ("python", "skill", "plugin", "mcp"):
            words = ("export", "tool_router/tool_router.hg", "--as", form, "--out", "out")
            ended = hdsl(*words, folder=folder)
            assert ended.code == 2 and said in ended.err and not (folder / "out").exists(), ended.err
    tools.write_text(f"import helper\n{whole}")
    ran = hdsl("run", "tool_router/tool_router.hg", "--question", "Find the opening hours.", folder=folder)
    assert ran.code == 2 and "helper.py lies beside it, but a file of functions is loaded alone" in ran.err, ran.err


def test_ab_asks_in_pairs_and_says_whether_it_helps(folder: Path) -> None:
    def run(script: Any, *more: str) -> Any:
        kernel = ScriptedKernel(script)
        words = ("export", "router/router.hg", "--as", "skill", "--out", "skills", "--force", "--json", "--ab", *more)
        with mock.patch("hdsl.adapt.comparison.make_kernel", lambda settings, models, purse: kernel):
            ended = hdsl(*words, folder=folder)
        assert ended.code == 0, ended.err
        return ended.json["ab"][0], kernel.requests

    asked: dict[str, str] = {}
    rows = [json.loads(line) for line in (folder / "router" / "route.jsonl").read_text().splitlines()]
    asked |= {row["key"]: row["value"] for row in rows}

    def helped(request: Any) -> str:
        return asked.get(request.input, "?") if "## Do it by hand" in request.task else "people"

    found, requests = run(helped)
    held = {request.input for request in requests}
    assert found["gain"] > 0 and found["cases"] == len(requests) / 2
    shown = [request.task for request in requests if "## Do it by hand" in request.task]
    assert not any(f"Given: ` {question} `" in task for question in held for task in shown)
    page = (folder / "skills" / "router" / "references" / "ab.md").read_text()
    assert "95 % interval" in page and found["verdict"] in page
    nothing, _ = run("people")
    assert nothing["gain"] == 0 and "does not help" in nothing["verdict"]
    examples = [{"question": ["x"], "expected": ["y"]}]
    (folder / "data.jsonl").write_text("\n".join(map(json.dumps, examples)))
    refused = hdsl(
        *("export", "router/router.hg", "--as", "skill", "--out", "other", "--ab", "data.jsonl"), folder=folder
    )
    assert refused.code == 2 and "nothing is compared" in refused.err and not (folder / "other").exists()


def test_the_rows_that_tell_most_cover_the_rest() -> None:
    rows = [(f"apple pie {number}", f"apple pie {number}", "x") for number in range(50)]
    rows += [("zebra stripes", "zebra stripes", "y"), ("quantum field", "quantum field", "z")]
    chosen = telling_rows(rows, 3)
    assert {50, 51} < set(chosen) and len(chosen) == 3


def test_rules_of_skills_are_kept() -> None:
    good = '---\nname: "a-b"\ndescription: "d"\n---\n\nUse scripts/run.py.\n'
    assert problems_of("a-b", {"scripts/run.py": 1}, good) == []
    for text, said in [
        ("x", "frontmatter"),
        (good.replace("a-b", "A--b"), "single hyphens"),
        (good.replace('"d"', '"' + "d" * 1025 + '"'), "1024"),
        (good.replace('name: "a-b"', 'name: "a-b"\nmodel: "x"'), "not portable"),
        (good + "\n" * 500, "too many"),
        (good.replace("run.py", "gone.py"), "is not there"),
    ]:
        assert any(said in problem for problem in problems_of("a-b", {"scripts/run.py": 1}, text)), said
