"""What is read from screens: prompts behind output, answers that tmux typed, wrapped lines, what was cut."""

import shutil

import pytest

from hdsl.future.loop import run_sync
from hdsl.terminal import Terminal
from hdsl.terminal.screen import edited_text
from hdsl.terminal.shell_state import Place

pytestmark = pytest.mark.skipif(shutil.which("tmux") is None, reason="needs tmux")

_LONG = 60.0


async def run_line(session, line):
    await session.send_text(line)
    await session.send_key("Enter")
    assert await session.wait_idle(_LONG), await session.capture()


QUESTIONS = [
    r"\033[c",
    r"\033[0c",
    r"\033[>c",
    r"\033[5n",
    r"\033[6n",
    r"\033[>q",
    r"\033[5n\033[6n\033[c",
    r"\033[18t",
]


@pytest.mark.parametrize("question", QUESTIONS)
def test_an_answer_that_tmux_types_is_not_part_of_the_next_line(session, question):
    async def check():
        await run_line(session, f"printf '{question}'; true")
        assert await session.is_prompt_empty()
        assert await session.edited_line() == ""
        await run_line(session, "echo whole")
        assert "\nwhole\n" in await session.capture()
        assert [ended.command for ended in session.commands][-1] == "echo whole"
        assert [ended.exit_code for ended in session.commands] == [0, 0]

    run_sync(check())


@pytest.mark.parametrize("setting", ["set -o vi", "set +o emacs", "PS1='❯ '", "bash --norc", "sh"])
def test_answers_in_other_shells(session, setting):
    async def check():
        await run_line(session, setting)
        await run_line(session, r"printf '\033[c\033[5n'")
        assert await session.is_prompt_empty(), await session.capture()
        await run_line(session, "echo whole")
        assert "\nwhole\n" in await session.capture()

    run_sync(check())


def test_a_program_reads_the_answer_that_it_asked_for(session):
    async def check():
        await session.send_text(r"printf '\033[6n'; IFS= read -rs -d R answer; echo; echo ${#answer}")
        await session.send_key("Enter")
        assert await session.wait_idle(_LONG)
        await run_line(session, "echo whole")
        assert "\nwhole\n" in await session.capture()

    run_sync(check())


@pytest.mark.parametrize(
    "line",
    ["printf '{\"ok\":true}'", "printf 100%%", "printf 'no newline $ '", "printf '%0200d' 7", "printf '\\e[31mred'"],
)
def test_a_prompt_behind_unterminated_output_is_empty(session, line):
    async def check():
        await run_line(session, line)
        assert await session.is_prompt_empty()
        assert await session.edited_line() == ""
        await session.send_text("typed text")
        assert await session.wait_idle(_LONG)
        assert not await session.is_prompt_empty()
        assert await session.edited_line() == "typed text"
        await session.send_key("C-u")
        assert await session.wait_idle(_LONG)
        assert await session.is_prompt_empty()

    run_sync(check())


@pytest.mark.parametrize("ask", ["read -s -p 'Password: ' p", "read -p 'Name: ' p", "read -n 3 -p 'Code: ' p"])
def test_a_prompt_behind_an_answered_question_is_empty(session, ask):
    async def check():
        await session.send_text(ask)
        await session.send_key("Enter")
        assert await session.wait_idle(0.5) is False
        await session.send_text("abc")
        if "-n" not in ask:
            await session.send_key("Enter")
        assert await session.wait_idle(_LONG)
        assert await session.is_prompt_empty()
        await run_line(session, "echo [$p]")
        assert "\n[abc]\n" in await session.capture()

    run_sync(check())


def test_wrapped_lines_are_joined_and_what_is_cut_is_said(tmp_path):
    async def check():
        terminal = Terminal(tmp_path, width=40, height=10)
        try:
            session = await terminal.open()
            await run_line(session, "printf '%0100d\\n' 7")
            assert (await session.capture()).split("\n")[1] == "7".rjust(100, "0")
            await session.send_text("echo " + "word " * 30)
            assert await session.edited_line() == "echo " + "word " * 29 + "word"
            await session.send_key("C-u")
            await run_line(session, "seq 300")
            first, *shown = (await session.capture()).split("\n")
            assert shown == [str(number) for number in range(292, 301)] + ["$"]
            assert first == "[291 earlier lines of output not shown]"
            shown = (await session.capture(history=400)).split("\n")
            assert shown[-301:] == [str(number) for number in range(1, 301)] + ["$"]
            await run_line(session, "clear")
            assert await session.capture() == "$"
            await run_line(session, "echo few")
            assert "not shown" not in await session.capture()
        finally:
            await terminal.close()

    run_sync(check())


def test_more_than_one_line_is_edited(session):
    async def check():
        await session.send_text("echo one\necho two")
        assert await session.edited_line() == "echo one\necho two"
        await session.send_key("C-c")
        assert await session.edited_line() == ""
        await session.send_text("echo three")
        await session.send_key("C-l")
        assert await session.edited_line() == "echo three"
        await session.send_key("Home")
        assert await session.edited_line() == "echo three"
        await session.send_key("Enter")
        assert await session.wait_idle(_LONG)
        await session.send_key("Up")
        assert await session.edited_line() == "echo three"
        await session.send_key("Enter")
        assert await session.wait_idle(_LONG)
        assert [ended.command for ended in session.commands] == ["echo three", "echo three"]
        await run_line(session, "cat << END")
        await session.send_text("some text")
        assert await session.edited_line() == "some text"

    run_sync(check())


def test_what_is_typed_while_a_command_runs(session):
    async def check():
        await session.send_text("sleep 600")
        await session.send_key("Enter")
        await session.send_text("typed ahead")
        assert await session.edited_line() == "typed ahead"
        await session.send_key("C-c")

    run_sync(check())


@pytest.mark.parametrize(
    ("lines", "cursor", "place", "text"),
    [
        (["$ ls"], 0, Place("$ ", "", 2, 0), "ls"),
        (["$"], 0, Place("$ ", "", 2, 0), ""),
        (["$ ls      [right]"], 0, Place("$ ", "[right]", 2, 0), "ls"),
        (["out$ ls", "more"], 1, Place("out$ ", "", 5, 0), "ls\nmore"),
        (["提示 ❯ ls"], 0, Place("提示 ❯ ", "", 7, 0), "ls"),
        (["user % ls -l"], 0, None, "ls -l"),
        (["no prompt"], 0, None, "no prompt"),
    ],
)
def test_edited_text(lines, cursor, place, text):
    assert edited_text(lines, cursor, place) == text
