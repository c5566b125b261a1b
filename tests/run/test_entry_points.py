"""Which Python code a file may name: its own, the project's, and what the configuration allows."""

from pathlib import Path

import pytest

from hdsl.check.entry import checked_module
from hdsl.check.session import check_file
from hdsl.configuration.entry_points import NO_ENTRIES, EntryRefused, EntryRules, check_entry, is_entry, is_pattern
from hdsl.run.entries import EntryError, load_entry
from tests.commands import hdsl

PROGRAM = """hdsl 1

op change(line: text[*S]) -> text[*S] = "{entry}"

harness main(line: text[B]) -> text[B] {{
  out: text[B] = change(line)
  return out
}}
"""
UPPER = "import pathlib\npathlib.Path('imported').write_text('')\ndef upper(line):\n    return line.upper()\n"
FOREIGN = [
    "subprocess:getoutput",
    "os:system",
    "os.path:join",
    "builtins:eval",
    "json:dumps",
    "hdsl:load",
    "hdsl.cli.main:main",
    "hdsl.storage.layout:write_atomically",
    "hdsl.ops.llm:llm",
    "hdsl.ops.terminal:send_text",
    "hdsl.check.entry_points:_is_installed",
]


def write(folder: Path, entry: str, allow: str | None = None) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    if allow is not None:
        (folder / "hdsl.toml").write_text(f"[operations]\nallow = [{allow}]\n", encoding="utf-8")
    file = folder / "main.hg"
    file.write_text(PROGRAM.format(entry=entry), encoding="utf-8")
    return file


def codes(file: Path, entries: EntryRules | None = None) -> list[str]:
    return [each.code for each in check_file(file, entries=entries).diagnostics]


@pytest.mark.parametrize("entry", FOREIGN)
def test_code_of_others_is_refused_by_the_checker_and_does_not_run(tmp_path: Path, entry: str) -> None:
    write(tmp_path, entry)
    ended = hdsl("run", "main.hg", "--line", "touch ran", folder=tmp_path)
    assert (ended.code, ended.out) == (1, "")
    assert f"`{entry}` is not allowed: " in ended.err
    assert "main.hg:3:41" in ended.err
    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize("entry", ["os.path:os.system", "subprocess:Popen.__init__", "../own:upper", "/own:upper"])
def test_a_function_has_no_dots_and_a_module_no_slashes(tmp_path: Path, entry: str) -> None:
    assert codes(write(tmp_path, entry)) == ["HG114"]


@pytest.mark.parametrize("entry", [*FOREIGN, "os.path:os.system", "no_such_module:f"])
def test_what_was_never_checked_is_refused_before_it_is_imported(tmp_path: Path, entry: str) -> None:
    _, module = checked_module(write(tmp_path, "own:upper"), str(tmp_path / "main.hg"))
    signature = module.callables["change"]._replace(entry=entry)
    with pytest.raises(EntryError, match="the operation `change` cannot run: "):
        load_entry(signature, EntryRules(tmp_path))


def test_code_beside_the_file_runs_and_is_not_imported_by_the_checker(tmp_path: Path) -> None:
    write(tmp_path, "os:upper")
    (tmp_path / "os.py").write_text(UPPER, encoding="utf-8")
    assert hdsl("check", "main.hg", folder=tmp_path).code == 0
    assert not (tmp_path / "imported").exists()
    assert hdsl("run", "main.hg", "--line", "a", folder=tmp_path).out == "A\n"


def test_code_of_the_project_runs_for_files_in_its_folders(tmp_path: Path) -> None:
    (tmp_path / "hdsl.toml").write_text("", encoding="utf-8")
    (tmp_path / "tools").mkdir()
    (tmp_path / "tools" / "texts.py").write_text(UPPER, encoding="utf-8")
    write(tmp_path / "agents", "tools.texts:upper")
    assert hdsl("run", "agents/main.hg", "--line", "a", folder=tmp_path).out == "A\n"


@pytest.mark.parametrize("allow", ['"textwrap:dedent"', '"textwrap:*"', '"textwrap.*"'])
def test_what_the_configuration_allows_runs(tmp_path: Path, allow: str) -> None:
    write(tmp_path, "textwrap:dedent", allow)
    assert hdsl("run", "main.hg", "--line", "  a", folder=tmp_path).out == "a\n"


