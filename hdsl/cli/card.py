"""`hdsl card`: what a model needs to write `.hg`."""

import argparse
import json

from hdsl.cli.output import show


def make_parser() -> argparse.ArgumentParser:
    """What the command takes."""
    parser = argparse.ArgumentParser(
        prog="hdsl card",
        description="Print what a model must know to write .hg: the language, every operation and an example.",
        epilog="example: hdsl card > card.md",
    )
    parser.add_argument("--json", action="store_true", help="print it as JSON")
    return parser


def run(words: list[str]) -> int:
    """Prints the card."""
    options = make_parser().parse_args(words)
    from hdsl.publish.card import card_json, card_text

    if options.json:
        show(json.dumps(card_json(), ensure_ascii=False, indent=2))
    else:
        show(card_text(), end="")
    return 0
