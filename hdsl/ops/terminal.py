"""The operations of std.terminal: what they do with one element."""

import asyncio

from hdsl.future.context import NoTerminal
from hdsl.future.status import Status
from hdsl.ops.patterns import is_found
from hdsl.ops.site import Pull
from hdsl.terminal.errors import PromptNotEmpty, TerminalMissing
from hdsl.terminal.session import Session

ANY_CODE = -1
"""As the code that a command is to end with: any."""

_SHOWN_OUTPUT = 2000
"""Characters at the end of a command's output that its cause of failure quotes."""


async def open_session(name: str | None, *, pull: Pull) -> str:
    """The handle of a fresh session. A machine without tmux ends the run: the cause is the TerminalMissing."""
    if pull.context.terminal is None:
        raise RuntimeError("there is no terminal in this run")
    try:
        return (await pull.context.terminal.open(name or "")).handle
    except TerminalMissing as missing:
        raise NoTerminal(str(missing)) from missing


async def capture(shell: Session, *, lines: int = 0) -> str:
    """The visible screen, and up to `lines` lines that have scrolled off it; wrapped lines are joined."""
    if lines < 0:
        raise ValueError(f"lines is 0 or more, not {lines}")
    return await shell.capture(lines)


async def run(command: str, shell: Session, *, timeout: float, code: int = 0, pull: Pull) -> tuple[str, Status]:
    """All that the command printed, failed if it did not end with that exit status (-1: any) within the timeout."""
    try:
        ran = await shell.run(command, timeout)
    except (PromptNotEmpty, ValueError) as error:
        return "", Status.failed_because(f"`{command}` was not run: {error}")
    if not ran.trouble and (code == ANY_CODE or ran.exit_code == code):
        return ran.output, Status.confidence(1.0)
    what = ran.trouble or f"ended with {ran.exit_code}, not {code}"
    if not ran.trouble and ran.exit_code is None:
        what = "ended, and its shell does not tell with which exit status"
    return ran.output, Status.failed_because(_cause(command, what, ran.output, pull))


async def send_text(keys: str, shell: Session) -> str:
    """The text, which was typed."""
    await shell.send_text(keys)
    return keys


async def send_key(key: str, shell: Session) -> str:
    """The name of the key, which was pressed."""
    await shell.send_key(key.strip())
    return key


async def send_keys(keys: str, shell: Session) -> str:
    """The text, of which was typed or pressed what it says."""
    await shell.send_keys(keys)
    return keys


async def wait_idle(shell: Session, *, timeout: float = 10.0) -> str:
    """The screen when the shell is idle, or at the timeout."""
    await shell.wait_idle(timeout)
    return await shell.capture()


async def sleep(shell: Session, *, seconds: float) -> str:
    """An empty text, later."""
    await asyncio.sleep(seconds)
    return ""


async def until_idle(screen: str, shell: Session, *, pull: Pull) -> tuple[str, Status]:
    """The screen, failed while a command runs, something is typed, or no command sent in the inner loop has ended."""
    if await shell.is_running():
        return screen, Status.failed_because("a command is still running")
    if not await shell.is_prompt_empty():
        return screen, Status.failed_because("the prompt is not empty")
    if not shell.command_ended_since(pull.trajectory.started):
        return screen, Status.failed_because("no command has ended yet")
    return screen, Status.confidence(1.0)


async def until_exit(
    screen: str, shell: Session, *, command: str, code: int = 0, timeout: float = 60.0, pull: Pull
) -> tuple[str, Status]:
    """The screen, failed if the command beside the pane does not end with that exit status."""
    ran = await shell.run_beside(command, timeout)
    if ran.exit_code == code:
        return screen, Status.confidence(1.0)
    what = f"did not end within {timeout:g} s" if ran.exit_code is None else f"ended with {ran.exit_code}, not {code}"
    return screen, Status.failed_because(_cause(command, what, ran.output, pull))


def _cause(command: str, what: str, output: str, pull: Pull) -> str:
    """What a command did instead, with the end of its output."""
    # Before it is cut, which could leave the end of a secret.
    end = pull.context.redactor(output).strip()[-_SHOWN_OUTPUT:]
    return f"`{command}` {what}" + (f":\n{end}" if end else "")


async def prompt_shown(screen: str, *, pattern: str) -> str:
    """`true` or `false`."""
    found = is_found(pattern, screen)
    return "true" if (found if isinstance(found, bool) else await found) else "false"


async def idle_gate(keys: str, shell: Session) -> str:
    """The keys; an empty text instead of text to be typed where the prompt is not empty."""
    return keys if keys.lstrip().startswith("C ") or await shell.is_prompt_empty() else ""
