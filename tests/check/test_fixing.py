"""`--fix` in memory: it fixes what is certain, makes nothing worse, keeps comments, and is done when it is done."""

from itertools import pairwise
from pathlib import Path
from random import Random

import hypothesis.strategies as st
import pytest
from hypothesis import HealthCheck, assume, example, given, settings

from hdsl.check.catalogue import all_rules
from hdsl.check.examples import check_example
from hdsl.check.fixes import SAFE, applied
from hdsl.check.fixing import FixedFile, fix_file
from hdsl.check.session import check_file
from hdsl.syntax.parser import parse
from hdsl.syntax.source import Source
from tests.check.corpus import Case, all_cases, check, write
from tests.check.faults import FAULTS
from tests.check.test_robustness import broken_texts
from tests.check.texts import LOOP, REPLY, TWICE, check_text
from tests.sources import without_spans
from tests.typed_programs import typed_program

VALID = [LOOP, REPLY + TWICE, typed_program(Random(1)), typed_program(Random(2))]

few = settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture(autouse=True)
def pairs(tmp_path: Path) -> None:
    """The data that the training of a valid file names."""
    (tmp_path / "pairs.jsonl").touch()


def fix_text(folder: Path, text: str) -> FixedFile:
    """A text as the file `main.hg` of a folder, fixed."""
    path = folder / "main.hg"
    path.write_bytes(text.encode("utf-8", "surrogatepass"))
    fixed = fix_file(str(path))
    assert fixed is not None
    return fixed


def comments(text: str) -> list[str]:
    source = Source("", text)
    found = sorted(text[span.start : span.end].strip() for span in source.comments)
    return [comment for comment in found if "hdsl: allow" not in comment]


def faults(folder: Path, text: str) -> tuple[int, int]:
    found = check_text(folder, text)
    return sum(diagnostic.severity == "error" for diagnostic in found), len(found)


def assert_is_no_worse(folder: Path, fixed: FixedFile) -> None:
    if fixed.after == fixed.before:
        assert not fixed.done
        return
    assert fixed.done
    assert faults(folder, fixed.after) < faults(folder, fixed.before)
    assert comments(fixed.after) == comments(fixed.before)
    assert fix_text(folder, fixed.after).after == fixed.after


# What is fixed


@pytest.mark.parametrize("name", FAULTS)
def test_one_fault_in_a_valid_file_is_one_diagnostic_and_its_safe_fix_gives_the_file_back(tmp_path, name):
    random = Random(name)
    applied_to = 0
    for text in VALID:
        wrong = FAULTS[name](text, random)
        found = () if wrong is None else check_text(tmp_path, wrong)
        if wrong is None or not found:
            continue
        assert len(found) == 1
        fixed = fix_text(tmp_path, wrong)
        assert_is_no_worse(tmp_path, fixed)
        if any(fix.applicability == SAFE for diagnostic in found for fix in diagnostic.fixes):
            applied_to += 1
            assert without_spans(parse(fixed.after).file) == without_spans(parse(text).file)
    assert applied_to


def test_many_faults_are_fixed_together(tmp_path):
    wrong = LOOP
    for right, slipped in [
        ("use std.terminal", "use std.termnal"),
        ("text:echo", "txet:echo"),
        ("= terminal.capture(shells)\n  action", "= terminal.captrue(shells)\n  action"),
        ("action:  Action[1, T]  =", "action ="),
        ("topk=2", 'topk="2"'),
        ("payload(action)", "payload(action"),
        ('"key:" => pressed', '"keys:" => pressed'),
        ("timeout=5.0", "5.0"),
        ("  return result\n", ""),
    ]:
        assert right in wrong
        wrong = wrong.replace(right, slipped, 1)
    fixed = fix_text(tmp_path, wrong)
    assert len(fixed.done) == 9
    assert without_spans(parse(fixed.after).file) == without_spans(parse(LOOP).file)


def test_calls_in_calls_become_nodes_with_their_annotations(tmp_path):
    wrong = REPLY.replace("llm(message)", 'llm(first_line(join(message, message)), task="Say.")')
    fixed = fix_text(tmp_path, wrong)
    assert check_text(tmp_path, fixed.after) == ()
    assert "  join: text[1] = join(message, message)\n  first_line: text[1] = first_line(join)\n" in fixed.after


def test_a_stale_read_gets_a_second_node(tmp_path):
    wrong = LOOP.replace("sequential(sent, settled, after)", "sequential(sent, settled, before)")
    wrong = wrong.replace("  after:   text[1, T]    = terminal.capture(shells)\n", "")
    fixed = fix_text(tmp_path, wrong)
    assert check_text(tmp_path, fixed.after) == ()
    assert "  before_2:  text[1, T]    = terminal.capture(shells)\n" in fixed.after


def test_a_missing_use_stands_among_the_others(tmp_path):
    wrong = LOOP.replace("use std.terminal\n", "use std.zeta # kept\n").replace("std.zeta", "std.terminal", 1)
    other = wrong.replace("use std.terminal # kept\n", "# Why.\n")
    assert "hdsl 1\n\nuse std.terminal\n" in fix_text(tmp_path, other).after


# What is left as it is