@pytest.mark.parametrize("allow", ['"textwrap:indent"', '"text.*"', '"textwrapper.*"'])
def test_nothing_else_does(tmp_path: Path, allow: str) -> None:
    assert codes(write(tmp_path, "textwrap:dedent", allow)) == ["HG120"]


@pytest.mark.parametrize("allow", ['"*"', '"hdsl.*"', '"hdsl.cli.main:main"', '"a:b.c"', '"../a:b"', "1", '""'])
def test_what_cannot_be_allowed_is_said_with_its_place(tmp_path: Path, allow: str) -> None:
    write(tmp_path, "own:upper", allow)
    ended = hdsl("check", "main.hg", folder=tmp_path)
    assert (ended.code, ended.out) == (2, "")
    assert "hdsl.toml:2: " in ended.err
    assert "can be allowed" in ended.err


def test_a_file_that_is_used_allows_itself_nothing(tmp_path: Path) -> None:
    write(tmp_path / "theirs", "textwrap:dedent", '"textwrap:dedent"')
    (tmp_path / "ours.hg").write_text(
        'hdsl 1\n\nuse "theirs/main.hg" as theirs\n\nharness ours(line: text[B]) -> text[B] {\n'
        "  out: text[B] = theirs.main(line)\n  return out\n}\n",
        encoding="utf-8",
    )
    (tmp_path / "hdsl.toml").write_text("", encoding="utf-8")
    assert codes(tmp_path / "ours.hg") == ["HG120"]
    assert codes(tmp_path / "theirs" / "main.hg") == []


def test_a_link_out_of_the_project_is_not_the_projects(tmp_path: Path) -> None:
    (tmp_path / "elsewhere.py").write_text(UPPER, encoding="utf-8")
    file = write(tmp_path / "project", "own:upper")
    (tmp_path / "project" / "own.py").symlink_to(tmp_path / "elsewhere.py")
    assert codes(file) == ["HG120"]
    assert hdsl("run", "main.hg", "--line", "a", folder=tmp_path / "project").code == 1
    assert not (tmp_path / "project" / "imported").exists()


def test_files_of_strangers_name_no_code_at_all(tmp_path: Path) -> None:
    file = write(tmp_path, "own:upper", '"own:*"')
    (tmp_path / "own.py").write_text(UPPER, encoding="utf-8")
    assert codes(file) == []
    assert codes(file, NO_ENTRIES) == ["HG120"]
    assert codes(write(tmp_path, "nowhere_at_all:upper"), NO_ENTRIES) == ["HG120"]
    assert codes(write(tmp_path, "hdsl.ops.texts:first_line"), NO_ENTRIES) == []


def test_a_loss_is_held_to_the_same(tmp_path: Path) -> None:
    (tmp_path / "main.hg").write_text(
        'hdsl 1\n\nop far(actual: text[*S], expected: text[*S]) -> score[*S] = "os.path:commonprefix"\n\n'
        'experience rows: text -> text = [("a", "a", "b")]\n\nharness main(line: text[1]) -> text[1] {\n'
        "  out: text[1] = expert(line, rows)\n  return out\n}\n\n"
        'train main {\n  data = load("d.jsonl")\n  loss = far\n}\n',
        encoding="utf-8",
    )
    (tmp_path / "d.jsonl").write_text('{"line": "a", "expected": "b"}\n', encoding="utf-8")
    ended = hdsl("train", "main.hg", folder=tmp_path)
    assert (ended.code, ended.out) == (1, "")
    assert "HG120" in ended.err


def test_the_forms_of_entries_and_patterns() -> None:
    assert all(map(is_entry, ["a:b", "a.b:c"]))
    assert not any(map(is_entry, ["a", "a:", ":b", "a:b:c", "a.b", "a..b:c", "a.py:b", "a:b.c", "a/b:c", "1:b"]))
    assert not is_entry("a:b\n")
    assert all(map(is_pattern, ["a:b", "a.b:c", "a:*", "a.b.*"]))
    assert not any(map(is_pattern, ["*", "a", "*:b", "a.*:b", "a*", "a:b*"]))
    with pytest.raises(EntryRefused):
        check_entry("a:b", frozenset(), Path(), NO_ENTRIES, {})
