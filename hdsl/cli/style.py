"""Whether output may be coloured."""

import os
from typing import TextIO


def may_colour(stream: TextIO) -> bool:
    """Colour only on a terminal, and never where NO_COLOR is set."""
    return stream.isatty() and not os.environ.get("NO_COLOR")
