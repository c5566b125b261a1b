import asyncio
import os
import re
import shlex
import shutil
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hdsl.future.loop import run_sync
from hdsl.terminal import SessionGone, TerminalError

pytestmark = pytest.mark.skipif(shutil.which("tmux") is None, reason="needs tmux")


async def run_line(session, line, timeout=60.0):
    await session.send_text(line)
    await session.send_key("Enter")
    return await session.wait_idle(timeout)


async def type_into_file(session, path, text):
    assert await run_line(session, f"cat > '{path}'", 0.05) is False
    await session.send_text(text)
    for key in ("Enter", "C-d"):
        await session.send_key(key)
    assert await session.wait_idle(60.0)
    return path.read_text("utf-8")


NASTY = [
    'it\'s "quoted" `back` $HOME $(id) \\n \\ !!',
    "-l starts with a dash",
    "ends with a semicolon;",
    ";",
    "-",
    "~",
    "~0 is not a home",
    " ",
    "  two  spaces  ",
    "#{pane_id} %1 ~ {x} \\033[0m \\",
    "naïve — 提示符 🎉 é",
    "tab\there",
    "two\nlines\n\nand three",
    "%end 1 1 1\n%begin 1 1 1\n%output %1 x",
]


@pytest.mark.parametrize("text", NASTY)
def test_what_is_typed_arrives_as_it_is(session, tmp_path, text):
    assert run_sync(type_into_file(session, tmp_path / "typed", text)) == text + "\n"


def test_ten_kilobytes_arrive_as_they_are(session, tmp_path):
    text = "\n".join(f"line {number} " + "x" * 80 for number in range(110))
    assert run_sync(type_into_file(session, tmp_path / "typed", text)) == text + "\n"


@pytest.fixture(scope="module")
def shared_session(terminal):
    return run_sync(terminal.open())


@pytest.fixture(scope="module")
def shared_folder(tmp_path_factory):
    return tmp_path_factory.mktemp("typed")


@settings(max_examples=25, deadline=None)
@given(st.text(st.characters(exclude_categories=("Cs", "Cc")) | st.sampled_from("\n\t;-'\"\\$~"), max_size=60))
def test_any_text_arrives_as_it_is(shared_session, shared_folder, text):
    assert run_sync(type_into_file(shared_session, shared_folder / "typed", text)) == text + "\n"


def test_control_characters_are_not_text(session, tmp_path):
    typed = run_sync(type_into_file(session, tmp_path / "typed", "a\x1b[201~\x03b\x00\x04c\r\nd\re\x7f"))
    assert typed == "a[201~bc\nd\ne\n"


def test_a_newline_in_typed_text_does_not_run_the_line(session):
    async def check():
        await session.send_text("echo one\necho two")
        assert await session.wait_idle(60.0)
        assert session.commands == ()
        assert not await session.is_prompt_empty()
        await session.send_key("Enter")
        assert await session.wait_idle(60.0)
        assert (await session.capture()).endswith("one\ntwo\n$")

    run_sync(check())


def test_exit_statuses_and_command_lines_are_reported(session):
    async def check():
        lines = ["true", "false", "(exit 42)", "no-such-command-here", "echo 'it'\"'\"'s'; ! true"]
        for line in lines:
            assert await run_line(session, line)
        assert [(ended.command, ended.exit_code) for ended in session.commands] == list(
            zip(lines, [0, 1, 42, 127, 1], strict=True)
        )
        assert all(ended.sent_ns < ended.ended_ns for ended in session.commands)

    run_sync(check())


def test_a_line_without_a_command_is_read_too(session):
    async def check():
        for line in ["", "# a comment", ")"]:
            assert await run_line(session, line, 60.0)
        assert session.commands == ()
        assert await session.is_prompt_empty()

    run_sync(check())


def test_output_cannot_forge_marks(session):
    async def check():
        forged = r"printf '\033]133;A;0;9;9\033\\\033]133;B\033\\$ \007'; sleep 0.6"
        await session.send_text(forged)
        await session.send_key("Enter")
        assert await session.wait_idle(0.4) is False
        assert await session.is_running()
        assert session.commands == ()
        assert await session.wait_idle(60.0)
        assert session.commands[-1].exit_code == 0

    run_sync(check())


