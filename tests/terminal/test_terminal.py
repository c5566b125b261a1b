import asyncio
import os
import shutil
from pathlib import Path

import pytest

from hdsl.future.loop import run_sync
from hdsl.terminal import SessionGone, Terminal, TerminalError

pytestmark = pytest.mark.skipif(shutil.which("tmux") is None, reason="needs tmux")


async def output_of(session, line):
    await session.send_text(f"clear; {line}")
    await session.send_key("Enter")
    assert await session.wait_idle(60.0)
    return (await session.capture()).removesuffix("$").rstrip("\n")


def in_terminal(check, **options):
    async def run():
        terminal = Terminal(**options)
        try:
            return await check(terminal)
        finally:
            await terminal.close()

    return asyncio.run(run())


def test_no_key_and_no_user_configuration_reaches_a_shell(monkeypatch, tmp_path):
    for name in ("OPENAI_API_KEY", "ANTHROPIC_API_KEY", "HDSL_MODEL", "SOME_TOKEN", "BASH_ENV", "PS1", "TMUX"):
        monkeypatch.setenv(name, "secret-of-ours")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("LANG", "C")
    for name in (".bashrc", ".bash_profile", ".profile", ".inputrc", ".tmux.conf"):
        (tmp_path / name).write_text("secret-of-ours\n")

    async def check(terminal):
        session = await terminal.open()
        assert await session.capture() == "$"
        assert await output_of(session, "cat /proc/$$/environ | tr '\\0' '\\n' | grep -c secret-of-[o]urs") == "0"
        assert await output_of(session, "set | grep -c secret-of-[o]urs") == "0"
        assert await output_of(session, "env | grep -c -e ^TMUX -e ^PROMPT_COMMAND -e ^INPUTRC") == "0"
        assert await output_of(session, 'echo "$LANG:$HOME:$TERM:$HISTFILE"') == f"C.UTF-8:{tmp_path}:screen-256color:"
        ran = await session.run_beside("env | grep -c secret-of-[o]urs", 10.0)
        assert ran.output == "0\n"

    in_terminal(check)
    assert not (tmp_path / ".bash_history").exists()


@pytest.mark.parametrize("name", ["C", "POSIX", "en_US", "en_US.UTF-8", "no_such.UTF-8", "C.UTF-8", ""])
@pytest.mark.parametrize("variable", ["LC_ALL", "LANG"])
def test_any_locale(monkeypatch, tmp_path, variable, name):
    for other in ("LC_ALL", "LC_CTYPE", "LANG"):
        monkeypatch.delenv(other, raising=False)
    monkeypatch.setenv(variable, name)

    async def check(terminal):
        session = await terminal.open()
        assert await session.capture() == "$"
        assert await output_of(session, "echo 'naïve 提示符 🎉'") == "naïve 提示符 🎉"
        assert await output_of(session, "x=提示符; echo ${#x}; locale charmap") == "3\nUTF-8"

    in_terminal(check, folder=tmp_path)


NAMES = [
    "x#(touch CMDRAN)y",
    "#{pane_id}#[bold]##",
    "%H:%M",
    "new\nline",
    "record ␞ separator \x1e",
    'it\'s "quoted" $(touch CMDRAN) `touch CMDRAN` ;\\',
    "- ends with space ",
    "tab\tand\x07bell",
    "é 提示符",
]


@pytest.mark.parametrize("name", NAMES)
def test_any_name_of_the_folder_the_session_and_its_variables(tmp_path, name):
    folder = tmp_path / name
    folder.mkdir()

    async def check(terminal):
        session = await terminal.open(name)
        assert terminal.session(name) is session
        await output_of(session, 'touch here; printf %s "$VALUE" > value')

    in_terminal(check, folder=folder, environment={"VALUE": name})
    assert sorted(path.name for path in folder.iterdir()) == ["here", "value"]
    assert (folder / "value").read_text() == name
    assert list(tmp_path.rglob("CMDRAN")) == []
    assert not Path("CMDRAN").exists()


def test_a_folder_whose_name_is_no_text(tmp_path):
    folder = Path(os.fsdecode(bytes(tmp_path) + b"/bad\xffname"))
    folder.mkdir()

    async def check(terminal):
        with pytest.raises(TerminalError, match=r"bad\\+udcffname': tmux takes names in UTF-8 alone"):
            await terminal.open()

    in_terminal(check, folder=folder)


def test_a_folder_that_is_not_there(tmp_path):
    async def check(terminal):
        with pytest.raises(TerminalError, match="there is no such folder"):
            await terminal.open()

    in_terminal(check, folder=tmp_path / "nowhere")


def test_folder_environment_and_size(tmp_path):
    async def check(terminal):
        session = await terminal.open()
        assert await output_of(session, "pwd; echo $GREETING; stty size") == f"{tmp_path}\nhello\n20 70"

    in_terminal(check, folder=tmp_path, environment={"GREETING": "hello"}, width=70, height=20)


@pytest.mark.parametrize(
    "name", ["x#(touch ran)y", "#{pane_id} #S", "a'b\"c $HOME ; \\ ~", "line\nbreak", "-c", "naïve ␞"]
)
def test_the_folder_is_never_a_format(tmp_path, name):
    folder = tmp_path / name
    folder.mkdir()

    async def check(terminal):
        session = await terminal.open()
        assert (await session.run_beside("pwd", 20.0)).output == f"{folder}\n"
        assert await output_of(session, "touch here; ls") == "here"

    in_terminal(check, folder=folder, environment={"ADDED": "#(touch ran) #{pane_id}"})
    assert [path.name for path in tmp_path.rglob("*")] == [name, "here"]


def test_sessions_do_not_mix(terminal):
    async def check():
        one, other = await asyncio.gather(terminal.open("one"), terminal.open("other"))
        assert one.handle != other.handle

        async def work(session, word):
            await session.send_text(f"export WORD={word}")
            await session.send_key("Enter")
            for number in range(20):
                assert await output_of(session, f"echo $WORD {number}") == f"{word} {number}"
            assert (await session.run_beside("echo $WORD", 10.0)).output == "\n"

        await asyncio.gather(work(one, "red"), work(other, "blue"))
        assert len(one.commands) == len(other.commands) == 21

    run_sync(check())


def test_handles_and_names(terminal):
    async def check():
        session = await terminal.open(" builder ")
        assert terminal.session(session.handle) is session
        assert terminal.session("builder") is session
        again = await terminal.open("builder")
        assert again is not session
        assert terminal.session("builder") is again
        with pytest.raises(SessionGone, match="no terminal session 'nobody'"):
            terminal.session("nobody")

    run_sync(check())


def test_a_shell_without_marks_is_followed_by_its_prompt(tmp_path):
    for name in ("sh", "env", "sleep", "clear", "tty"):
        found = next(f"{folder}/{name}" for folder in os.defpath.split(":") if Path(folder, name).exists())
        (tmp_path / name).symlink_to(found)

    async def check(terminal):
        session = await terminal.open()
        assert await session.capture() == "$"
        assert await session.is_prompt_empty()
        assert not session.command_ended_since(0)
        assert await output_of(session, "sleep 0.3; echo 42") == "42"
        assert session.command_ended_since(0)
        assert (await session.run_beside("pwd; exit 4", 10.0)) == (4, f"{tmp_path}\n")

    in_terminal(check, folder=tmp_path, environment={"PATH": str(tmp_path)})
