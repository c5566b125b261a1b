"""Files that no one writes by hand: a check answers, in work that grows with their size, and shows no traceback."""

import contextlib
import json
import os
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from hdsl.check.diagnostic import Diagnostic
from hdsl.check.library import library
from hdsl.check.limits import DEEPEST_USE, MOST_ERRORS
from hdsl.check.render import github, gitlab, human, sarif
from hdsl.check.render import json as json_render
from hdsl.check.session import check_file
from hdsl.syntax.grammar import lark_parser
from hdsl.syntax.reading import driver
from hdsl.syntax.tables import tables
from tests.check.hostile import KINDS
from tests.check.texts import REPLY, check_text, codes_of
from tests.commands import Ended, hdsl

GROWING = (
    "braces that close", "calls in calls", "open brackets", "lists in lists", "open harnesses", "bodies without end",
    "harnesses", "labels", "labels with a colon", "rows of wrong labels", "uses", "tests of one name",
    "tests that expect nothing", "training blocks", "words before", "unknown keywords", "nodes in a chain",
    "unused nodes",
    "nodes without annotation", "nodes with another annotation", "unknown names", "one unknown name",
    "unknown operations",
    "unknown options", "used too early", "cases", "cases of one label", "cases that are not labels",
    "unknown branches", "unknown budgets", "broken statements", "broken calls", "comments that allow",
    "codes in one comment", "allowed nodes", "texts without end", "semicolons", "documented harnesses",
)  # fmt: skip
"""What once took time that grew faster than the file."""


def work_of(act: Callable[[], Any]) -> int:
    """How many calls something makes."""
    calls = 0

    def count(frame: Any, event: str, argument: Any) -> None:
        nonlocal calls
        calls += event in ("call", "c_call")

    before = sys.getprofile()
    sys.setprofile(count)
    try:
        act()
    finally:
        sys.setprofile(before)
    return calls


