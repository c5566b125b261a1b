"""`hdsl explain`: the page of a diagnostic."""

import argparse

from hdsl.cli.errors import CommandError
from hdsl.cli.output import show


def make_parser() -> argparse.ArgumentParser:
    """What the command takes."""
    parser = argparse.ArgumentParser(
        prog="hdsl explain",
        description="Show what a code means, with a wrong example and the same example fixed.",
        epilog="example: hdsl explain HG402",
    )
    parser.add_argument("code", nargs="?", metavar="CODE", help="a code (HG402) or its name (dimension-mismatch)")
    parser.add_argument("--all", action="store_true", help="show every page")
    return parser


def run(words: list[str]) -> int:
    """Prints the page of one code, or of all."""
    parser = make_parser()
    options = parser.parse_args(words)
    from hdsl.check.catalogue import all_rules, rule_coded, rule_names
    from hdsl.publish.diagnostic_pages import page_of

    if options.all:
        show("\n".join(page_of(rule) for rule in all_rules()), end="")
        return 0
    if options.code is None:
        parser.error("expected a code or --all")
    rule = rule_coded(options.code)
    if rule is None:
        from hdsl.ground.spelling import did_you_mean

        known = [each for code_and_name in rule_names().items() for each in code_and_name]
        hint = did_you_mean(options.code, known, f"Codes range from {known[0]} to {known[-2]}.")
        raise CommandError(f"unknown code {options.code}. {hint}")
    show(page_of(rule), end="")
    return 0
