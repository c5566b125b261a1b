"""The secrets that a person keeps in files of their own: the key that signs, and the token of a served pool."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from hdsl.ground.files import make_private_file, read_regular
from hdsl.pool.faults import PoolError

_LARGEST = 4096


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of secret: one line of text in a file that nobody else can read."""

    form: re.Pattern[str]
    otherwise: str
    """What is said of a file that holds anything else, after its name."""


def load(file: Path, kind: Kind) -> str:
    """The secret in a file. PoolError where it holds none or others can read it, FileNotFoundError without a file."""
    text = read_regular(file, _LARGEST).decode("ascii", "replace").strip()
    if not kind.form.fullmatch(text):
        raise PoolError(f"{file} {kind.otherwise}")
    if file.stat().st_mode & 0o077:
        raise PoolError(f"{file} can be read by others: chmod 600 {file}")
    return text


def load_or_make(file: Path, kind: Kind, make: Callable[[], str]) -> str:
    """The secret in a file, which is made if it is not there. Of several processes that make it at once, one does."""
    try:
        return load(file, kind)
    except FileNotFoundError:
        make_private_file(file, make() + "\n")
        return load(file, kind)
