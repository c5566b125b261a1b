"""Where the grammar and the standard library are: inside an installed package, else beside it in a checkout.

A cached check asks this each time, so this file imports little.
"""

from __future__ import annotations

import os
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

LARGEST_CACHED = 64 * 1024 * 1024

FOLDERS_OF_CHECK = (
    "",
    "check",
    "check/catalogue",
    "check/findings",
    "check/render",
    "check/wording",
    "configuration",
    "experience",
    "graph",
    "ground",
    "meaning",
    "meaning/kinds",
    "policy",
    "structure",
    "syntax",
    "../stdlib",
    "../grammar",
    "_data/stdlib",
    "_data/grammar",
)
"""Where the code and the data of a check are, seen from the package."""

_PACKAGE = os.path.dirname(os.path.dirname(__file__))  # noqa: PTH120


def resource_folder(name: str) -> Path:
    """The folder `grammar` or `stdlib`, from a wheel (`hdsl/_data/NAME`) or a checkout (`NAME` beside the package)."""
    from pathlib import Path

    installed = Path(_PACKAGE) / "_data" / name
    return installed if installed.is_dir() else Path(_PACKAGE).parent / name


def cache_folder() -> Path:
    """The folder of this user's caches, made when it is missing. Whoever cannot write there goes without a cache."""
    from pathlib import Path

    root = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    folder = root / "hdsl"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    return folder


def read_cached(name: str) -> bytes | None:
    """What was kept under a name by this version of the code; None where there is none, or it is not whole."""
    from hashlib import sha256

    from hdsl.ground.files import read_regular

    try:
        content = read_regular(cache_folder() / name, LARGEST_CACHED)
    except OSError:
        return None
    seal, version, kept = content[:32], *_halves(content[32:])
    is_whole = seal == sha256(content[32:]).digest() and version == code_version().encode("utf-8", "surrogateescape")
    return kept if is_whole else None


def write_cached(name: str, kept: bytes) -> None:
    """Keeps something under a name; where nothing can be written there is no cache."""
    from hashlib import sha256

    from hdsl.ground.files import write_atomically

    sealed = code_version().encode("utf-8", "surrogateescape") + b"\0" + kept
    try:
        write_atomically(cache_folder() / name, sha256(sealed).digest() + sealed)
    except OSError:
        return


def _halves(content: bytes) -> tuple[bytes, bytes]:
    first, _, second = content.partition(b"\0")
    return first, second


@cache
def code_version() -> str:
    """Differs after every change of the checker's code, of the grammar and of the standard library: found once."""
    newest = 0
    for folder in FOLDERS_OF_CHECK:
        try:
            with os.scandir(os.path.join(_PACKAGE, folder)) as entries:  # noqa: PTH118
                newest = max(newest, *(entry.stat().st_mtime_ns for entry in entries if entry.name != "__pycache__"))
        except (OSError, TypeError):
            continue
    return f"{_PACKAGE}:{newest}"
