"""Findings: each rule of the catalogue has facts of its own, and words are made for facts of the same file alone."""

from dataclasses import is_dataclass
from importlib import import_module

import pytest

from hdsl.check import findings
from hdsl.check.catalogue import all_rules
from hdsl.check.findings.finding import Finding
from hdsl.check.findings.syntax import Malformed

FAMILIES = findings.__all__


def kinds_of(family: str) -> list[type[Finding]]:
    module = import_module(f"hdsl.check.findings.{family}")
    found = [each for each in vars(module).values() if isinstance(each, type) and each.__module__ == module.__name__]
    return [each for each in found if issubclass(each, Finding) and "rule" in vars(each)]


def test_every_rule_has_facts_and_all_facts_are_of_a_rule():
    kinds = [kind for family in FAMILIES for kind in kinds_of(family) if kind is not Malformed]
    # What the parser finds names its rule itself.
    of_the_parser = {rule.name for rule in all_rules() if rule.code.startswith("HG0")} | {"nested-call"}
    named = {kind.rule for kind in kinds}
    assert named | of_the_parser >= {rule.name for rule in all_rules()}
    assert named <= {rule.name for rule in all_rules()}


@pytest.mark.parametrize("family", FAMILIES)
def test_words_are_made_for_facts_of_the_same_family(family):
    wording = import_module(f"hdsl.check.wording.{family}").WORDING
    module = import_module(f"hdsl.check.findings.{family}")
    assert all(getattr(module, kind.__name__) is kind for kind in wording)
    assert all(is_dataclass(kind) and kind.__doc__ for kind in kinds_of(family))
