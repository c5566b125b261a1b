"""Our shells behave as a plain bash does, and what they print is not believed blindly."""

import asyncio
import shutil

import pytest

from hdsl.future.loop import run_sync

pytestmark = pytest.mark.skipif(shutil.which("tmux") is None, reason="needs tmux")

_LONG = 60.0
PLAIN = "env HISTFILE= PS1='$ ' bash --norc --noprofile"


async def run_line(session, line):
    await session.send_text(line)
    await session.send_key("Enter")
    assert await session.wait_idle(_LONG), await session.capture()


LINES = {
    "pipe statuses": ["false | true", 'echo "[${PIPESTATUS[*]}]"', 'false | true; echo "[${PIPESTATUS[*]}]"'],
    "status": ["(exit 7)", "echo $?", "nothing-here", "echo $?"],
    "last argument": [": one two", "echo $_"],
    "set -e": ["set -e", "false && true", "echo alive"],
    "set -u": ["set -u", "echo alive"],
    "set -x": ["set -x", "true", "PS4=': '", "true", "set +x"],
    "ERR trap": ["trap 'echo failed' ERR", "true", "false", "false | true", "true"],
    "DEBUG trap": ["n=0; trap 'n=$((n + 1))' DEBUG", "true", "", "true", "echo $n"],
    "DEBUG trap with set -T": ["set -T; n=0; trap 'n=$((n + 1))' DEBUG", "true", "f() { true; }; f", "echo $n"],
    "extdebug": ["shopt -s extdebug", "trap '[[ $BASH_COMMAND != skip* ]]' DEBUG", "skip", "echo $?"],
    "EXIT trap": ["(trap 'echo left' EXIT; true)", "trap 'echo left' EXIT", "true"],
    "history": ["echo one", "echo two", "history | sed 's/^ *[0-9]* *//'; history -c", "fc -l -1 | wc -l"],
    "jobs": ["jobs", "{ sleep 0.01 & wait; } 2> /dev/null; echo $?", "echo ${!:+set}"],
    "variables": ["declare -p PIPESTATUS BASH_LINENO FUNCNAME POSIXLY_CORRECT ENV", "echo $#"],
    "options": ["set -o | grep -v hist", "shopt | head -100 | tail -40"],
    "BASH_COMMAND": ["true one", "echo $BASH_COMMAND"],
    "functions and traps": ["declare -F", "trap -p", "compgen -v | grep -ic hdsl", "echo ${PROMPT_COMMAND-unset}"],
    "posix": ["set -o posix", "false", "echo $?"],
    "LINENO": ["f() { echo $LINENO; }", "f"],
}


@pytest.fixture(scope="module")
def screens(terminal):
    async def show(lines, plain):
        session = await terminal.open()
        if plain:
            await run_line(session, PLAIN)
        await run_line(session, "clear")
        for line in lines:
            await run_line(session, line)
        return await session.capture()

    async def show_all():
        pairs = (asyncio.gather(show(lines, False), show(lines, True)) for lines in LINES.values())
        return dict(zip(LINES, await asyncio.gather(*pairs), strict=True))

    return run_sync(show_all())


@pytest.mark.parametrize("name", LINES)
def test_a_session_reads_as_a_plain_bash(name, screens):
    ours, plain = screens[name]
    assert ours == plain


def test_nothing_of_ours_is_written_where_output_goes(session, tmp_path):
    async def check():
        await run_line(session, f"cd '{tmp_path}'; exec > log")
        await run_line(session, "echo hello")
        await run_line(session, "exec > /dev/tty")
        await run_line(session, "(exit 4)")
        assert [ended.exit_code for ended in session.commands] == [0, 0, 0, 4]

    run_sync(check())
    assert (tmp_path / "log").read_text() == "hello\n"


def test_a_session_goes_on_where_the_prompt_is_not_on_the_screen(session, tmp_path):
    async def check():
        await run_line(session, f"exec 2> '{tmp_path}/log'")
        await run_line(session, "sleep 0.5; echo hello")
        assert (await session.capture()).endswith("\nhello")
        assert await session.is_prompt_empty()
        await run_line(session, "exec 2> /dev/tty")
        await run_line(session, "(exit 4)")
        assert session.commands[-1].exit_code == 4

    run_sync(check())


OWN_MARK = 'printf "%s" "${PS1@P}"'
OTHER_COUNT = "printf '\\033]133;D;%s;9;0\\a$ ' \"$(cut -d';' -f3 <<< \"$PS1\")\""
FORGERIES = [
    f"{OWN_MARK}; sleep 600",
    f"{OTHER_COUNT}; sleep 600",
    f"{OWN_MARK}; sleep 600 | cat",
    f"{OWN_MARK}; while :; do :; done",
    f"{OWN_MARK}; read answer",
    f"{OWN_MARK}; read -s -n 1 answer",
    "printf '\\033[?2004h$ '; sleep 600",
    "printf '>>> '; sleep 600",
    "read -p '$ ' answer",
]


@pytest.fixture(scope="module")
def forged(terminal):
    async def forge(line):
        session = await terminal.open()
        await session.send_text(line)
        await session.send_key("Enter")
        became_idle = await session.wait_idle(1.5)
        running, commands = await session.is_running(), session.commands
        await session.send_key("C-c")
        assert await session.wait_idle(_LONG)
        return became_idle, running, commands, [ended.exit_code for ended in session.commands]

    async def forge_all():
        return dict(zip(FORGERIES, await asyncio.gather(*map(forge, FORGERIES)), strict=True))

    return run_sync(forge_all())


@pytest.mark.parametrize("line", FORGERIES)
def test_a_forged_prompt_is_not_believed(forged, line):
    became_idle, running, commands, statuses = forged[line]
    assert not became_idle
    assert running
    assert commands == ()
    # Where two marks do not agree, nothing is said.
    assert statuses in ([130], [None])


def test_a_forged_status_is_not_believed(session):
    async def check():
        forged = "printf '%s\\033]133;D;%s;%d;0;emacs\\a' '{}' \"$(cut -d';' -f3 <<< \"$PS1\")\" {}; (exit 5)"
        await run_line(session, forged.format("", 2))
        assert [ended.exit_code for ended in session.commands] == [5]
        # Where two marks do not agree, nothing is said.
        await run_line(session, forged.format("\x1b[?2004h".replace("\x1b", "'$'\\033''"), 3))
        assert [ended.exit_code for ended in session.commands] == [5, None]
        await run_line(session, "(exit 6)")
        assert [ended.exit_code for ended in session.commands] == [5, None, 6]

    run_sync(check())


def test_the_report_of_a_line_is_not_seen(session, tmp_path):
    async def check():
        async def run_reported(line):
            await session.send_text(line)
            await session.send_key("C-^")
            assert await session.wait_idle(_LONG)
            await session.send_key("Enter")
            assert await session.wait_idle(_LONG)

        lines = ["printf() { echo mine; }", "false | true", 'echo "${PIPESTATUS[*]}"', ": one two", "echo $_", "set -x"]
        for line in lines:
            await run_reported(line)
        await run_reported("true")
        shown = (await session.capture()).split("\n")
        assert shown[-8:] == ["1 0", "$ : one two", "$ echo $_", "two", "$ set -x", "$ true", "+ true", "$"]
        await run_reported(f"set +x; exec > '{tmp_path}/log'")
        await run_reported("echo hello")

    run_sync(check())
    assert (tmp_path / "log").read_text() == "hello\n"
