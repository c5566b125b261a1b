"""When output has colours."""

import os
from typing import TextIO

from hdsl.cli.output import on_terminal


def may_colour(stream: TextIO | None) -> bool:
    """Colour only on a terminal, and never where NO_COLOR is set."""
    return on_terminal(stream) and not os.environ.get("NO_COLOR")
