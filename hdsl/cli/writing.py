"""Writing a file that a command has changed: whole or not at all."""

from pathlib import Path

from hdsl.cli.errors import CommandError
from hdsl.ground.files import write_atomically


def replace_file(shown: str, text: str) -> None:
    """Replaces a file, through links to it and with the mode it has. CommandError where it cannot be written."""
    try:
        write_atomically(Path(shown), text)
    except OSError as error:
        raise CommandError(f"{shown} cannot be written: {error.strerror}") from None
