"""`--executor`: where the rollouts of a command are made."""

import argparse
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING

from hdsl.cli.errors import CommandError

if TYPE_CHECKING:
    from hdsl.configuration.settings import Settings
    from hdsl.learn.rollouts import Rollouts
    from hdsl.run.asked import Asking


def add_executor_option(parser: argparse.ArgumentParser) -> None:
    """Adds `--executor`."""
    parser.add_argument(
        "--executor",
        metavar="E",
        help="where examples are run: here (default), local:N, command:COMMAND (such as command:ssh HOST), ray:N",
    )


@contextmanager
def rollouts_for(options: argparse.Namespace, settings: "Settings", asked: "Asking") -> "Iterator[Rollouts]":
    """Who runs examples, as the option or the settings say. NoExecutor where there is none of that name."""
    from hdsl.learn.rollouts import HERE

    name = options.executor or settings.executor
    if name in ("", "here"):
        yield HERE
        return
    if settings.similarity == "embeddings":
        raise CommandError('--executor cannot be used with similarity = "embeddings": workers find rows by their words')
    from hdsl.executors.choosing import executor_named
    from hdsl.future.stopping import stopping
    from hdsl.kernel.spending import Limits
    from hdsl.learn.distributed import Distributed

    is_counted = asked.purse.limits != Limits() or asked.recording is not None or asked.observer is not None
    computes = settings.kernel == "nearest" and not settings.reflection and not is_counted
    with closing(executor_named(name)) as executor:
        stopping().note_temporary(executor.folder)
        yield Distributed(executor, settings.nearest_min if computes else None)
