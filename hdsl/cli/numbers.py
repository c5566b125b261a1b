"""Numbers on the command line: what an option takes, and what is said of what it does not take."""

import argparse
from collections.abc import Callable


def whole(least: int, most: int | None = None) -> Callable[[str], int]:
    """Reads a whole number from `least` on, to `most`."""
    bounds = f"from {least}" if most is None else f"from {least} to {most}"

    def read(word: str) -> int:
        try:
            number = int(word)
        except ValueError:
            number = least - 1
        if number < least or (most is not None and number > most):
            raise argparse.ArgumentTypeError(f"a whole number {bounds}, not {word}")
        return number

    return read


def decimal(expected: str, fits: Callable[[float], bool]) -> Callable[[str], float]:
    """Reads a number that fits; `expected` says which do."""

    def read(word: str) -> float:
        try:
            number = float(word)
        except ValueError:
            number = float("nan")
        if not fits(number):
            raise argparse.ArgumentTypeError(f"{expected}, not {word}")
        return number

    return read


seconds = decimal("a number of seconds over 0", lambda number: 0 < number < float("inf"))
"""Reads a time."""
