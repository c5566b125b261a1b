"""Writing a file that a command has changed: whole or not at all."""

import os
from pathlib import Path

from hdsl.cli.errors import CommandError


def replace_file(shown: str, text: str) -> None:
    """Replaces a file, through links to it and with the mode it has. CommandError where it cannot be written."""
    path = Path(shown).resolve()
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        temporary.write_bytes(text.encode("utf-8"))
        temporary.chmod(path.stat().st_mode & 0o7777)
        temporary.replace(path)
    except OSError as error:
        raise CommandError(f"{shown} cannot be written: {error.strerror}") from None
    finally:
        temporary.unlink(missing_ok=True)
