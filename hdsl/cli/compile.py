"""`hdsl compile`: a harness as a program of another language."""

import argparse
from pathlib import Path

from hdsl.cli.errors import CommandError
from hdsl.cli.output import show, tell
from hdsl.cli.programs import program_of
from hdsl.ground.files import write_atomically


def make_parser() -> argparse.ArgumentParser:
    """What the command takes."""
    parser = argparse.ArgumentParser(
        prog="hdsl compile",
        description="Write the lowered program of a harness as Python: a line a node, over the operations of hdsl. It "
        "runs as `hdsl run` does, with the same trace, and needs the .hg file no more.",
        epilog="example: hdsl compile examples/router/router.hg --emit python --out router.py",
        allow_abbrev=False,
    )
    parser.add_argument("file", metavar="FILE", help="a .hg file")
    parser.add_argument("--emit", required=True, choices=("python",), help="the language")
    parser.add_argument("--harness", metavar="NAME", help="which harness of the file")
    parser.add_argument("--out", type=Path, metavar="FILE", help="output file (default: stdout)")
    parser.add_argument("--force", action="store_true", help="overwrite an existing file")
    return parser


def run(words: list[str]) -> int:
    """Exit 0 where it is written."""
    options = make_parser().parse_args(words)
    program = program_of(options.file, options.harness, to_run=True)
    try:
        from hdsl.adapt.emitting import emitted_text
    except ModuleNotFoundError as error:
        raise CommandError(f"compiling needs the package `{error.name}`: pip install 'hdsl[run]'") from None
    from hdsl.configuration.settings import load_settings

    out: Path | None = options.out
    if out is not None and out.exists() and not options.force:
        raise CommandError(f"{out} already exists: --force overwrites it")
    if out is not None and not out.absolute().parent.is_dir():
        raise CommandError(f"there is no folder {out.parent}")
    text = emitted_text(program, load_settings(Path(options.file).parent).project, out)
    if out is None:
        show(text, end="")
        return 0
    write_atomically(out, text)
    tell(f"{out}: the harness `{program.name}` as Python")
    return 0
