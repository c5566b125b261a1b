"""What reaches a real shell past the policy: nothing that it denies, however the line came to stand there."""

import asyncio
import shutil

import pytest

from hdsl.future.loop import run_sync
from hdsl.policy import Rules
from hdsl.policy.guard import Guard
from hdsl.terminal import Terminal, TypingRefused

FILE = "kept.txt"


async def _open(folder, rules=None, ask=None):
    terminal = Terminal(folder, gate=Guard(rules or Rules(), ask))
    return terminal, await terminal.open()


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "victim").mkdir()
    (tmp_path / "victim" / FILE).write_text("kept")
    return tmp_path


@pytest.fixture
def shell(folder):
    terminal, session = run_sync(_open(folder))
    yield session
    run_sync(terminal.close())


async def _type(session, *steps):
    for step in steps:
        await session.send_keys(step)


async def _refused(session, *steps):
    with pytest.raises(TypingRefused) as caught:
        await _type(session, *steps)
    return str(caught.value)


async def _line(session, text):
    await _type(session, f"T {text}", "C Enter")
    assert await session.wait_idle(60)


async def _shown(session, text):
    """Waits until a program shows a text."""
    async with asyncio.timeout(60):
        while text not in await session.capture():
            await asyncio.sleep(0.02)


DENIED = "T rm -rf victim"
LINES = {
    "whole": [DENIED, "C Enter"],
    "by another name of Enter": [DENIED, "C C-m"],
    "by C-j": [DENIED, "C C-j"],
    "by C-o": [DENIED, "C C-o"],
    "in pieces": ["T r", "T m -", "T rf vic", "T tim", "C Enter"],
    "mended in its middle": ["T rxm -rf victim", "C C-a", "C Right", "C Delete", "C Enter"],
    "mended with Backspace": ["T rmm", "C BSpace", "T  -rf victim", "C Enter"],
    "killed and yanked": ["T echo rm -rf victim", "C C-a", "C M-d", "C C-d", "C C-k", "C C-y", "C Enter"],
    "begun by its end": ["T -rf victim", "C C-a", "T rm ", "C Enter"],
    "completed": ["T rm -rf vic", "C Tab", "C Enter"],
    "transposed": ["T mr -rf victim", "C C-a", "C Right", "C Right", "C C-b", "C C-t", "C Enter"],
    "of several lines": ["T echo a\nrm -rf victim\necho b", "C Up", "C Up", "C Enter"],
    "with an escape before": [DENIED, "C Escape", "C Enter"],
    "with a quoted key": [DENIED, "C C-v", "C C-v", "C Enter"],
}


@pytest.mark.parametrize("steps", LINES.values(), ids=LINES)
def test_a_denied_line_is_not_run_however_it_was_typed(shell, folder, steps):
    async def check():
        message = await _refused(shell, *steps)
        assert "recursive-delete" in message and "[policy]" in message and "--yes" in message
        assert await shell.wait_idle(60)
        # The next Enter does not run it either.
        await _line(shell, "")
        assert (folder / "victim" / FILE).exists()
        await _line(shell, "echo o''k")
        assert "ok" in await shell.capture()

    run_sync(check())


def test_a_denied_command_is_not_run_and_the_prompt_is_empty_again(shell, folder):
    async def check():
        for command in ("rm -rf victim", "echo a\nrm -rf victim\necho b"):
            with pytest.raises(TypingRefused, match="recursive-delete"):
                await shell.run(command, 60)
            assert (folder / "victim" / FILE).exists()
            assert await shell.run("echo o''k", 60) == ("ok", 0, "")

    run_sync(check())


