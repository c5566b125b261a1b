"""`hdsl grammar`: the grammar, for a parser or a constrained decoder."""

import argparse

from hdsl.cli.output import show


def make_parser() -> argparse.ArgumentParser:
    """What the command takes."""
    from hdsl.syntax.export import TARGETS

    parser = argparse.ArgumentParser(
        prog="hdsl grammar",
        description="Print the grammar of the language, for tools that constrain a decoder with it.",
        epilog="example: hdsl grammar --for gbnf > hdsl.gbnf",
    )
    parser.add_argument(
        "--for",
        dest="target",
        choices=TARGETS,
        default=TARGETS[0],
        help=f"the tool that reads it (default: {TARGETS[0]})",
    )
    parser.add_argument(
        "--operations",
        action="store_true",
        help="a grammar of one harness over one text, with only known operations, options and names defined above",
    )
    return parser


def run(words: list[str]) -> int:
    """Prints the grammar."""
    parser = make_parser()
    options = parser.parse_args(words)
    if options.operations and options.target == "gbnf":
        parser.error("--operations needs a Lark grammar: --for llguidance or openai")
    if options.operations:
        from hdsl.publish.operation_grammar import operation_grammar

        show(operation_grammar(), end="")
    else:
        from hdsl.syntax.export import export_grammar

        show(export_grammar(options.target), end="")
    return 0