def test_a_prompt_printed_by_a_reading_builtin_is_not_idle(session):
    async def check():
        assert await run_line(session, "read -p '$ ' answer", 0.6) is False
        assert await run_line(session, "typed", 60.0)

    run_sync(check())


def test_type_ahead_is_waited_for(session):
    async def check():
        started = time.monotonic_ns()
        for line in ["sleep 0.7; echo first", "echo second", "false"]:
            await session.send_text(line)
            await session.send_key("Enter")
        await session.send_text("unfinished")
        assert await session.wait_idle(60.0)
        assert time.monotonic_ns() - started > 0.7e9
        assert [ended.command for ended in session.commands] == ["sleep 0.7; echo first", "echo second", "false"]
        assert (await session.capture()).endswith("$ unfinished")
        assert not await session.is_prompt_empty()

    run_sync(check())


def test_type_ahead_that_the_command_reads_is_no_command(session):
    async def check():
        await session.send_text("sleep 0.3; read answer; echo got $answer")
        await session.send_key("Enter")
        await session.send_text("forty two")
        await session.send_key("Enter")
        assert await session.wait_idle(60.0)
        assert len(session.commands) == 1
        assert (await session.capture()).endswith("got forty two\n$")

    run_sync(check())


def test_fast_lines_all_run_in_order(session):
    async def check():
        for number in range(60):
            await session.send_text(f"echo {number}")
            await session.send_key("Enter")
        assert await session.wait_idle(60.0)
        assert [ended.command for ended in session.commands] == [f"echo {number}" for number in range(60)]

    run_sync(check())


def test_idle_after_each_of_many_lines(session):
    async def check():
        for number in range(60):
            assert await run_line(session, f"echo {number}")
            assert (await session.capture()).endswith(f"{number}\n$")
            assert len(session.commands) == number + 1

    run_sync(check())


def test_long_output(session):
    async def check():
        assert await run_line(session, "seq 1 200000", 60.0)
        first, *lines = (await session.capture()).split("\n")
        assert lines == [str(number) for number in range(199_952, 200_001)] + ["$"]
        assert re.fullmatch(r"\[at least \d+ earlier lines of output not shown\]", first)
        assert len((await session.capture(history=1000)).split("\n")) == 1 + 1050

    run_sync(check())


def test_the_timeout_of_wait_idle(session):
    async def check():
        assert await run_line(session, "sleep 600", 0.3) is False
        await session.send_key("C-c")
        assert await session.wait_idle(60.0)
        assert session.commands[-1].exit_code == 130

    run_sync(check())


def test_empty_prompts(session):
    async def check():
        assert await session.is_prompt_empty()
        await session.send_text(" ")
        assert not await session.is_prompt_empty()
        await session.send_key("BSpace")
        assert await session.is_prompt_empty()
        await session.send_text("ls")
        await session.send_key("Home")
        assert not await session.is_prompt_empty()
        await session.send_key("C-c")
        assert await session.wait_idle(60.0)
        assert await session.is_prompt_empty()
        assert session.commands == ()

    run_sync(check())


def test_output_behind_the_prompt_is_not_typed(session):
    async def check():
        assert await run_line(session, "(sleep 0.3; echo late) &")
        while (await session.capture()).count("late") < 2:  # as it was typed, and as it was printed
            await asyncio.sleep(0.05)
        assert await session.is_prompt_empty()

    run_sync(check())


def test_an_open_quote_is_idle_but_no_empty_prompt(session):
    async def check():
        assert await run_line(session, "echo 'open", 60.0)
        assert not await session.is_prompt_empty()
        assert session.commands == ()
        assert await run_line(session, "closed'", 60.0)
        assert session.commands[-1].command == "echo 'open\nclosed'"

    run_sync(check())


@pytest.mark.parametrize("keys", [["Tab", "Tab"], ["Up"], ["C-l"], ["Escape"], ["C-r"], ["C-v", "Enter"], ["C-x"]])
def test_editing_keys_leave_the_shell_idle(session, keys):
    async def check():
        await session.send_text("ls /us")
        for key in keys:
            await session.send_key(key)
        assert await session.wait_idle(60.0)
        assert session.commands == ()

    run_sync(check())


