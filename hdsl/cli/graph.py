"""`hdsl graph`: the graph of a harness with inferred types, shapes, effects."""

import argparse

from hdsl.cli.output import show

FORMATS = ("json", "dot", "mermaid")


def make_parser() -> argparse.ArgumentParser:
    """What the command takes."""
    parser = argparse.ArgumentParser(
        prog="hdsl graph",
        description="Show a harness and all it calls as one flat graph.",
        epilog="example: hdsl graph examples/coder/coder.hg --format mermaid",
    )
    parser.add_argument("file", metavar="FILE", help="a .hg file")
    parser.add_argument("--format", choices=FORMATS, default="json", help="output format (default: json)")
    parser.add_argument("--harness", metavar="NAME", help="the harness to show")
    return parser


def run(words: list[str]) -> int:
    """Prints the graph."""
    options = make_parser().parse_args(words)
    from hdsl.cli.programs import program_of
    from hdsl.graph import export

    program = program_of(options.file, options.harness)
    exporters = {"json": export.to_json, "dot": export.to_dot, "mermaid": export.to_mermaid}
    show(exporters[options.format](program), end="")
    return 0
