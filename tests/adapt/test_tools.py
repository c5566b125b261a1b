"""Tools of an MCP server as operations: added, pinned, called in runs, learned through. The server is a process."""

import json
import shlex
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from unittest import mock

import pytest

from hdsl.check.session import check_file
from hdsl.ground.processes import is_alive
from hdsl.syntax.format import format_source
from hdsl.tools.lock import read_lock
from tests.commands import Ended, finish, hdsl, start, until
from tests.servers.scripted_kernel import ScriptedKernel

pytestmark = pytest.mark.skipif(find_spec("mcp") is None, reason="mcp is not installed")
SERVER = Path(__file__).parents[1] / "servers" / "tool_server.py"
LINES = '"lines": [{"text": "one"}, {"text": "two"}]'

USES = '''hdsl 1

use "tools.hg" as tools

harness write(request: text[B]) -> text[B] {
  budget(llm_calls=1, per=[B])

  note: tools.Note[B] = llm(request)
  said: text[B]       = tools.note(note)
  return said
}

harness count(line: text[1]) -> text[1] {
  words: tools.CountWords[1]       = llm(line)
  found: tools.CountWordsResult[1] = tools.count_words(words)
  shown: text[1]                   = "{found.count} words"
  return shown
}

experience counting: text -> tools.CountWords = [
  ("count", "how many", """{"text": "one two"}"""),
]

harness learn(line: text[1]) -> text[1] {
  words: tools.CountWords[1]       = expert(line, counting)
  found: tools.CountWordsResult[1] = tools.count_words(words)
  shown: text[1]                   = "{found.count} words"
  return shown
}

harness try_it(reason: text[1]) -> text[1] {
  told:   tools.Fail[1] = llm(reason)
  failed: text[1]       = tools.fail(told)
  why:    text[1]       = cause(failed)
  result: text[1]       = fallback(failed, why)
  return result
}

harness variables(when: text[1]) -> text[1] {
  found: text[1] = tools.environment(when)
  return found
}

harness shell(line: text[1]) -> text[1] {
  what: tools.Run[1] = llm(line)
  said: text[1]      = tools.run(what)
  return said
}

harness hang(seconds: text[1]) -> text[1] {
  what: tools.Wait[1] = llm(seconds)
  said: text[1]       = tools.wait(what, timeout=SECONDS)
  return said
}

harness end(code: text[1]) -> text[1] {
  what: tools.Die[1] = llm(code)
  said: text[1]      = tools.die(what)
  return said
}
'''