def test_an_unsafe_fix_is_not_made(tmp_path):
    wrong = LOOP.replace(', "key:" => pressed }', " }")
    found = check_text(tmp_path, wrong)
    assert [fix.applicability for diagnostic in found for fix in diagnostic.fixes] == ["unsafe"]
    assert fix_text(tmp_path, wrong).after == wrong


def test_an_unused_node_that_asks_a_model_is_left(tmp_path):
    wrong = REPLY.replace("  return", "  more: text[1] = llm(answer)\n  return")
    assert fix_text(tmp_path, wrong).after == wrong


def test_a_fix_that_makes_it_worse_is_not_made(tmp_path):
    # The name is near to one that is known, of a type that cannot stand there.
    wrong = LOOP.replace("expert(before, decide", "expert(shell2, decide")
    fixed = fix_text(tmp_path, wrong.replace("shells:", "shell1:").replace("shells", "shell1"))
    assert fixed.after == fixed.before


def test_faults_of_a_used_file_are_left_to_that_file(tmp_path):
    (tmp_path / "lib.hg").write_text(REPLY.replace("llm", "lmm"))
    wrong = REPLY.replace("hdsl 1\n", 'hdsl 1\n\nuse "lib.hg" as lib\n').replace("llm(", "lib.rply(")
    fixed = fix_text(tmp_path, wrong)
    assert "lib.reply(message)" in fixed.after
    assert "lmm" in (tmp_path / "lib.hg").read_text()


def test_what_a_comment_allows_is_left_until_it_is_not_needed(tmp_path):
    text = REPLY.replace(
        "  return", "  kept: text[1] = first_line(message)  # hdsl: allow HG104 because soon\n  return"
    )
    assert fix_text(tmp_path, text).after == text
    used = text.replace("  return answer", "  spare: text[1] = first_line(kept)\n  return answer")
    assert fix_text(tmp_path, used).after == text


def test_line_ends_stay(tmp_path):
    wrong = LOOP.replace("hdsl 1\n\nuse std.terminal\n", "hdsl 1\n").replace("  return result\n", "")
    fixed = fix_text(tmp_path, wrong.replace("\n", "\r\n"))
    assert fixed.after == LOOP.replace("\n", "\r\n")


def test_comments_of_what_is_removed_stay(tmp_path):
    wrong = REPLY.replace(
        "  return", "  # above\n  more: text[1] = join( # inside\n    message, message)  # behind\n  return"
    )
    after = fix_text(tmp_path, wrong).after
    assert after == REPLY.replace("  return", "  # above\n  # inside\n  # behind\n  return")


def test_a_file_that_is_no_text_is_left(tmp_path):
    (tmp_path / "main.hg").write_bytes(b"hdsl 1\n\xff")
    assert fix_file(str(tmp_path / "main.hg")) is None


# Whatever the file


def test_at_least_half_of_the_codes_offer_a_fix(tmp_path):
    offering = {diagnostic.code for rule in all_rules() for diagnostic in check_example(rule.wrong) if diagnostic.fixes}
    for number, case in enumerate(all_cases()):
        found = check(case.wrong, tmp_path / str(number))
        offering |= {diagnostic.code for diagnostic in found if diagnostic.fixes}
    assert len(offering) >= len(all_rules()) / 2


@pytest.mark.parametrize("case", all_cases(), ids=str)
def test_no_case_gets_worse_and_safe_edits_lie_in_its_text(case: Case, tmp_path, monkeypatch):
    write(case.wrong, tmp_path)
    monkeypatch.chdir(tmp_path)
    fixed = fix_file("main.hg")
    if fixed is None:
        return
    for diagnostic in check_file(Path("main.hg"), "main.hg").diagnostics:
        for fix in diagnostic.fixes:
            spans = sorted(edit.place.span for edit in fix.edits)
            text = fix.edits[0].place.source.text
            assert all(0 <= span.start <= span.end <= len(text) for span in spans)
            assert all(one.end <= other.start for one, other in pairwise(spans))
            assert applied(text, fix.edits) != text
    if fixed.after != fixed.before:
        Path("main.hg").write_bytes(fixed.after.encode())
        assert not any(each.severity == "error" for each in check_file(Path("main.hg"), "main.hg").diagnostics)
        assert fix_file("main.hg") == FixedFile(fixed.after, fixed.after)
        assert comments(fixed.after) == comments(fixed.before)


@few
@given(broken_texts())
@example(
    "hdsl 1\n\nharness twice(\n  first:  text[1] = reply(message)\n  second: text[1] = reply(first)\n"
    "  return second\n}\nmessage: text[1]) -> text[1] {"
)
def test_nothing_gets_worse(tmp_path, text):
    assume("\0" not in text)  # that is not text
    assert_is_no_worse(tmp_path, fix_text(tmp_path, text))


@few
@given(st.lists(st.sampled_from(sorted(FAULTS)), min_size=2, max_size=5), st.integers(0, 10_000))
def test_several_faults_leave_a_file_that_is_no_worse(tmp_path, names, seed):
    random = Random(seed)
    text = random.choice(VALID).replace("llm(", "llm(  # kept\n    ", 1)
    for name in names:
        text = FAULTS[name](text, random) or text
    assume(text not in VALID)
    assert_is_no_worse(tmp_path, fix_text(tmp_path, text))
