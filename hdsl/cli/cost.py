"""`hdsl cost`: static bounds of a harness, per node and in all."""

import argparse

from hdsl.cli.errors import CommandError
from hdsl.cli.output import show


def make_parser() -> argparse.ArgumentParser:
    """What the command takes."""
    parser = argparse.ArgumentParser(
        prog="hdsl cost",
        description="Show the most a harness can cost: model calls, world writes, seconds of waiting.",
        epilog="example: hdsl cost examples/router/router.hg --dim B=8",
    )
    parser.add_argument("file", metavar="FILE", help="a .hg file")
    parser.add_argument("--harness", metavar="NAME", help="which harness of the file")
    parser.add_argument("--dim", action="append", default=[], metavar="NAME=SIZE", help="a size of a shape parameter")
    return parser


def run(words: list[str]) -> int:
    """Prints a table of bounds."""
    options = make_parser().parse_args(words)
    from hdsl.cli.programs import program_of
    from hdsl.graph.cost import Bound, bounds

    program = program_of(options.file, options.harness)
    sizes = {name: size for name, size in program.dimensions.items() if isinstance(size, int)}
    sizes.update(_sizes(options.dim, set(program.dimensions)))
    total, each = bounds(program, sizes)
    rows = [("node", "model calls", "writes", "seconds"), *((path, *_cells(bound)) for path, bound in each.items())]
    rows.append(("in all", *_cells(total if not total.is_nothing else Bound())))
    widths = [max(len(row[column]) for row in rows) for column in range(4)]
    for row in rows:
        show("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())
    return 0


def _cells(bound: object) -> tuple[str, str, str]:
    from hdsl.graph.cost import Bound

    assert isinstance(bound, Bound)
    return str(bound.llm_calls), str(bound.writes), str(bound.seconds)


def _sizes(given: list[str], known: set[str]) -> dict[str, int]:
    sizes: dict[str, int] = {}
    for word in given:
        name, _, size = word.partition("=")
        if name not in known:
            listed = ", ".join(sorted(known)) or "none"
            raise CommandError(f"this harness has no dimension `{name}`; its dimensions: {listed}")
        if not size.isdigit():
            raise CommandError(f"--dim takes NAME=SIZE with a whole number, not {word}")
        sizes[name] = int(size)
    return sizes
