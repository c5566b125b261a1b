"""Sessions become idle, and know what is typed, whatever shell or program reads the lines, and whatever it was told."""

import asyncio
import shutil
from dataclasses import dataclass

import pytest

from hdsl.future.loop import run_sync
from hdsl.terminal import Session, Terminal

pytestmark = pytest.mark.skipif(shutil.which("tmux") is None, reason="needs tmux")

_LONG = 60.0
_SIDE_BY_SIDE = 12


@dataclass(frozen=True)
class Setup:
    """A way to a prompt: the lines that lead there, and lines to run there.

    `quick` prints 42; `slow` sleeps before it prints 43. `shows` is False where the screen shows nothing of it.
    """

    lines: tuple[str, ...]
    quick: str = "echo $((6 * 7))"
    slow: str = "sleep 0.7; echo $((6 * 7 + 1))"
    shows: bool = True

    @property
    def missing(self) -> str:
        program = self.lines[0].split()[0] if self.lines else ""
        return program if program in {"zsh", "fish", "ksh", "script", "su"} and not shutil.which(program) else ""


PYTHON = {"quick": "print(6 * 7)", "slow": "__import__('time').sleep(0.7) or print(6 * 7 + 1)"}
FISH = {"quick": "math 6 x 7", "slow": "sleep 0.7; math 6 x 7 + 1"}


def shell(*lines: str, **how) -> Setup:
    return Setup(lines, **how)


SETUPS = {
    "plain": shell(),
    "PROMPT_COMMAND set": shell("PROMPT_COMMAND='history -a'"),
    "PROMPT_COMMAND unset": shell("unset PROMPT_COMMAND"),
    "PROMPT_COMMAND array": shell("PROMPT_COMMAND=('history -a' 'true')"),
    "PROMPT_COMMAND sets PS1": shell('f() { PS1="[$?] \\w ❯ "; }; PROMPT_COMMAND=f'),
    "PROMPT_COMMAND is slow": shell("PROMPT_COMMAND='sleep 0.2'"),
    "PROMPT_COMMAND prints": shell("PROMPT_COMMAND='echo; echo before'"),
    "bash": shell("bash"),
    "bash --norc": shell("bash --norc"),
    "bash without line editing": shell("bash --norc --noediting"),
    "login bash": shell("bash --login"),
    "sh": shell("sh"),
    "dash with PS1": shell("PS1='here> ' dash"),
    "exec bash": shell("exec bash"),
    "exec bash --norc": shell("exec bash --norc"),
    "exec sh": shell("exec sh"),
    "exec bash without line editing": shell("exec bash --norc --noediting"),
    "su -c bash": shell("su -c 'HISTFILE= exec bash'"),
    "su -c sh": shell("su -c sh"),
    "env -i bash": shell("env -i HISTFILE= bash"),
    "env -i bash --norc": shell("env -i HISTFILE= bash --norc"),
    "script": shell("script -q /dev/null"),
    "script of sh": shell("script -q -c sh /dev/null"),
    "nested bash": shell("bash", "bash", "bash"),
    "back from nested": shell("bash", "bash", "exit", "exit"),
    "readonly PS1": shell("readonly PS1"),
    "set +o emacs": shell("set +o emacs"),
    "set -o vi": shell("set -o vi"),
    "set -o posix": shell("set -o posix"),
    "set -u": shell("set -u"),
    "set -x": shell("set -x"),
    "set -T": shell("set -T"),
    "extdebug": shell("shopt -s extdebug"),
    "DEBUG trap": shell("trap ': debug' DEBUG"),
    "no job control": shell("set +m"),
    "no bracketed paste": shell("bind 'set enable-bracketed-paste off'"),
    "mode in prompt": shell("bind 'set show-mode-in-prompt on'"),
    "no promptvars": shell("shopt -u promptvars"),
    "PS1 with colours": shell("PS1='\\[\\e[1;32m\\]\\u@\\h\\[\\e[0m\\]:\\[\\e[34m\\]\\w\\[\\e[0m\\]\\$ '"),
    "PS1 of two lines": shell("PS1='┌─(\\u)\\n└─❯ '"),
    "PS1 as git shows it": shell("PS1='\\w (main *$%) \\$ '"),
    "PS1 λ": shell("PS1='λ '"),
    "PS1 ❯": shell("PS1='❯ '"),
    "PS1 %": shell("PS1='% '"),
    "PS1 #": shell("PS1='# '"),
    "PS1 without a sign": shell("PS1='[here] '"),
    "PS1 with title": shell("PS1='\\[\\e]0;\\w\\a\\]> '"),
    "exec > file": shell("exec > log-$$"),
    "exec 2> file": shell("exec 2> log-$$", shows=False),
    "alternate screen": shell("tput smcup"),
    "stty -echo": shell("stty -echo"),
    "stty sane": shell("stty sane"),
    "LC_ALL=C": shell("export LC_ALL=C", "bash --norc"),
    "TERM=dumb": shell("TERM=dumb bash --norc"),
    "python": shell("python3 -q", **PYTHON),
    "python without readline": shell("TERM=dumb python3 -q -c 'import code; code.interact()'", **PYTHON),
    "pdb": shell("python3 -c 'import pdb; pdb.set_trace()'", **PYTHON),
    "zsh": shell("zsh -f"),
    "zsh with RPROMPT": shell("zsh -f", "RPROMPT='[right]'"),
    "fish": shell("fish --no-config", **FISH),
    "background noise": shell("(for i in $(seq 400); do echo -n; printf '\\033[0m'; sleep 0.05; done) &"),
}


