"""The golden outputs of every format: `tests/golden/formats/`, three files with faults, and what is printed of them."""

import contextlib
from importlib import import_module
from pathlib import Path

from hdsl.check.session import check_files
from hdsl.cli.check import FORMATS

FOLDER = Path(__file__).parents[1] / "golden" / "formats"
FILES = ["main.hg", "my files/lib.hg", "warned.hg"]


def outputs() -> dict[str, str]:
    """What is printed in each format, by the name of its golden file."""
    with contextlib.chdir(FOLDER):
        found = check_files(FILES).diagnostics
        return {
            f"check.{name}": import_module(f"hdsl.check.render.{name}").render(found, FILES, False) for name in FORMATS
        }
