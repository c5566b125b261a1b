"""The one catalogue of codes: every diagnostic's code, name, severity, words, and page. Codes are append-only."""

import functools

from hdsl.check.catalogue.rule import Rule

__all__ = ["Rule", "all_rules", "rule_coded", "rule_named"]


@functools.cache
def all_rules() -> tuple[Rule, ...]:
    """Every rule, by code."""
    from hdsl.check.catalogue import calls, contracts, control, effects, files, names, shapes, syntax, training, types

    families = (syntax, names, calls, types, shapes, effects, control, contracts, training, files)
    return tuple(rule for family in families for rule in family.RULES)


@functools.cache
def _by_name() -> dict[str, Rule]:
    return {rule.name: rule for rule in all_rules()}


def rule_named(name: str) -> Rule:
    """The rule of this name. KeyError where there is none: names are written in our own code only."""
    return _by_name()[name]


def rule_coded(code: str) -> Rule | None:
    """The rule of this code (`HG402`, in any case) or name, or None."""
    wanted = code.upper()
    return next((rule for rule in all_rules() if rule.code == wanted), None) or _by_name().get(code.lower())