async def follow(session: Session, setup: Setup) -> None:
    """Goes there, and uses it."""

    async def run(line: str) -> None:
        await session.send_text(line)
        await session.send_key("Enter")
        assert await session.wait_idle(_LONG), f"not idle after {line!r}:\n{await session.capture()}"

    for line in setup.lines:
        await run(line)
    assert not await session.is_running()
    assert await session.is_prompt_empty()
    for line, answer in ((setup.quick, "42"), (setup.slow, "43")):
        ended = len(session.commands)
        await run(line)
        if setup.shows and setup.lines[:1] != ("exec > log-$$",):
            assert f"\n{answer}\n" in await session.capture(), await session.capture()
        assert [command.command for command in session.commands[ended:]] == [line]
        assert await session.is_prompt_empty()
    ran = await session.run(setup.quick, _LONG)
    assert not ran.trouble
    if "exec > log-$$" not in setup.lines:
        assert ran.output.splitlines()[("set -x" in setup.lines) :][:1] == ["42"], ran
    if not setup.shows:
        return
    await session.send_text("some text")
    assert await session.wait_idle(_LONG)
    assert not await session.is_running()
    if setup.lines[:1] != ("stty -echo",):
        assert not await session.is_prompt_empty()
        assert await session.edited_line() == "some text"
    await session.send_key("C-u")
    assert await session.wait_idle(_LONG)
    assert await session.is_prompt_empty(), await session.capture()


async def _follow_all(folder) -> dict[str, BaseException | None]:
    # Shells write their history into the home folder.
    terminal = Terminal(folder, environment={"HOME": str(folder)})
    places = asyncio.Semaphore(_SIDE_BY_SIDE)

    async def one(name: str, setup: Setup) -> tuple[str, BaseException | None]:
        async with places:
            try:
                await follow(await terminal.open(), setup)
            except Exception as error:
                return name, error
            return name, None

    try:
        return dict(await asyncio.gather(*(one(*item) for item in SETUPS.items() if not item[1].missing)))
    finally:
        await terminal.close()


@pytest.fixture(scope="module")
def followed(tmp_path_factory):
    return run_sync(_follow_all(tmp_path_factory.mktemp("set-ups")))


@pytest.mark.parametrize("name", SETUPS)
def test_a_session_is_followed(name, followed):
    if SETUPS[name].missing:
        pytest.skip(f"there is no {SETUPS[name].missing} here")
    if followed[name] is not None:
        raise followed[name]
