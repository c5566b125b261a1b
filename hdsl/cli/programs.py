"""From a file to a checked program: what `graph`, `cost`, `run` and `train` begin with."""

import sys
from pathlib import Path

from hdsl.check.entry import CheckError, checked_module, chosen_harness
from hdsl.check.render.human import render
from hdsl.check.session import Checked
from hdsl.cli.configured import Configured
from hdsl.cli.errors import CommandError
from hdsl.cli.output import tell_coloured
from hdsl.cli.paths import readable
from hdsl.cli.style import may_colour
from hdsl.graph.inline import inline
from hdsl.graph.program import Program
from hdsl.graph.typed import Module


def checked_file(file: str) -> tuple[Checked, Module]:
    """A file that checks without errors. Its findings go to stderr; CommandError where it does not check."""
    path = Path(file)
    if path.is_dir():
        raise CommandError(f"{file} is a folder; name a .hg file")
    if not path.exists():
        raise CommandError(f"there is no file {file}")
    readable(file)
    try:
        return checked_module(path, file, Configured().levels(file))
    except CheckError as error:
        tell_coloured(render(error.diagnostics, [file], may_colour(sys.stderr)))
        raise CommandError(f"{file} does not check", error.exit_code) from None


def program_of(file: str, harness: str | None, *, to_run: bool = False) -> Program:
    """The program of a harness of a file."""
    _, module = checked_file(file)
    return inline(module, chosen_harness(module, harness, to_run=to_run))
