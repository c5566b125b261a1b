"""The catalogue of codes: a Markdown file for each, `CODE-name.md`, read when needed. Codes are append-only."""

import functools
from collections.abc import Mapping
from pathlib import Path

from hdsl.check.catalogue.rule import Rule, parsed_rule

__all__ = ["Rule", "all_rules", "rule_coded", "rule_named", "rule_names"]

_FOLDER = Path(__file__).parent


@functools.cache
def rule_names() -> Mapping[str, str]:
    """The name of each code, in the order of codes. Nothing is read."""
    pages = (page.stem.partition("-") for page in _FOLDER.glob("HG*.md"))
    return dict(sorted((code, name) for code, _, name in pages))


@functools.cache
def _codes() -> Mapping[str, str]:
    """The code of each name."""
    return {name: code for code, name in rule_names().items()}


@functools.cache
def _rule(code: str, name: str) -> Rule:
    return parsed_rule(code, name, (_FOLDER / f"{code}-{name}.md").read_text(encoding="utf-8"))


def all_rules() -> tuple[Rule, ...]:
    """Every rule, by code."""
    return tuple(_rule(code, name) for code, name in rule_names().items())


def rule_named(name: str) -> Rule:
    """The rule with this name. KeyError if there is none: names are written in our own code only."""
    return _rule(_codes()[name], name)


def rule_coded(code: str) -> Rule | None:
    """The rule with this code (`HG402`, in any case) or name, or None."""
    name = rule_names().get(code.upper())
    if name is not None:
        return _rule(code.upper(), name)
    return rule_named(code.lower()) if code.lower() in _codes() else None