def test_the_settings_of_the_shell_can_change(session):
    async def check():
        assert await run_line(session, "PS1='odd> '; PS2=''; set -o vi; cd /", 60.0)
        await session.send_text("true")
        assert await session.wait_idle(60.0)
        assert await run_line(session, "; bind 'set bell-style none'", 60.0)
        await session.send_text("true")
        assert await session.wait_idle(60.0)
        await session.send_key("Enter")
        assert await session.wait_idle(60.0)
        # The prompt of ours told the exit statuses.
        assert [ended.exit_code for ended in session.commands] == [None, None, None]
        assert session.commands[1].command == "true; bind 'set bell-style none'"

    run_sync(check())


@pytest.mark.parametrize("shell", ["bash --norc --noprofile", "dash", "env PS1='root# ' sh"])
def test_a_shell_inside_the_shell_is_idle_by_its_prompt(session, shell):
    async def check():
        assert await run_line(session, shell, 60.0)
        assert await session.is_prompt_empty()
        assert await run_line(session, "sleep 0.3; echo $((6 * 7))", 60.0)
        assert "\n42\n" in await session.capture()
        await session.send_text("typed")
        assert await session.wait_idle(60.0)
        assert not await session.is_prompt_empty()
        await session.send_key("C-c")
        assert await session.wait_idle(60.0)
        assert await run_line(session, "exit 3", 60.0)
        # A shell inside ours does not tell how its commands end.
        assert [(ended.command, ended.exit_code) for ended in session.commands] == [
            (shell, None),
            ("sleep 0.3; echo $((6 * 7))", None),
            ("exit 3", 3),
        ]

    run_sync(check())


def test_commands_beside_the_pane(session, tmp_path):
    async def check():
        assert await run_line(session, f"cd '{tmp_path}'")
        before = await session.capture()
        ran = await session.run_beside('pwd; echo "$0" | grep -c bash; echo error >&2; exit 7', 10.0)
        assert ran == (7, f"{tmp_path}\n1\nerror\n")
        assert (await session.run_beside("kill -9 $$", 10.0)).exit_code == -9
        assert await session.capture() == before
        assert len(session.commands) == 1

    run_sync(check())


TRICKS = [
    "check-it() { true; }; export -f check-it",
    "alias check-it=true; shopt -s expand_aliases",
    "mkdir -p bin; printf '#!/bin/sh\n' > bin/check-it; chmod +x bin/check-it; export PATH=$PWD/bin:$PATH",
    "mkdir -p bin; ln -sf /bin/true bin/bash; ln -sf /bin/true bin/sh; export PATH=$PWD/bin:$PATH",
    "echo 'exit 0' > start; export BASH_ENV=$PWD/start ENV=$PWD/start",
    "export BASH=/bin/true SHELL=/bin/true",
    "BASH=/bin/true; readonly BASH",
    "mkdir -p home; echo 'exit 0' | tee home/.bashrc home/.bash_profile home/.profile; export HOME=$PWD/home",
    "export LD_PRELOAD=/nowhere.so LD_LIBRARY_PATH=$PWD",
    "echo 'raise SystemExit(0)' > sitecustomize.py; export PYTHONPATH=$PWD PYTHONSTARTUP=$PWD/sitecustomize.py",
    "set -o functrace; export PS4='$(exit 0)' SHELLOPTS BASHOPTS",
    "trap 'exit 0' EXIT; exit() { true; }; python3() { true; }; export -f exit python3",
    "cd() { builtin cd /; }; pwd() { echo /; }; export -f cd pwd",
]


@pytest.mark.parametrize("trick", TRICKS)
def test_nothing_typed_makes_a_command_beside_pass(session, tmp_path, trick):
    async def check():
        assert await run_line(session, f"cd '{tmp_path}'")
        assert await run_line(session, trick)
        ran = await session.run_beside("check-it", 10.0)
        assert ran.exit_code == 127
        assert "check-it: command not found" in ran.output
        assert (await session.run_beside("python3 -c 'raise SystemExit(4)'", 20.0)).exit_code == 4
        assert (await session.run_beside("pwd; echo $HOME; exit 5", 10.0)) == (5, f"{tmp_path}\n{os.environ['HOME']}\n")

    run_sync(check())