@pytest.mark.parametrize("kind", GROWING)
def test_work_grows_with_the_file_and_no_faster(tmp_path, kind):
    def work(n: int) -> int:
        path = tmp_path / f"{n}.hg"
        path.write_text(KINDS[kind](n), encoding="utf-8")
        return work_of(lambda: check_file(path))

    work(2)  # what is read once
    assert work(200) <= 2.5 * work(100)


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="reads the memory of a process from Linux's /proc")
@pytest.mark.parametrize(
    "kind", ["a text without end", "a long text", "a long text of lines", "escapes", "comments", "blank lines"]
)
def test_a_long_text_takes_no_memory_for_each_of_its_characters(tmp_path, kind):
    path = tmp_path / "main.hg"
    unit = len(KINDS[kind](2)) - len(KINDS[kind](1))
    path.write_text(KINDS[kind](1_500_000 // unit), encoding="utf-8")
    code = """if True:
        import sys
        from pathlib import Path
        from hdsl.check.session import check_file
        check_file(Path(sys.argv[1]))
        status = Path("/proc/self/status").read_text()  # what getrusage says counts the process before exec too
        print(next(line.split()[1] for line in status.splitlines() if line.startswith("VmHWM")))
    """
    ended = subprocess.run([sys.executable, "-c", code, str(path)], capture_output=True, text=True, check=True)
    assert int(ended.stdout) < 150_000  # kilobytes


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_is_answered(tmp_path, kind):
    for diagnostic in check_text(tmp_path, KINDS[kind](25)):
        span = diagnostic.place.span
        assert 0 <= span.start <= span.end <= len(diagnostic.place.source.text)


def test_more_errors_than_are_reported_end_the_check_and_are_said(tmp_path):
    found = check_text(tmp_path, KINDS["unknown operations"](MOST_ERRORS + 500))
    assert len(found) == MOST_ERRORS + 1
    assert [each.code for each in found if "1,000 errors" in each.message] == ["HG807"]


def test_warnings_have_no_limit_and_every_format_shows_them_all(tmp_path):
    found = check_text(tmp_path, KINDS["unused nodes"](3000))
    assert [each.code for each in found] == ["HG104"] * 3000
    assert human.render(found, ["main.hg"]).count("HG104") == 3000
    assert len(json.loads(json_render.render(found, ["main.hg"]))["diagnostics"]) == 3000
    assert len(json.loads(sarif.render(found, ["main.hg"]))["runs"][0]["results"]) == 3000
    assert len(json.loads(gitlab.render(found, ["main.hg"]))) == 3000
    assert len(github.render(found, ["main.hg"]).splitlines()) == 3000


@pytest.mark.parametrize("format", [human, json_render, sarif, gitlab, github])
def test_rendering_grows_with_what_was_found(tmp_path, format):
    def work(n: int) -> int:
        found = check_text(tmp_path, KINDS["unused nodes"](n))
        return work_of(lambda: format.render(found, ["main.hg"]))

    work(2)
    assert work(200) <= 2.5 * work(100)


# Programs


def _doubling(n: int) -> str:
    text = REPLY.replace("reply", "h0")
    for i in range(1, n):
        call = f"  a: text[1] = h{i - 1}(m)\n  b: text[1] = h{i - 1}(a)\n"
        text += f"\nharness h{i}(m: text[1]) -> text[1] {{\n{call}  return b\n}}\n"
    return text


def test_harnesses_that_double_are_refused_where_they_are_too_large(tmp_path):
    found = check_text(tmp_path, _doubling(40))
    assert {each.code for each in found if each.severity == "error"} >= {"HG807"}
    assert "20,000 nodes" in next(each.message for each in found if each.code == "HG807")


def test_a_long_chain_of_calls_is_refused_and_a_shorter_one_is_not(tmp_path):
    assert codes_of(tmp_path, KINDS["harnesses in a chain"](150)) == []
    assert set(codes_of(tmp_path, KINDS["harnesses in a chain"](300))) == {"HG807"}


def test_effects_that_are_too_many_to_order_are_said(tmp_path):
    assert codes_of(tmp_path, KINDS["nodes that write"](100)) == []
    assert codes_of(tmp_path, KINDS["nodes that write"](400)) == ["HG807"]


# Modules


def _module(folder: Path, name: str, *uses: str) -> None:
    lines = "".join(f'use "{each}" as m{i}\n' for i, each in enumerate(uses))
    (folder / name).write_text(f"hdsl 1\n\n{lines}", encoding="utf-8")


def test_modules_in_diamonds_are_read_once_each(tmp_path):
    for i in range(25):
        _module(tmp_path, f"{i}.hg", f"{i + 1}.hg", f"./{i + 1}.hg", f"../{tmp_path.name}/{i + 1}.hg")
    (tmp_path / "hdsl.toml").write_text("", encoding="utf-8")
    _module(tmp_path, "25.hg")
    opened: list[str] = []

    def count(frame: Any, event: str, argument: Any) -> None:
        if event == "call" and frame.f_code.co_name == "open" and frame.f_code.co_filename.endswith("check/project.py"):
            opened.append(str(frame.f_locals["path"]))

    sys.setprofile(count)
    try:
        check_file(tmp_path / "0.hg")
    finally:
        sys.setprofile(None)
    assert len([path for path in opened if path.startswith(str(tmp_path))]) == 26


def test_a_chain_of_modules_has_a_limit_that_is_said(tmp_path):
    for i in range(DEEPEST_USE + 20):
        _module(tmp_path, f"{i}.hg", f"{i + 1}.hg")
    _module(tmp_path, f"{DEEPEST_USE + 20}.hg")
    assert "HG807" in {each.code for each in check_file(tmp_path / "0.hg").diagnostics}
    assert "HG807" not in {each.code for each in check_file(tmp_path / "50.hg").diagnostics}


# Numbers and texts


NUMBER = "9" * 5000


@pytest.mark.parametrize(
    "text",
    [
        f"dim K = {NUMBER}\n",
        REPLY.replace("hdsl 1\n", "").replace("llm(message)", f"expand(message, to=[1, {NUMBER}])"),
        REPLY.replace("hdsl 1\n", "").replace("llm(message)", f"message[{NUMBER}]"),
        REPLY.replace("hdsl 1\n", "").replace("llm(message)", f"message[-{NUMBER}:{NUMBER}]"),
        REPLY.replace("hdsl 1\n", "").replace("text[1] {", f"text[{NUMBER}] {{"),
        REPLY.replace("hdsl 1\n", "").replace("  answer", f"  budget(seconds={NUMBER}.5)\n  answer"),
        REPLY.replace("hdsl 1\n", "") + f"\ntrain reply {{\n  epochs = {NUMBER}\n}}\n",
    ],
)
def test_numbers_of_very_many_digits_are_said(tmp_path, text):
    assert "HG807" in codes_of(tmp_path, f"hdsl 1\n\n{text}")


def test_a_version_of_very_many_digits_is_answered(tmp_path):
    assert codes_of(tmp_path, REPLY.replace("hdsl 1", f"hdsl {NUMBER}"))


@pytest.mark.parametrize("pattern", ["(((", "[", "a{2,1}", "*", "(?P<a>b)(?P<a>c)", "(?z)", "(" * 5000 + ")" * 5000])
def test_a_pattern_that_is_none_is_said(tmp_path, pattern):
    text = REPLY.replace("llm(message)", f'until_match(message, pattern="{pattern}")')
    assert codes_of(tmp_path, text) == ["HG219"]


@pytest.mark.parametrize("text", ["# \u202e", 'dim K = 1 # "\u2066"', 'test "\u2069" {'])
def test_what_turns_the_direction_of_writing_is_said(tmp_path, text):
    assert "HG014" in codes_of(tmp_path, f"hdsl 1\n{text}\n")


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-32", "latin-1"])
def test_other_encodings_are_said(tmp_path, encoding):
    (tmp_path / "main.hg").write_bytes(REPLY.replace("answer", "anté").encode(encoding))
    assert check_file(tmp_path / "main.hg").diagnostics[0].code == "HG802"


# Files of rows


def loaded(folder: Path, name: str) -> tuple[Diagnostic, ...]:
    return check_text(folder, f'hdsl 1\n\nexperience tone: text -> text = load("{name}")\n')


def trained(folder: Path, name: str) -> tuple[Diagnostic, ...]:
    return check_text(folder, f'{REPLY}\ntrain reply {{\n  data = load("{name}")\n}}\n')


@pytest.mark.parametrize(
    "row",
    [
        '{"query": "a", "query": "b", "key": "k", "value": "v"}',
        "[" * 100_000,
        '{"query": ' + "[" * 100_000,
        f'{{"query": {NUMBER}, "key": "k", "value": "v"}}',
    ],
)
def test_rows_that_are_none_are_said_at_their_line(tmp_path, row):
    fine = {
        "rows.jsonl": '{"query": "q", "key": "k", "value": "v"}\n',
        "data.jsonl": '{"message": "a", "expected": "b"}\n',
    }
    for name, first in fine.items():
        (tmp_path / name).write_text(f"{first}{row}\n", encoding="utf-8")
    (found,) = loaded(tmp_path, "rows.jsonl")
    assert (found.code, found.place.source.position(found.place.span.start)[0]) == ("HG803", 2)
    assert any(each.code == "HG806" for each in trained(tmp_path, "data.jsonl"))


@pytest.fixture
def secret(tmp_path) -> str:
    """A file beside the project whose content must not be shown."""
    (tmp_path / "secret").mkdir()
    for name in ("key.pem", "rows.jsonl", "rows.csv", "lib.hg"):
        (tmp_path / "secret" / name).write_text("TOP-SECRET\n", encoding="utf-8")
    (tmp_path / "work").mkdir()
    (tmp_path / "work" / "hdsl.toml").write_text("", encoding="utf-8")
    (tmp_path / "work" / "link.jsonl").symlink_to(tmp_path / "secret" / "rows.jsonl")
    (tmp_path / "work" / "link").symlink_to(tmp_path / "secret")
    (tmp_path / "work" / "key.pem").write_text("TOP-SECRET\n", encoding="utf-8")
    return str(tmp_path / "secret")


@pytest.mark.parametrize(
    "name",
    ["SECRET/key.pem", "SECRET/rows.jsonl", "SECRET/rows.csv", "../secret/rows.jsonl", "link.jsonl", "link/rows.jsonl",
     "./x/../../secret/rows.jsonl", "key.pem", "/etc/shadow", "/etc/passwd", "/proc/self/environ"],
)  # fmt: skip
def test_a_file_outside_of_the_project_or_of_another_kind_is_not_shown(secret, tmp_path, name):
    work = tmp_path / "work"
    named = name.replace("SECRET", secret)
    for found in (loaded(work, named), trained(work, named)):
        assert [each.code for each in found] == ["HG804"]
        assert "TOP-SECRET" not in human.render(found, [])
    module = named.replace("rows.jsonl", "lib.hg")
    (found,) = [each for each in check_text(work, f'hdsl 1\n\nuse "{module}" as m\n') if each.severity == "error"]
    assert found.code in ("HG804", "HG801") and "TOP-SECRET" not in human.render([found], [])


def test_a_file_above_is_read_where_it_is_of_the_project(secret, tmp_path):
    inner = tmp_path / "work" / "deep" / "er"
    inner.mkdir(parents=True)
    (tmp_path / "work" / "rows.jsonl").write_text('{"query": "q", "key": "k", "value": "v"}\n', encoding="utf-8")
    assert loaded(inner, "../../rows.jsonl") == ()


# What is not a file


@pytest.fixture
def odd(tmp_path) -> dict[str, str]:
    """Things that have a name and are not files, by what they are."""
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "zero").symlink_to("/dev/zero")
    (tmp_path / "loop").symlink_to("loop")
    (tmp_path / "folder").mkdir()
    with socket.socket(socket.AF_UNIX) as listening, contextlib.chdir(tmp_path):
        listening.bind("socket")
    return {name: str(tmp_path / name) for name in ("pipe", "zero", "loop", "folder", "socket")}


@pytest.mark.parametrize("kind", ["pipe", "zero", "loop", "folder", "socket"])
def test_what_is_no_file_is_named_where_it_is_wanted(odd, tmp_path, kind):
    work = tmp_path / "work"
    work.mkdir()
    for name in ("lib.hg", "rows.jsonl", "main.hg"):
        (work / name).symlink_to(odd[kind])
    (tmp_path / "hdsl.toml").write_text("", encoding="utf-8")
    assert loaded(work / "..", "work/rows.jsonl")[0].code in ("HG804", "HG801", "HG803")
    assert trained(work / "..", "work/rows.jsonl")[0].code in ("HG804", "HG801")
    assert check_text(work / "..", 'hdsl 1\n\nuse "work/lib.hg" as lib\n')[0].code in ("HG804", "HG801")
    for command in ("check", "fmt", "graph", "cost"):
        ended = hdsl(command, "main.hg", folder=work)
        assert ended.code == 2 and ended.err.startswith(f"hdsl {command}: "), (command, ended)
        assert "main.hg" in ended.err or kind == "folder"


@pytest.mark.parametrize("kind", ["pipe", "zero", "folder", "socket"])
@pytest.mark.parametrize("name", ["hdsl.toml", "pyproject.toml"])
def test_a_configuration_that_is_no_file_is_named(odd, tmp_path, kind, name):
    work = tmp_path / "work"
    work.mkdir()
    (work / name).symlink_to(odd[kind])
    (work / "main.hg").write_text(REPLY, encoding="utf-8")
    ended = hdsl("check", "main.hg", folder=work)
    assert (ended.code, name in ended.err) == (2, True)


@pytest.mark.parametrize(
    "text", [f"levels = {'[' * 20_000}", f"concurrency = {NUMBER}", "\0", "[" * 10_000, "\n" * 100_000]
)
def test_a_configuration_of_anything_is_answered(tmp_path, text):
    (tmp_path / "hdsl.toml").write_text(text, encoding="utf-8")
    (tmp_path / "main.hg").write_text(REPLY, encoding="utf-8")
    ended = hdsl("check", "main.hg", folder=tmp_path)
    assert ended.code == 0 if not text.strip() else ended.code == 2 and "hdsl.toml" in ended.err


# Caches


def test_damaged_caches_are_made_anew(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    work = tmp_path / "work"
    work.mkdir()
    (work / "main.hg").write_text(REPLY.replace("llm(message)", "llm(mesage)").replace("return answer", "return answr"))
    (work / "broken.hg").write_text(REPLY.rstrip().removesuffix("}"))

    def checked() -> Ended:
        for known in (library, driver, tables, lark_parser):
            known.cache_clear()
        return hdsl("check", ".", folder=work)

    expected = checked()
    kept = [path for path in (tmp_path / "cache").rglob("*") if path.is_file()]
    assert len(kept) >= 3
    for path in kept:
        whole = path.read_bytes()
        places = (1, len(whole) // 2, len(whole) - 2)
        damaged = [whole[:place] + bytes([whole[place] ^ 4]) + whole[place + 1 :] for place in places]
        for content in (*damaged, b"", b"[" * 100_000, b"{}"):
            path.write_bytes(content)
            assert checked() == expected
        path.unlink()
        os.mkfifo(path)
        assert checked() == expected
        path.unlink(missing_ok=True)


# Paths in reports


def test_reports_name_files_from_the_working_folder(tmp_path):
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "x y.hg").write_text(REPLY.replace("llm(message)", "lmm(message)"), encoding="utf-8")
    named = str(tmp_path / "sub" / "x y.hg")
    for paths in ((".", "sub/x y.hg", named), ("./sub/../sub/x y.hg",), (named,)):
        found = hdsl("check", *paths, "--format", "json", folder=tmp_path).json
        assert [each["file"] for each in found["diagnostics"]] == ["sub/x y.hg"]
        run = hdsl("check", *paths, "--format", "sarif", folder=tmp_path).json["runs"][0]
        assert [each["location"]["uri"] for each in run["artifacts"]] == ["sub/x%20y.hg"]
        assert "file=sub/x y.hg," in hdsl("check", *paths, "--format", "github", folder=tmp_path).out
        assert hdsl("check", *paths, "--format", "gitlab", folder=tmp_path).json[0]["location"]["path"] == "sub/x y.hg"


def test_a_file_that_is_elsewhere_has_an_address_of_its_own(tmp_path):
    (tmp_path / "x.hg").write_text(REPLY.replace("llm(message)", "lmm(message)"), encoding="utf-8")
    (tmp_path / "here").mkdir()
    run = hdsl("check", str(tmp_path / "x.hg"), "--format", "sarif", folder=tmp_path / "here").json["runs"][0]
    assert run["artifacts"][0]["location"]["uri"] == f"file://{tmp_path}/x.hg"