COMMAND = shlex.join([sys.executable, "-I", "-S", str(SERVER), "box"])


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with the tools added, and harnesses that use them."""
    (tmp_path / "box").mkdir()
    added = hdsl("add-tools", COMMAND, "--as", "tools", "--trust-read-only", "countWords", folder=tmp_path)
    assert added.code == 0, added.err
    (tmp_path / "main.hg").write_text(USES.replace("SECONDS", "600.0"))
    return tmp_path


def run(folder: Path, harness: str, *words: str, answers: Any = None, file: str = "main.hg") -> Ended:
    """Runs a harness whose model says what `answers` says: as a recording of a kernel that is scripted."""
    kernel = ScriptedKernel(answers if callable(answers) else lambda request: answers)
    with mock.patch("hdsl.run.asked.make_kernel", lambda settings, models, purse: kernel):
        return hdsl("run", file, "--harness", harness, *words, folder=folder)


def calls(folder: Path) -> list[Any]:
    path = folder / "box" / "calls"
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


def test_the_module_checks_is_laid_out_and_says_the_strictest(folder: Path) -> None:
    text = (folder / "tools.hg").read_text()
    assert [each.code for each in check_file(folder / "main.hg").diagnostics if each.severity == "error"] == []
    assert format_source(text) == text and "\x1b" not in text
    assert "!read !write !wait(timeout)" in text.split("op note(")[1].split("\n")[0]
    assert "!write" not in text.split("op count_words(")[1].split("\n")[0]
    assert "!read !write" in text.split("op environment(when")[1].split("\n")[0]  # its claim is not believed
    for part in (
        'file_name: text "the server says: Where to write it \\"now\\"',
        '# `file_name` is "file-name" to the tool.',
        "# `filter` holds JSON: one of several kinds of value.",
        "lines: list(NoteLines)",
        "times: int?",
        "owner: text?",
        'type NoteMode { "append", "replace" }',
        "count: int,",
    ):
        assert part in text, part
    cost = hdsl("cost", "main.hg", "--harness", "write", "--dim", "B=3", folder=folder)
    assert cost.out.splitlines()[-1].split()[:4] == ["in", "all", "3", "3"], cost.out


def test_arguments_arrive_as_the_tool_wants_them_and_records_come_back(folder: Path) -> None:
    answers = {
        "a": '{"file_name": "a.txt", "mode": "append", ' + LINES + ', "filter": "[1, 2]"}',
        "b": '{"file_name": "b.txt", ' + LINES + ', "owner": "Ann", "filter": "no JSON"}',
    }
    with mock.patch("hdsl.tools.servers.read_lock", wraps=read_lock) as reads:
        ended = run(folder, "write", "--request", "a", "--request", "b", answers=lambda request: answers[request.input])
    assert reads.call_count == 1  # in a run, however many elements and nodes call
    assert ended.code == 3 and "`filter` is not JSON" in ended.err
    lines = [{"text": "one"}, {"text": "two"}]
    sent = {"file-name": "a.txt", "mode": "append", "lines": lines, "owner": None, "filter": [1, 2]}
    assert calls(folder) == [["note", sent]] and (folder / "box" / "a.txt").read_text() == "one\ntwo"
    counted = run(folder, "count", "--line", "x", answers='{"text": "one two"}')
    assert (counted.code, counted.out) == (0, "2 words\n"), counted.err


def test_a_failed_tool_is_a_failed_element_and_a_dead_server_says_how_it_died(folder: Path) -> None:
    ended = run(folder, "try_it", "--reason", "x", answers='{"reason": "locked"}')
    assert (ended.code, ended.out) == (0, "the tool `fail` failed: no: locked\n"), ended.err
    dead = run(folder, "end", "--code", "x", answers='{"code": 7}')
    assert dead.code == 3 and "it ended with exit code 7: it was time to go" in dead.err
    (folder / "late.hg").write_text(USES.replace("SECONDS", "0.2"))
    late = run(folder, "hang", "--seconds", "x", answers='{"seconds": 600}', file="late.hg")
    assert late.code == 3 and "did not answer within 0.2 seconds" in late.err


def test_the_server_gets_no_secret_and_what_is_named(folder: Path) -> None:
    secrets = {"OPENAI_API_KEY": "sk-0123456789abcdef", "NOTES_PLACE": "at-home", "OTHER": "x"}
    with pytest.MonkeyPatch.context() as patch:
        for name, value in secrets.items():
            patch.setenv(name, value)
        names = json.loads(run(folder, "variables", "--when", "now").out)
        assert "PATH" in names and not {*secrets} & {*names}
        added = hdsl("add-tools", COMMAND, "--as", "tools", "--env", "NOTES_PLACE", "--force", folder=folder)
        assert added.code == 0 and "at-home" not in (folder / "tools.lock").read_text()
        names = json.loads(run(folder, "variables", "--when", "now").out)
        assert "NOTES_PLACE" in names and "OPENAI_API_KEY" not in names


def test_a_changed_tool_is_refused_until_it_is_accepted(folder: Path) -> None:
    note = '{"file_name": "a.txt", ' + LINES + "}"
    (folder / "box" / "changed").touch()
    ended = run(folder, "write", "--request", "a", answers=note)
    assert ended.code == 2 and calls(folder) == []
    for said in ("is not the one that was pinned", '"Writes a note."', "`x` is new", "add-tools --accept"):
        assert said in ended.err, ended.err
    assert run(folder, "count", "--line", "x", answers='{"text": "one"}').code == 0  # others are as they were
    accepted = hdsl("add-tools", "--accept", "tools.hg", folder=folder)
    assert accepted.code == 0 and "changed: note: its description was" in accepted.err
    assert "!write" not in (folder / "tools.hg").read_text().split("op count_words(")[1].split("\n")[0]
    assert run(folder, "write", "--request", "a", answers='{"x": "1"}').code in (0, 3)
    assert calls(folder)[-1] == ["note", {"x": "1"}]
    # Changed while it runs: said by the server.
    (folder / "box" / "changed").unlink()
    (folder / "box" / "asked").touch()
    assert hdsl("add-tools", "--accept", "tools.hg", folder=folder).code == 0
    text = (
        USES.replace("SECONDS", "600.0")
        .replace("calls=1", "calls=2")
        .replace("said: text[B]       = tools.note(note)\n  return said", TWICE)
    )
    (folder / "twice.hg").write_text(text)

    def answer(request: Any) -> str:
        if request.name == "second":
            (folder / "box" / "changed").touch()
        return note.replace("a.txt", f"{request.name}.txt")

    before = len(calls(folder))
    ended = run(folder, "write", "--request", "a", answers=answer, file="twice.hg")
    assert ended.code == 2 and "was pinned" in ended.err, ended.err
    assert len(calls(folder)) == before + 1


TWICE = """first: text[B]       = tools.note(note)
  again:  text[B]       = "{first} again"
  second: tools.Note[B] = llm(again)
  done:   text[B]       = tools.note(second)
  return done"""


def test_the_policy_holds_for_servers_tools_and_the_commands_they_are_given(folder: Path) -> None:
    note = '{"file_name": "a.txt", ' + LINES + "}"
    bad = run(folder, "shell", "--line", "x", answers='{"command": "rm -rf /"}')
    assert bad.code == 3 and "recursive-delete" in bad.err and "was not called" in bad.err and calls(folder) == []
    (folder / "hdsl.toml").write_text('[policy]\ndeny = ["mcp tools n*"]\n')
    denied = run(folder, "write", "--request", "a", answers=note)
    assert denied.code == 3 and "`mcp tools note` was not called" in denied.err
    assert run(folder, "count", "--line", "x", answers='{"text": "one"}').code == 0
    (folder / "hdsl.toml").write_text('[policy]\ndefault = "deny"\nallow = ["mcp tools *"]\n')
    unstarted = run(folder, "count", "--line", "x", answers='{"text": "one"}')
    assert unstarted.code == 3 and "was not started" in unstarted.err


def test_locks_that_do_not_fit_are_refused_before_anything_runs(folder: Path) -> None:
    lock = folder / "tools.lock"
    whole = lock.read_text()
    module = (folder / "tools.hg").read_text()
    for text, said in [
        (None, "there is no tools.lock"),
        ("{", "tools.lock is not JSON"),
        (whole.replace("Writes a note.", "Writes a lie."), "is not the one of its hash"),
        (whole.replace('"count_words"', '"another"'), "has no tool for the operation `count_words`"),
        (whole.replace('"version": 1', '"version": 9'), "version 9"),
        (whole.replace('"trusted_read_only": true', '"trusted_read_only": false'), "does not declare `!write`"),
    ]:
        lock.unlink(missing_ok=True)
        if text is not None:
            lock.write_text(text)
        ended = run(folder, "count", "--line", "x", answers='{"text": "one"}')
        assert ended.code == 2 and said in ended.err, ended.err
    lock.write_text(whole)
    (folder / "tools.hg").write_text(module.replace("!read !write !wait(timeout)", "!wait(timeout)", 1))
    assert "HG120" in hdsl("check", "main.hg", folder=folder).out


def test_backward_asks_for_better_fields_and_never_calls_a_tool_again(folder: Path) -> None:
    import hdsl as api

    asked: list[Any] = []

    def answer(request: Any) -> str:
        asked.append(request)
        return '{"text": "one two three"}' if request.kind == "gradient" else '{"text": "one two"}'

    with api.load(folder / "main.hg", "learn", kernel=ScriptedKernel(answer)) as module:
        result = module("how many")
        result.ft_forward()
        api.get_exact_match(result, api.make_tensor(["3 words"], module.home)).mean().backward()
        api.StSGD(module.parameters(), lr=1.0).step()
        assert module.rows()["counting"][0][2] == '{"text": "one two three"}'
    assert [name for name, _ in calls(folder)] == ["countWords"]
    first = next(each for each in asked if each.kind == "gradient")
    assert first.form is not None and first.correction.expected == ('{"count": 3, "first": "one"}',)


def test_nothing_of_a_server_outlives_its_run(folder: Path) -> None:
    import signal

    (folder / "plain.hg").write_text(
        USES.replace("SECONDS", "600.0").replace(
            "what: tools.Wait[1] = llm(seconds)", "what: tools.Wait[1] = made(seconds)"
        )
        + '\nop made(x: text[*S]) -> tools.Wait[*S] = "making:given"\n'
    )
    (folder / "making.py").write_text("def given(x):\n    return '{\"seconds\": ' + x + '}'\n")
    process = start("run", "plain.hg", "--harness", "hang", "--seconds", "600", folder=folder)
    assert until(lambda: any((folder / "box").glob("waiting-*")), 100.0)
    (server,) = (path.name.partition("-")[2] for path in (folder / "box").glob("waiting-*"))
    process.kill()
    assert finish(process).code == -signal.SIGKILL
    assert until(lambda: not is_alive(int(server)), 60.0)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("/no/such/server", "--as", "x"), "it cannot be started"),
        ((f"{sys.executable} -c pass", "--as", "x"), "the server `x` cannot be used"),
        ((f"{sys.executable} -c 'print(99999 * chr(91), flush=True); input()'", "--as", "x"), "nested too deeply"),
        (("http://example.com/mcp", "--as", "x"), "needs https"),
        (("https://me:secret@example.com/mcp", "--as", "x"), "must hold no password"),
        (("cat", "--as", "use"), "a name in small letters"),
        (("cat",), "name the SERVER"),
        (("'", "--as", "x"), "cannot be read"),
        (("cat", "--as", "x", "--env", "A=b"), "not the name of a variable"),
        (("--accept", "none.hg"), "there is no none.lock"),
        ((COMMAND.replace(" box", " ."), "--as", "x", "--trust-read-only", "note"), "does not say that it only reads"),
    ],
)
def test_what_cannot_be_added_is_said_and_leaves_nothing(tmp_path: Path, words: tuple[str, ...], said: str) -> None:
    ended = hdsl("add-tools", *words, folder=tmp_path)
    assert ended.code == 2 and said in ended.err, ended.err
    assert list(tmp_path.iterdir()) == []


def test_a_module_that_is_there_is_not_written_over(folder: Path) -> None:
    before = (folder / "tools.hg").read_text()
    again = hdsl("add-tools", COMMAND, "--as", "tools", folder=folder)
    assert again.code == 2 and "--force" in again.err and (folder / "tools.hg").read_text() == before
    unknown = hdsl("add-tools", COMMAND, "--as", "tools", "--tool", "note2", "--force", folder=folder)
    assert unknown.code == 2 and "did you mean `note`" in unknown.err.lower()
    one = hdsl("add-tools", COMMAND, "--as", "one", "--tool", "note", "--json", folder=folder)
    assert list(one.json["operations"]) == ["note"] and "countWords" in one.json["left_out"]
