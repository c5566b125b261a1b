"""What a session and a check can do in the sandbox, and what becomes of a run where there is none."""

import asyncio
import os
import socket
import sys
from pathlib import Path

import pytest

from hdsl.terminal import Terminal
from hdsl.terminal.errors import SandboxMissing
from tests.terminal.sandboxes import needs_sandbox


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    return tmp_path_factory.mktemp("project")


def in_sandbox(check, folder, **options):
    async def run():
        terminal = Terminal(folder, sandbox=True, **options)
        try:
            return await check(terminal)
        finally:
            await terminal.close()

    return asyncio.run(run())


async def run_line(session, line):
    await session.send_text(line)
    await session.send_key("Enter")
    assert await session.wait_idle(20.0)
    return session.commands[-1].exit_code


@needs_sandbox
def test_the_project_alone_can_be_written_to_by_sessions_and_checks(project, tmp_path):
    home = Path(os.environ["HOME"])
    (home / ".netrc").write_text("password hidden-0123456789")
    (tmp_path / "theirs").write_text("theirs")

    async def check(terminal):
        session = await terminal.open()
        for run in (lambda line: run_line(session, line), lambda line: exit_of(session.run_beside(line, 20.0))):
            assert await run(f"test $PWD = '{project}' && touch here && test -w .") == 0
            assert await run(f"touch /etc/here '{tmp_path}/here' || test ! -e '{tmp_path}/theirs'") == 0
            assert await run(f"test $HOME = '{home}' && touch ~/here && test ! -e ~/.netrc") == 0
            assert await run("touch /tmp/here /dev/shm/here") == 0
            assert await run('test -z "$(ls -A /run)"') == 0
        assert await session.run("ls here; ls -A /run; exit_with() { return 4; }; exit_with", 20.0) == ("here", 4, "")

    async def exit_of(ran):
        return (await ran).exit_code

    in_sandbox(check, project)
    assert (project / "here").exists()
    assert not (home / "here").exists()
    assert list(tmp_path.iterdir()) == [tmp_path / "theirs"]
    assert not Path("/tmp/here").exists()


@needs_sandbox
def test_other_processes_sockets_and_the_network_are_out_of_reach(project):
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]

        async def check(terminal):
            session = await terminal.open()
            script = project / "look.py"
            script.write_text(
                "import glob, os, socket\n"
                "processes = [open(f'/proc/{p}/comm').read().strip() for p in os.listdir('/proc') if p.isdigit()]\n"
                "assert not any('tmux' in name for name in processes) and len(processes) < 9, processes\n"
                "assert not glob.glob('/tmp/hdsl-*/tmux') and not glob.glob('/tmp/tmux-*')\n"
                "assert 'TMUX' not in os.environ\n"
                "caps = [line.split()[1] for line in open('/proc/self/status') if line.startswith('CapEff')]\n"
                "assert int(caps[0], 16) == 0, caps\n"
                f"assert socket.socket().connect_ex(('127.0.0.1', {port})) != 0\n"
            )
            command = f"'{sys.executable}' look.py"
            ran = await session.run_beside(command, 60.0)
            assert ran.exit_code == 0, ran.output
            assert await run_line(session, command) == 0, await session.capture()

        in_sandbox(check, project)


@needs_sandbox
def test_the_environment_of_the_sandbox(project, monkeypatch):
    monkeypatch.setenv("USER", "somebody")
    names = ["_", "HOME", "LANG", "OLDPWD", "PATH", "PWD", "SHELL", "SHLVL", "TERM", "ADDED"]

    async def check(terminal):
        session = await terminal.open()
        shown = "env | sed 's/=.*//' | sort"
        assert await run_line(session, f"clear; {shown}; cat /proc/1/environ | tr '\\0' '\\n' | sed 's/=.*//'") == 0
        seen = (await session.capture()).split("\n")[:-1]
        assert set(seen) <= set(names) and {"HOME", "PATH", "TERM", "ADDED"} <= set(seen)
        ran = await session.run_beside(f"{shown}; test \"$ADDED\" = 'with space'", 20.0)
        assert ran.exit_code == 0 and set(ran.output.split()) <= set(names)

    in_sandbox(check, project, environment={"ADDED": "with space"})


@needs_sandbox
def test_sessions_of_the_sandbox_are_followed_like_others(project):
    async def check(terminal):
        one, other = await asyncio.gather(terminal.open(), terminal.open())
        for session, word in ((one, "red"), (other, "blue")):
            assert await run_line(session, f"mkdir -p /tmp/{word} ~/{word}; cd /tmp/{word}; echo {word} > {word}") == 0
            assert (await session.run_beside("pwd; cat *", 20.0)) == (0, f"/tmp/{word}\n{word}\n")
        await one.send_text("tail -f red")
        await one.send_key("Enter")
        while "\nred" not in await one.capture():
            assert await one.is_running()
        await one.send_key("C-c")
        assert await one.wait_idle(20.0)
        assert [ended.exit_code for ended in one.commands] == [0, 130]
        assert [ended.command for ended in other.commands][-1].endswith("echo blue > blue")
        await one.send_text("echo unfinished")
        assert await one.wait_idle(20.0)
        assert not await one.is_prompt_empty() and await other.is_prompt_empty()

    in_sandbox(check, project)


@needs_sandbox
def test_a_check_without_a_session(project, tmp_path):
    text = tmp_path / "text"
    text.write_text("the text")

    async def check(terminal):
        ran = await terminal.run_beside('cat "$FILE"', 20.0, environment={"FILE": str(text)}, readable=text)
        assert ran == (0, "the text")
        ran = await terminal.run_beside(f"echo more >> '{text}'", 20.0, readable=text)
        assert ran.exit_code != 0

    in_sandbox(check, project)
    assert text.read_text() == "the text"


def test_without_bubblewrap_nothing_runs(project, monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))

    async def check(terminal):
        for use in (terminal.open, lambda: terminal.run_beside("touch ran", 20.0)):
            with pytest.raises(SandboxMissing, match="needs bubblewrap, and there is no bwrap on PATH"):
                await use()

    in_sandbox(check, project)
    assert not (project / "ran").exists()


def test_with_a_bubblewrap_that_may_not_make_namespaces_nothing_runs(project, monkeypatch, tmp_path):
    said = "bwrap: No permissions to create new namespace"
    (tmp_path / "bwrap").write_text(f"#!/bin/sh\necho '{said}' >&2\nexit 1\n")
    (tmp_path / "bwrap").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")

    async def check(terminal):
        with pytest.raises(SandboxMissing, match=f"^the sandbox does not work here: {said}$"):
            await terminal.open()

    in_sandbox(check, project)


@pytest.mark.parametrize("folder", ["/", "/tmp", "home"])
@needs_sandbox
def test_a_folder_that_the_sandbox_hides_cannot_be_its_project(folder):
    folder = os.environ["HOME"] if folder == "home" else folder

    async def check(terminal):
        with pytest.raises(SandboxMissing, match="start in a folder of the project"):
            await terminal.open()

    in_sandbox(check, Path(folder))
