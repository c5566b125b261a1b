"""Every rule of the catalogue: its words, and that its examples give what its page claims."""

import re
import string

import pytest

from hdsl.check.catalogue import Rule, all_rules, rule_coded, rule_named
from hdsl.check.examples import check_example


@pytest.mark.parametrize("rule", all_rules(), ids=lambda rule: rule.code)
def test_its_examples_give_its_code_and_nothing_in_words_without_gaps(rule: Rule):
    (diagnostic,) = check_example(rule.wrong)
    assert diagnostic.code == rule.code
    assert check_example(rule.fixed) == ()
    fields = [name for _, name, _, _ in string.Formatter().parse(rule.message) if name]
    assert not any(f"{{{name}}}" in diagnostic.message + diagnostic.help for name in fields)
    assert diagnostic.help.endswith((".", "?"))
    assert rule.message.endswith(".")
    assert rule.severity in ("error", "warning")
    assert "\n" not in rule.explanation
    assert 1 <= len(re.findall(r"[.!?](?=\s|$)", rule.explanation)) <= 5
    assert rule.wrong != rule.fixed


def test_codes_and_names_are_unique_and_in_order():
    codes = [rule.code for rule in all_rules()]
    assert codes == sorted(set(codes))
    assert len({rule.name for rule in all_rules()}) == len(codes)
    assert all(re.fullmatch(r"HG\d{3}", code) for code in codes)


def test_a_rule_is_found_by_code_in_any_case_and_by_name():
    rule = rule_named("unknown-name")
    assert rule_coded("hg101") is rule
    assert rule_coded("Unknown-Name") is rule
    assert rule_coded("HG999") is None
