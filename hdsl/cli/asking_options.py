"""The options of commands that ask kernels: who answers, what it may cost, and a recording of it."""

import argparse
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from hdsl.cli.errors import CommandError
from hdsl.cli.numbers import decimal, whole
from hdsl.cli.output import tell

if TYPE_CHECKING:
    from hdsl.configuration.settings import Settings
    from hdsl.kernel.request import Usage
    from hdsl.run.asked import Asking, CommandObserver

KERNEL_HELP = "what answers: nearest, local, openai, agent, acp, replay:FILE, or a name of [kernels] in the settings"

_AMOUNT = decimal("an amount of money over 0", lambda number: 0 < number < float("inf"))


def add_asking_options(parser: argparse.ArgumentParser) -> None:
    """Adds `--kernel`, `--record` and the limits."""
    parser.add_argument("--kernel", metavar="K", help=KERNEL_HELP)
    parser.add_argument("--record", metavar="FILE", help="write what was asked and answered, for --kernel replay:FILE")
    parser.add_argument("--max-calls", metavar="N", type=whole(1), help="stop before more than N model calls (exit 4)")
    parser.add_argument(
        "--max-tokens", metavar="N", type=whole(1), help="stop before more than N tokens in all (exit 4)"
    )
    parser.add_argument("--max-cost", metavar="X", type=_AMOUNT, help="stop before it costs more, at the prices set")


@contextmanager
def asking(options: argparse.Namespace, settings: "Settings", command: str) -> Iterator["Asking"]:
    """What holds for the questions of a command; the recording, if there is one, is written when it ends."""
    from hdsl.future.stopping import stopping
    from hdsl.kernel.recording import Recording
    from hdsl.kernel.spending import Limits, Purse
    from hdsl.run.asked import Asking, KeptKernels
    from hdsl.run.record import redactor_of

    purse = Purse(Limits(options.max_calls, options.max_tokens, options.max_cost))
    if options.max_cost is not None and not _has_prices(settings):
        raise CommandError("--max-cost needs prices: set input_price and output_price of the kernel")
    path = None if options.record is None else Path(options.record)
    if path is not None and (path.is_dir() or not path.absolute().parent.is_dir()):
        raise CommandError(f"--record: {path} is a folder, or its folder does not exist: name a file")
    recording = None if path is None else Recording(path, redactor_of(settings))
    kernels = KeptKernels()
    try:
        with observed(settings, command) as observer:
            yield Asking(purse, recording, kernels, observer)
    finally:
        if recording:
            with stopping().held():
                count = recording.write()
            tell(f"recorded: {count} answer{'' if count == 1 else 's'} in {path}")
        kernels.close()


@contextmanager
def observed(settings: "Settings", command: str) -> Iterator["CommandObserver | None"]:
    """Who makes spans of what a command does, where an endpoint for them is configured."""
    if not settings.otel_endpoint:
        yield None
        return
    try:
        from hdsl.telemetry.exporting import command_spans
    except ModuleNotFoundError as error:
        tell(f"telemetry: nothing is sent: it needs the package `{error.name}`: pip install 'hdsl[otel]'")
        yield None
        return
    from hdsl.run.record import redactor_of

    with command_spans(settings, command, redactor_of(settings), tell) as spans:
        yield spans


def cost_of(usage: "Usage") -> str:
    """What calls cost, in words: tokens where there were any, money where there are prices."""
    parts = []
    if usage.cached:
        parts.append(f"{usage.cached} from the cache")
    if usage.tokens:
        parts.append(f"{usage.prompt_tokens:,} + {usage.completion_tokens:,} tokens")
    if usage.cost:
        parts.append(f"cost {usage.cost:.6f}".rstrip("0"))
    return "".join(f", {part}" for part in parts)


def _has_prices(settings: "Settings") -> bool:
    from hdsl.configuration.kernel_tables import AGENT
    from hdsl.configuration.kernels import settings_of

    every = [settings, *(settings_of(settings, name) for name in settings.kernels)]
    return any(each.input_price or each.output_price or each.kernel == AGENT for each in every)
