"""Training data against the harness it trains: what fits gives nothing, each fault one diagnostic at its line."""

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hdsl.check.diagnostic import Diagnostic
from hdsl.check.session import check_file, check_one

FILE = """\
hdsl 1

type Step { "text:", "key:" }

experience steps: text -> Step = []

harness walk(task: text[B], pages: text[B, 2], T: dim = 3) -> text[B] {
  read:  text[B]    = merge(pages)
  goal:  text[B]    = join(task, read)
  goals: text[B, T] = expand(goal, to=[B, T])
  step:  Step[B, T] = expert(goals, steps)
  done:  text[B, T] = until_match(step, pattern="end")
  last:  text[B]    = recurrent(done, goal)
  return last
}

train walk {
  data = load("data.jsonl")
}
"""


def _check(folder: Path, *lines: str | dict[str, object], file: str = FILE) -> tuple[Diagnostic, ...]:
    (folder / "main.hg").write_text(file)
    texts = [line if isinstance(line, str) else json.dumps(line) for line in lines]
    (folder / "data.jsonl").write_text("\n".join(texts))
    return check_file(folder / "main.hg", str(folder / "main.hg")).diagnostics


def _told(found: tuple[Diagnostic, ...]) -> list[tuple[str, int]]:
    return [(each.code, each.place.source.position(each.place.span.start)[0]) for each in found]


PAGES = [["a", "b"]]


@pytest.mark.parametrize(
    "line",
    [
        {"task": "go", "pages": PAGES, "expected": "end"},
        {"task": ["go", "come"], "pages": [["a", "b"], ["c", "d"]], "expected": ["end", "end"]},
        {"task": "go", "pages": PAGES, "at": {"step": "text:end"}},
        {"task": "go", "pages": PAGES, "at": {"step": ["text:a", "text:end"]}},
        {"task": "go", "pages": PAGES, "at": {"step": [["text:a", "key:b", "text:end"]], "read": "ab"}},
        {"task": ["go", "come"], "pages": [*PAGES, *PAGES], "at": {"step": "text:end", "read": ["ab", "ab"]}},
    ],
)
def test_a_line_that_fits_gives_nothing(tmp_path, line):
    assert _check(tmp_path, line) == ()


@pytest.mark.parametrize(
    ("code", "line"),
    [
        ("HG731", {"task": "go", "page": PAGES, "expected": "end"}),
        ("HG731", {"task": "go", "pages": PAGES, "expect": "end"}),
        ("HG732", {"task": "go", "expected": "end"}),
        ("HG732", {"task": "go", "pages": PAGES, "at": {}}),
        ("HG733", {"task": "go", "pages": ["a", "b"], "expected": "end"}),
        ("HG733", {"task": "go", "pages": "a", "expected": "end"}),
        ("HG733", {"task": ["go", "come"], "pages": PAGES, "at": {"step": "text:"}}),
        ("HG733", {"task": ["go", "come"], "pages": [*PAGES, *PAGES], "at": {"step": ["text:", "key:"]}}),
        ("HG733", {"task": "go", "pages": PAGES, "at": {"step": ["text:"] * 4}}),
        ("HG733", {"task": "go", "pages": PAGES, "expected": [["end"]]}),
        ("HG734", {"task": "go", "pages": PAGES, "at": {"stop": "text:end"}}),
        ("HG734", {"task": "go", "pages": PAGES, "at": {"task": "go"}}),
        ("HG303", {"task": "go", "pages": PAGES, "at": {"step": ["text:a", "end"]}}),
        ("HG806", '{"task": "go"'),
    ],
)
def test_each_fault_is_one_diagnostic_at_its_line(tmp_path, code, line):
    assert _told(_check(tmp_path, {"task": "go", "pages": PAGES, "expected": "end"}, line)) == [(code, 2)]


def test_several_faults_are_several_diagnostics(tmp_path):
    found = _check(
        tmp_path,
        "{",
        {"task": "go", "pages": PAGES},
        {"task": "go", "pages": "a", "at": {"stop": "text:end", "step": "end"}},
        "[]",
    )
    assert sorted(_told(found)) == [("HG303", 3), ("HG732", 2), ("HG733", 3), ("HG734", 3), ("HG806", 1), ("HG806", 4)]


def test_what_all_lines_have_in_common_is_told_once(tmp_path):
    line = {"task": "go", "page": PAGES, "expected": "end"}
    (told,) = _check(tmp_path, *[line] * 5)
    assert told.help == "Did you mean `pages`? 4 more lines have the same error."


def test_lines_are_not_compared_with_a_harness_that_has_errors_no_cascade(tmp_path):
    found = _check(tmp_path, {"task": "go", "expected": "end"}, file=FILE.replace("read:  text", "read:  txt"))
    assert [each.code for each in found] == ["HG110"]
    found = _check(tmp_path, {"task": "go", "expected": "end"}, file=FILE.replace("train walk", "train wall"))
    assert [each.code for each in found] == ["HG706"]


def test_data_is_a_file_that_a_cached_check_depends_on(tmp_path):
    _check(tmp_path, {"task": "go", "pages": PAGES, "expected": "end"})
    assert str(tmp_path / "data.jsonl") in check_one(str(tmp_path / "main.hg")).dependencies


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=6,
)
NAMES = st.sampled_from(["task", "pages", "expected", "at", "step", "T", ""])
OBJECTS = st.dictionaries(NAMES, VALUES | st.dictionaries(NAMES, VALUES))


@settings(deadline=None, max_examples=50)
@given(st.lists(OBJECTS.map(json.dumps) | st.text(), max_size=4))
def test_whatever_stands_in_data_is_told_the_same_twice(tmp_path_factory, lines):
    folder = tmp_path_factory.mktemp("data")
    assert _check(folder, *lines) == _check(folder, *lines)