BEFORE = {
    "a variable": ["a=rm", "$a -rf victim"],
    "a function": ['f() { "$@"; }', "f rm -rf victim"],
    "an alias": ["alias x='rm -rf'", "x victim"],
    "a continued line": ["rm \\", "-rf victim"],
    "a here-document": ["sh <<X", "rm -rf victim"],
    "a script": ["echo rm -rf victim > s.sh", "sh s.sh"],
    "history expansion": ["set -H; echo victim", "rm -rf !$"],
    "vi keys": ["set -o vi", "rm -rf victim"],
    "no report": ["bind -r '\\C-^'", "rm -rf victim"],
    "no brackets": ["bind 'set enable-bracketed-paste off'", "rm -rf victim"],
    "history": ["history -r list", "rm -rf victim"],
}


@pytest.mark.parametrize("lines", BEFORE.values(), ids=BEFORE)
def test_lines_before_do_not_hide_it(shell, folder, lines):
    async def check():
        *before, last = lines
        for line in before:
            await _line(shell, line)
        await _refused(shell, f"T {last}", "C Enter")
        assert (folder / "victim" / FILE).exists()

    run_sync(check())


@pytest.mark.parametrize("keys", [["C Up"], ["C C-p"], ["C C-r", "T rm"]], ids=["Up", "C-p", "C-r"])
def test_a_line_out_of_the_history_is_judged(shell, folder, keys):
    async def check():
        (folder / "list").write_text("rm -rf victim\n")
        await _line(shell, "history -r list")
        recalled = [*keys, *keys] if keys[0] in ("C Up", "C C-p") else keys
        # `history -r` stands in the history before what it read.
        await _refused(shell, *recalled[:1] if len(keys) == 1 else recalled, "C Enter")
        assert (folder / "victim" / FILE).exists()

    run_sync(check())


def test_the_last_argument_of_the_line_before_is_judged(shell, folder):
    async def check():
        await _line(shell, "echo -rf victim")
        message = await _refused(shell, "T rm -r ", "C M-.", "C Enter")
        assert "victim" in message

    run_sync(check())


def test_no_editor_runs_what_it_leaves(shell, folder):
    async def check():
        await _line(shell, "export EDITOR=true")
        await _type(shell, DENIED, "C C-x", "C C-e", "C C-c")
        assert await shell.wait_idle(60)
        assert (folder / "victim" / FILE).exists()

    run_sync(check())


@pytest.mark.parametrize("steps", [[DENIED, "C Enter"], [f"{DENIED}\n"], ["T x", "C M-.", "C Enter"]])
def test_what_is_typed_ahead_of_the_prompt_is_judged(shell, folder, steps):
    async def check():
        await _type(shell, "T sleep 30", "C Enter")
        await _refused(shell, *steps)
        assert await shell.wait_idle(60)
        assert (folder / "victim" / FILE).exists()

    run_sync(check())


def test_a_shell_inside_the_shell(shell, folder):
    async def check():
        await _type(shell, "T PS1='inner> ' sh", "C Enter")
        await _shown(shell, "inner>")
        await _refused(shell, DENIED, "C Enter")
        await _refused(shell, "T r", "T mm", "C BSpace", "T  -rf victim", "C Enter")
        assert (folder / "victim" / FILE).exists()

    run_sync(check())


def test_history_of_a_shell_inside_the_shell(shell, folder):
    async def check():
        await _type(shell, "T bash --norc --noprofile", "C Enter")
        await _shown(shell, "bash-")
        await _type(shell, "T history -r list", "C Enter")
        (folder / "list").write_text("rm -rf victim\n")
        await _type(shell, "T history -r list; clear; echo rea''d", "C Enter")
        await _shown(shell, "read")
        await _refused(shell, "C Up", "C Enter")
        assert (folder / "victim" / FILE).exists()

    run_sync(check())


PYTHON_LINES = {
    "os.system": ["import os", "os.system('rm -rf victim')"],
    "in a variable": ["import os", "c = 'rm -rf ' + 'victim'", "os.system(c)"],
    "shutil": ["import shutil as s", "s.rmtree('victim')"],
    "subprocess": ["import subprocess", "subprocess.run(['rm', '-rf', 'victim'])"],
    "decoded": ["import base64, os", "os.system(base64.b64decode('cm0gLXJmIHZpY3RpbQ==').decode())"],
}


