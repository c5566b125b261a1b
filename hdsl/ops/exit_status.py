"""The exit status of a command as a loss: it is run beside each text, which lies in the file `$HDSL_TEXT`."""

import asyncio
import tempfile
from pathlib import Path

import torch

from hdsl.configuration.guard import SettingsGuard
from hdsl.future.context import NoTerminal, RunContext, current_context
from hdsl.future.loop import run_sync, run_together
from hdsl.ops.losses import score_text
from hdsl.ops.site import Pull
from hdsl.ops.text_losses import apply_scores, texts_of
from hdsl.storage.layout import encode
from hdsl.terminal import Terminal
from hdsl.terminal.beside import Ran
from hdsl.terminal.errors import TerminalMissing

VARIABLE = "HDSL_TEXT"
_AT_ONCE = 8
_ADVICE = 4000
"""How much of the end of a command's output is shown to the kernel, in characters."""


async def exit_status(x: str, *, command: str, timeout: float = 60.0, pull: Pull) -> str:
    """0 where the command ends with status 0 within `timeout` seconds, else 1.

    It runs with bash (or else `sh`) in the working folder, in a clean environment (no keys) where `$HDSL_TEXT` names a
    file that holds the text; the text itself is not part of what the shell reads. What it leaves running ends with it.
    """
    return score_text(_score(await _run(x, command, timeout, pull.context)))


def get_exit_status(
    actual: torch.Tensor, command: str, expected: torch.Tensor | None = None, timeout: float = 60.0
) -> torch.Tensor:
    """`exit_status` of each text, as a loss like those of `hdsl.ops.text_losses`.

    A text that scored 1 should be the one of `expected`; without these the kernel is asked for a better text, and
    shown the command and the end of its output.
    """
    shape, texts = texts_of(actual)
    ended = run_sync(_run_all(texts, command, timeout, current_context()))
    wrong = [index for index, ran in enumerate(ended) if ran.exit_code != 0]
    scores = [_score(ran) for ran in ended]
    if expected is None:
        return apply_scores(actual, scores, {}, {index: _advice(command, ended[index]) for index in wrong})
    expected_shape, wanted = texts_of(expected)
    if shape != expected_shape:
        raise ValueError(f"shapes {list(shape)} and {list(expected_shape)} differ")
    return apply_scores(actual, scores, {index: wanted[index] for index in wrong})


async def _run_all(texts: list[str], command: str, timeout: float, context: RunContext) -> list[Ran]:
    places = asyncio.Semaphore(_AT_ONCE)

    async def run(text: str) -> Ran:
        async with places:
            return await _run(text, command, timeout, context)

    return await run_together(map(run, texts))


async def _run(text: str, command: str, timeout: float, context: RunContext) -> Ran:
    """Runs the command as the checks of this run's terminal are run: in its sandbox, if it has one."""
    with tempfile.TemporaryDirectory(prefix="hdsl-") as folder:
        path = Path(folder, "text")
        path.write_bytes(encode(text))
        try:
            ran = await (context.terminal or Terminal(gate=SettingsGuard())).run_beside(
                command, timeout, folder=Path.cwd(), environment={VARIABLE: str(path)}, readable=path
            )
        except TerminalMissing as missing:
            raise NoTerminal(str(missing)) from missing
        return Ran(ran.exit_code, context.redactor(ran.output))


def _score(ran: Ran) -> float:
    return 0.0 if ran.exit_code == 0 else 1.0


def _advice(command: str, ran: Ran) -> str:
    ending = "did not end in time" if ran.exit_code is None else f"ended with status {ran.exit_code}"
    return f"The command `{command}`, run on the text, {ending}. It said:\n{ran.output[-_ADVICE:]}"
