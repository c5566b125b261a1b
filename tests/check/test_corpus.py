"""The corpus: every code has its fixtures, each gives its code alone, and says it as the golden files do."""

import pytest

from hdsl.check.catalogue import all_rules, rule_coded
from tests.check.corpus import Fixture, all_fixtures, check, goldens

FIXTURES = all_fixtures()


@pytest.mark.parametrize("fixture", FIXTURES, ids=lambda fixture: fixture.folder.name)
def test_wrong_file_gives_its_code_alone_in_the_golden_words(fixture: Fixture, tmp_path):
    found = check(fixture, "wrong", tmp_path)
    assert [diagnostic.code for diagnostic in found] == [fixture.code]
    for name, text in goldens(found):
        assert text == (fixture.folder / name).read_text(encoding="utf-8"), (
            "python -m tests.update_golden makes it anew"
        )


@pytest.mark.parametrize("fixture", [each for each in FIXTURES if each.has_right], ids=lambda each: each.folder.name)
def test_right_file_gives_nothing(fixture: Fixture, tmp_path):
    assert check(fixture, "right", tmp_path) == ()


def test_every_code_has_a_failing_and_a_passing_fixture():
    codes = [rule.code for rule in all_rules()]
    assert sorted({fixture.code for fixture in FIXTURES}) == codes
    assert sorted({fixture.code for fixture in FIXTURES if fixture.has_right}) == codes


@pytest.mark.parametrize("fixture", FIXTURES, ids=lambda fixture: fixture.folder.name)
def test_fixture_is_named_after_its_rule_and_is_no_example_of_the_catalogue(fixture: Fixture):
    rule = rule_coded(fixture.code)
    assert rule is not None
    assert fixture.rule_name.startswith(rule.name)
    assert (fixture.folder / "wrong" / "main.hg").read_text(encoding="utf-8") not in (rule.wrong.text, rule.fixed.text)