@pytest.mark.parametrize("lines", PYTHON_LINES.values(), ids=PYTHON_LINES)
def test_python_inside_the_pane(shell, folder, lines):
    async def check():
        await _type(shell, "T python3 -q", "C Enter")
        await _shown(shell, ">>>")
        *before, last = lines
        for line in before:
            await _type(shell, f"T {line}", "C Enter")
        await _refused(shell, f"T {last}", "C Enter")
        await _type(shell, "T print('still', 'here')", "C Enter")
        await _shown(shell, "still here")
        assert (folder / "victim" / FILE).exists()

    run_sync(check())


PROGRAMS = {
    "vim": ("vim -u NONE -N text", "text", [":!rm -rf victim", ":r !rm -rf victim", ":call system('rm -rf victim')"]),
    "less": ("less text", "some words", ["!rm -rf victim"]),
    "gdb": ("gdb -q -nx", "(gdb)", ["shell rm -rf victim", "!rm -rf victim"]),
    "ed": ("ed -p 'ed> ' text", "ed>", ["!rm -rf victim"]),
}


@pytest.mark.parametrize("name", PROGRAMS)
def test_a_program_that_can_start_a_shell(shell, folder, name):
    if shutil.which(name) is None:
        pytest.skip(f"{name} is not installed")
    command, shows, lines = PROGRAMS[name]
    (folder / "text").write_text("some words\n" * 5)

    async def check():
        await _type(shell, f"T {command}", "C Enter")
        await _shown(shell, shows)
        for line in lines:
            for key in line[:2]:
                await _type(shell, f"T {key}")
            await _refused(shell, f"T {line[2:]}", "C Enter")
            assert (folder / "victim" / FILE).exists()

    run_sync(check())


def test_what_is_written_in_an_editor_is_not_judged_as_commands(shell, folder):
    if shutil.which("vim") is None:
        pytest.skip("vim is not installed")

    async def check():
        await _type(shell, "T vim -u NONE -N notes", "C Enter")
        await _shown(shell, "notes")
        await _type(shell, "T i", "T never type rm -rf victim", "C Enter", "T rm -rf victim", "C Enter", "C Escape")
        await _type(shell, "T :wq", "C Enter")
        assert await shell.wait_idle(60)
        assert "rm -rf victim\n" in (folder / "notes").read_text()

    run_sync(check())


def test_a_command_beside_the_pane_is_judged(shell, folder):
    async def check():
        with pytest.raises(TypingRefused, match="recursive-delete"):
            await shell.run_beside("rm -rf victim", 20)
        assert (await shell.run_beside("test -d victim", 20)).exit_code == 0

    run_sync(check())


@pytest.mark.parametrize("rules", [Rules(allow=("rm -rf victim",)), Rules(yes=True)], ids=["allow", "yes"])
def test_what_is_allowed_is_run(folder, rules):
    async def check():
        terminal, session = await _open(folder, rules)
        await _line(session, "rm -rf victim")
        await terminal.close()
        assert not (folder / "victim").exists()

    run_sync(check())


@pytest.mark.parametrize("answer", [True, False])
def test_a_person_is_asked(folder, answer):
    questions = []

    def ask(question):
        questions.append(question)
        return answer

    async def check():
        terminal, session = await _open(folder, Rules(ask=("touch *",)), ask)
        if answer:
            await _line(session, "touch asked")
        else:
            assert "you said no" in await _refused(session, "T touch asked", "C Enter")
        await terminal.close()
        assert (folder / "asked").exists() is answer
        assert "touch asked" in questions[0]

    run_sync(check())


def test_without_a_terminal_a_question_is_a_denial(folder):
    async def check():
        terminal, session = await _open(folder, Rules(ask=("touch *",)))
        assert "no terminal" in await _refused(session, "T touch asked", "C Enter")
        await terminal.close()

    run_sync(check())
