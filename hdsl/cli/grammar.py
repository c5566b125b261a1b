"""`hdsl grammar`: the grammar, for a parser or a constrained decoder."""

import argparse


def run(words: list[str]) -> int:
    """Prints the grammar."""
    from hdsl.syntax.export import TARGETS, export_grammar

    parser = argparse.ArgumentParser(
        prog="hdsl grammar",
        description="Shows the grammar that the parser loads, in the notation of who constrains a decoder with it.",
        epilog="example: hdsl grammar --for gbnf > hdsl.gbnf",
    )
    parser.add_argument(
        "--for", dest="target", choices=TARGETS, default=TARGETS[0], help=f"who reads it (default: {TARGETS[0]})"
    )
    print(export_grammar(parser.parse_args(words).target), end="")
    return 0
