"""Running one command at a prompt: all that it printed, its exit status, and what happens if it does not end."""

import asyncio
import itertools
import os
import shutil

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hdsl.future.loop import run_sync
from hdsl.terminal import Terminal
from hdsl.terminal.errors import PromptNotEmpty
from hdsl.terminal.output import LONGEST_OUTPUT, Output

needs_tmux = pytest.mark.skipif(shutil.which("tmux") is None, reason="needs tmux")

_LONG = 60.0

ENDED = {
    "printf abc": ("abc", 0),
    "false": ("", 1),
    "echo a; exit_code() { return 3; }; exit_code": ("a", 3),
    f"echo {'x' * 450}": ("x" * 450, 0),
    "echo a\necho b\nfalse": ("a\nb", 1),
    "cat <<E\n one\n\ntwo\nE\n": (" one\n\ntwo", 0),
    "echo; echo behind": ("\nbehind", 0),
    "echo before; clear; echo behind": ("before\nbehind", 0),
    "printf '10%%\\r20%%\\r100%%\\n'": ("100%", 0),
    "printf '\\033[31mred\\033[0m \\033]0;title\\007\\n'": ("red ", 0),
    "tput smcup; echo inside; tput rmcup; echo outside": ("outside", 0),
    "echo $(": ("", None),
    "echo 'open": ("", None),
    "if": ("", None),
    "(sleep 0.1; echo late) & wait; echo x)": ("", 2),
    "kill -KILL $BASHPID": ("", None),
    "stty -echo; printf '\\033[6n'; read -rsd R; stty echo": ("", 0),
    "(exit 7) | cat; (exit 9)": ("", 9),
}
"""What is run in a fresh session each, with what it prints and its exit status."""


async def _run_all(folder):
    terminal = Terminal(folder)
    places = asyncio.Semaphore(8)

    async def one(command):
        async with places:
            session = await terminal.open()
            ran = await session.run(command, _LONG)
            again = None if session.ended else await session.run("echo again", _LONG)
            return command, (ran, again)

    try:
        return dict(await asyncio.gather(*map(one, ENDED)))
    finally:
        await terminal.close()


@pytest.fixture(scope="module")
def all_ran(tmp_path_factory):
    return run_sync(_run_all(tmp_path_factory.mktemp("commands")))


@needs_tmux
@pytest.mark.parametrize("command", ENDED)
def test_a_command_ends(command, all_ran):
    ran, again = all_ran[command]
    output, code = ENDED[command]
    assert ran.exit_code == code, ran
    if code is not None and not command.startswith("("):
        assert ran.output == output
    if again is not None:
        assert again == ("again", 0, "")
    else:
        assert ran.trouble.startswith("ended the session")


@needs_tmux
def test_it_is_interrupted_at_its_timeout_and_keeps_what_it_printed(session):
    async def check():
        for command in ("echo first; cat", "echo first; read answer", "echo first; sleep 100; echo never"):
            ran = await session.run(command, 0.3)
            assert ran == ("first\n^C", None, "did not end within 0.3 s, and was interrupted")
            assert await session.is_prompt_empty()
        ran = await session.run("trap '' INT; echo first; while :; do :; done", 0.3)
        assert ran.output.startswith("first\n^C")
        assert ran.trouble.endswith("and is still running")
        with pytest.raises(PromptNotEmpty, match="a command is still running"):
            await session.run("echo x", _LONG)

    run_sync(check())


@needs_tmux
def test_nothing_is_typed_unless_the_prompt_is_empty(session):
    async def check():
        await session.send_text("rm")
        with pytest.raises(PromptNotEmpty, match="the prompt is not empty"):
            await session.run(" -r x", _LONG)
        assert await session.edited_line() == "rm"
        await session.send_key("C-u")
        for nothing in ("", "  \n", "# a comment\n# another"):
            with pytest.raises(ValueError, match="no command"):
                await session.run(nothing, _LONG)
        assert await session.run("sleep 100 &", _LONG) == (await _shown_job(session), 0, "")
        assert (await session.run("kill %1; wait; echo done", _LONG)).output.endswith("done")
        assert [ran.output for ran in await asyncio.gather(*(session.run(f"echo {i}", _LONG) for i in range(3)))] == [
            "0",
            "1",
            "2",
        ]

    async def _shown_job(session):
        return (await session.capture()).splitlines()[-2]

    run_sync(check())


@needs_tmux
def test_large_and_binary_outputs_are_whole_up_to_the_limit(session, tmp_path):
    async def check():
        lines = [f"{i:>99}" for i in range(9000)]
        (tmp_path / "lines").write_text("\n".join(lines))
        assert (await session.run(f"cat {tmp_path}/lines", _LONG)).output == "\n".join(lines).rstrip()
        (tmp_path / "large").write_text("begin\n" + "0123456789\n" * 150_000 + "end")
        ran = await session.run(f"cat {tmp_path}/large", _LONG)
        assert ran.output.startswith("begin\n0123")
        assert ran.output.endswith("9\nend")
        assert f"[… {1_650_000 + 9 - LONGEST_OUTPUT:,} characters of output left out …]" in ran.output
        ran = await session.run("head -c 1200000 /dev/zero | tr '\\0' z", _LONG)
        assert (ran.output.count("z"), ran.exit_code) == (LONGEST_OUTPUT, 0)
        (tmp_path / "binary").write_bytes(
            b"begin\n" + bytes(range(14, 27)) + os.urandom(50_000).translate(None, b"\x1b")
        )
        ran = await session.run(f"cat {tmp_path}/binary; printf '\\033c\\nend\\n'", _LONG)
        assert ran.output.startswith("begin\n")
        assert ran.output.endswith("end")
        assert await session.run("echo again", _LONG) == ("again", 0, "")

    run_sync(check())


PLAIN = ["a", "bc", "\r", "\n", "\r\n", "\b", "\t", "é", "漢", "\x00", "\x07", "\x1b", "\x1b]0;t\x07"]
CODES = ["[K", "[3D", "[31m", "[H", "[2J", "[?1049h", "[?1049l", "(B"]
PIECES = st.sampled_from([*PLAIN, *(f"\x1b{code}" for code in CODES)])


@settings(deadline=None, max_examples=15)
@given(st.lists(PIECES, max_size=40), st.lists(st.integers(0, 60), max_size=8))
def test_output_is_the_same_however_it_is_cut(pieces, cuts):
    data = "".join(pieces).encode() + b"."
    whole, cut = Output(80), Output(80)
    whole.feed(data)
    places = sorted({0, *(min(each, len(data)) for each in cuts), len(data)})
    for start, end in itertools.pairwise(places):
        cut.feed(data[start:end])
    assert cut.text(None) == whole.text(None)
    assert "\x1b" not in whole.text(None)
