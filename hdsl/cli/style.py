"""What a terminal may be sent besides text: colours, and the order to clear itself."""

import os
from typing import TextIO


def may_colour(stream: TextIO) -> bool:
    """Colour only on a terminal, and never where NO_COLOR is set."""
    return stream.isatty() and not os.environ.get("NO_COLOR")


def clear_screen(stream: TextIO) -> None:
    """Clears a terminal, and nothing else."""
    if stream.isatty():
        stream.write("\x1b[2J\x1b[H")
