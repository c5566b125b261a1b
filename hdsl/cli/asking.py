"""Asks the person at the terminal whether something may be typed."""

import sys
from collections.abc import Callable

from hdsl.cli.output import on_terminal, tell


def asker(watcher: object = None) -> Callable[[str], bool] | None:
    """Who asks; None where nobody sits at a terminal. A live view is taken away for as long as it is asked."""
    if not (on_terminal(sys.stdin) and on_terminal(sys.stderr)):
        return None
    live = getattr(watcher, "live", None)

    def ask(question: str) -> bool:
        if live is not None:
            live.stop()
        try:
            tell(f"hdsl: {question} [y/N] ", end="")
            return sys.stdin.readline().strip().lower() in ("y", "yes")
        finally:
            if live is not None:
                live.start()

    return ask