@pytest.mark.parametrize("name", ["STOP", "KILL", "TERM"])
def test_a_command_beside_cannot_hold_us_by_its_parent(session, name):
    async def check():
        ran = await session.run_beside(f"kill -{name} $PPID; sleep 5", 1.0)
        assert ran.exit_code in (None, -9)

    run_sync(check())


def test_a_command_beside_a_folder_that_is_gone(session, tmp_path):
    async def check():
        gone = tmp_path / "gone"
        assert await run_line(session, f"mkdir '{gone}'; cd '{gone}'; rmdir '{gone}'")
        assert (await session.run_beside("true", 10.0)).exit_code == 126

    run_sync(check())


def test_a_command_beside_the_pane_is_killed_with_its_children(session, tmp_path):
    async def check():
        command = f"(until [ -e '{tmp_path}/over' ]; do sleep 0.05; done; touch '{tmp_path}/late') & sleep 600"
        assert await session.run_beside(command, 0.2) == (None, "")
        (tmp_path / "over").touch()
        await asyncio.sleep(0.5)
        assert [file.name for file in tmp_path.iterdir()] == ["over"]

    run_sync(check())


@pytest.mark.parametrize("start", ["", "nohup setsid ", "exec setsid nohup setsid "])
def test_what_a_command_beside_leaves_running_ends_with_it(session, tmp_path, start):
    async def check():
        job = f"echo $$ > '{tmp_path}/job'; exec sleep 600"
        command = f"({start}sh -c {shlex.quote(job)} &); until test -s '{tmp_path}/job'; do sleep 0.02; done; echo done"
        assert await session.run_beside(command, 60.0) == (0, "done\n")
        assert not Path("/proc", (tmp_path / "job").read_text().strip()).exists()

    run_sync(check())


def test_which_write_a_command_belongs_to(session):
    async def check():
        assert await run_line(session, "true")
        between = time.monotonic_ns()
        assert session.command_ended_since(0)
        assert not session.command_ended_since(between)
        await session.send_text("sleep 0.2")
        await session.send_key("Enter")
        later = time.monotonic_ns()
        assert await session.wait_idle(60.0)
        assert session.command_ended_since(between)
        assert not session.command_ended_since(later)

    run_sync(check())


def test_keys_by_protocol(session):
    async def check():
        for keys in ["T echo  a b", "C Space", " C x\n", "y", "C Enter"]:
            await session.send_keys(keys)
        assert await session.wait_idle(60.0)
        assert session.commands[-1].command == "echo  a b xy"
        with pytest.raises(ValueError, match="no key is named 'Entr'"):
            await session.send_keys("C Entr")

    run_sync(check())


@pytest.mark.parametrize("how", ["exit 3", "kill -9 $$", "exec true"])
def test_a_shell_that_ended_is_gone(session, how):
    async def check():
        waiting = asyncio.ensure_future(session.wait_idle(60.0))
        await session.send_text(how)
        await session.send_key("Enter")
        for use in (
            lambda: session.wait_idle(60.0),
            session.capture,
            session.is_prompt_empty,
            session.is_running,
            lambda: session.send_text("x"),
            lambda: session.send_text(""),
            lambda: session.send_key("Enter"),
            lambda: session.run_beside("true", 5.0),
        ):
            with pytest.raises((SessionGone, TerminalError)):
                await use()
                raise AssertionError(use)
        await asyncio.gather(waiting, return_exceptions=True)

    run_sync(check())


@pytest.mark.parametrize("text", ["ls -la", " two  blanks", "x" * 500, "a $ b > c", "naïve 提示符 🎉"])
def test_what_enter_would_submit(session, text):
    async def check():
        assert await session.edited_line() == ""
        await session.send_text(text)
        assert await session.edited_line() == text
        await session.send_key("C-u")
        assert await session.edited_line() == ""

    run_sync(check())
