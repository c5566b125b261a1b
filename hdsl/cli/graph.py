"""`hdsl graph`: the graph of a harness with inferred types, shapes, effects; or with what a reflection found."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from hdsl.cli.errors import CommandError
from hdsl.cli.output import show

if TYPE_CHECKING:
    from hdsl.graph.program import Program

FORMATS = ("json", "dot", "mermaid", "svg", "html")
BLAMED = ("text", "dot", "svg", "html")


def make_parser() -> argparse.ArgumentParser:
    """What the command takes."""
    parser = argparse.ArgumentParser(
        prog="hdsl graph",
        description="Show a harness and all it calls as one flat graph.",
        epilog="example: hdsl graph examples/coder/coder.hg --format mermaid",
    )
    parser.add_argument("file", metavar="FILE", help="a .hg file")
    formats = tuple(dict.fromkeys((*FORMATS, *BLAMED)))
    shown = "output format: json (default), dot, mermaid, svg or html; with --blame text (default), dot, svg or html"
    parser.add_argument("--format", choices=formats, help=shown)
    parser.add_argument("--harness", metavar="NAME", help="the harness to show")
    parser.add_argument("--blame", metavar="RUN", help="show what a run of hdsl reflect found of each node")
    return parser


def run(words: list[str]) -> int:
    """Prints the graph."""
    options = make_parser().parse_args(words)
    from hdsl.cli.programs import program_of

    wanted = options.format or ("text" if options.blame else "json")
    if wanted not in (BLAMED if options.blame else FORMATS):
        known = ", ".join(BLAMED if options.blame else FORMATS)
        raise CommandError(f"{'with' if options.blame else 'without'} --blame the formats are {known}, not {wanted}")
    program = program_of(options.file, options.harness)
    show(_blamed(program, options.blame, wanted, options.file) if options.blame else _plain(program, wanted), end="")
    return 0


def _plain(program: "Program", wanted: str) -> str:
    from hdsl.graph import export

    exporters = {
        "json": export.to_json,
        "dot": export.to_dot,
        "mermaid": export.to_mermaid,
        "svg": export.to_svg,
        "html": export.to_html,
    }
    return exporters[wanted](program)


def _blamed(program: "Program", run: str, wanted: str, file: str) -> str:
    from hdsl.configuration.settings import load_settings
    from hdsl.graph import blamed
    from hdsl.graph.blamed import Blame
    from hdsl.reflect.record import read_reflection

    folder = Path(run) if Path(run).is_dir() else load_settings(Path(file).parent).runs / run
    found = read_reflection(folder)
    if found.harness != program.name:
        raise CommandError(f"the run {folder.name} is of `{found.harness}`, and not of `{program.name}`")
    blame = {node.path: Blame(node.blame, node.examples, node.ran, node.failed) for node in found.nodes}
    if wanted == "html":
        return blamed.to_html(program, blame, folder.name)
    writers = {"text": blamed.to_text, "dot": blamed.to_dot, "svg": blamed.to_svg}
    return writers[wanted](program, blame)
