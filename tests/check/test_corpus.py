"""The corpus: every code has its cases, each gives its code alone, in the expected words."""

import pytest

from hdsl.check.catalogue import all_rules, rule_named
from tests.check.corpus import MAIN, PROGRAMS, Case, all_cases, check, patched, program, said_of

CASES = all_cases()


@pytest.mark.parametrize("case", CASES, ids=str)
def test_wrong_files_give_their_code_alone_in_the_expected_words_and_fixed_ones_nothing(case: Case, tmp_path):
    rule = rule_named(case.path.stem[6:])
    assert rule.code == case.code
    assert case.wrong[MAIN].decode() not in (rule.wrong.text, rule.fixed.text), "the catalogue has it already"
    found = check(case.wrong, tmp_path / "wrong")
    assert [diagnostic.code for diagnostic in found] == [case.code]
    assert said_of(found) == case.said, "python -m tests.update_golden writes it anew"
    assert case.fixed is None or check(case.fixed, tmp_path / "fixed") == ()


def test_every_code_has_a_wrong_and_a_fixed_case():
    codes = [rule.code for rule in all_rules()]
    assert sorted({case.code for case in CASES}) == codes
    assert sorted({case.code for case in CASES if case.fixed is not None}) == codes


def test_every_section_has_a_title_of_its_own_and_every_program_is_used():
    assert len({case.name for case in CASES}) == len(CASES)
    texts = {path: path.read_text(encoding="utf-8") for path in {case.path for case in CASES}}
    assert sum(text.count("\n## ") for text in texts.values()) == len(CASES)
    assert all(any(f"In `{folder.name}`:" in text for text in texts.values()) for folder in PROGRAMS.iterdir())


def test_a_diff_must_meet_one_place():
    text = program("mails")[MAIN].decode()
    assert patched("a\nb\na\n", " b\n-a\n+c\n") == "a\nb\nc\n"
    for diff in ("-no such line\n", "-}\n"):
        with pytest.raises(AssertionError, match="places for"):
            patched(text, diff)
