"""The layout of help texts. argparse makes it for every argument, so it must not load what it does not need."""

from __future__ import annotations

import argparse
import os
import sys

_UNKNOWN_WIDTH = 80


class Layout(argparse.HelpFormatter):
    """As wide as argparse's own, which loads shutil, with three compressors, to ask for the width of the terminal."""

    def __init__(self, prog: str, **options: object) -> None:
        super().__init__(prog, width=_width() - 2)


def _width() -> int:
    try:
        columns = int(os.environ["COLUMNS"])
    except (KeyError, ValueError):
        columns = 0
    if columns > 0:
        return columns
    try:
        known = 0 if sys.__stdout__ is None else os.get_terminal_size(sys.__stdout__.fileno()).columns
    except (AttributeError, ValueError, OSError):
        known = 0
    return known or _UNKNOWN_WIDTH
