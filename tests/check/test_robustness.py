"""Whatever the text, the checker answers: it never raises, finds a fault in what does not parse, and repeats itself."""

import json as standard_json

import hypothesis.strategies as st
import pytest
from hypothesis import HealthCheck, given, settings

from hdsl.check.render import human, json
from hdsl.check.session import check_file
from hdsl.syntax.parser import parse
from tests.check.texts import LOOP, REPLY, TWICE, check_text, codes_of

PIECES = st.sampled_from(
    ["{", "}", "(", ")", "[", "]", '"', '"""', ",", ":", "=", "=>", "->", ".", "...", "*", "?", "!", "\\", "#", "\n",
     "\r", "\t", "\0", "\ufeff", "é", "\u202e", "harness", "return", "switch", "else", "type", "use", "op",
     "experience", "test", "expect", "train", "hdsl", "text[1]", "None", "-1", "1.5", "T", " "]
)  # fmt: skip
TEXTS = st.sampled_from([LOOP, REPLY + TWICE])


@st.composite
def broken_texts(draw: st.DrawFn) -> str:
    """A valid file with a few pieces taken out, put in, doubled or swapped."""
    text = draw(TEXTS)
    for _ in range(draw(st.integers(1, 4))):
        start = draw(st.integers(0, len(text)))
        end = min(len(text), start + draw(st.integers(0, 30)))
        action = draw(st.sampled_from(["delete", "insert", "double", "truncate", "swap"]))
        if action == "delete":
            text = text[:start] + text[end:]
        elif action == "insert":
            text = text[:start] + draw(PIECES) + text[start:]
        elif action == "double":
            text = text[:end] + text[start:]
        elif action == "truncate":
            text = text[:start]
        else:
            text = text[:start] + text[end:] + text[start:end]
    return text


def _check_twice(folder, text: str) -> None:
    first, second = check_text(folder, text), check_text(folder, text)
    assert human.render(first, ["main.hg"]) == human.render(second, ["main.hg"])
    standard_json.loads(json.render(first, ["main.hg"]))
    parsed = parse(text.removeprefix("\ufeff"))  # which a file may begin with
    if parsed.faults:
        assert any(diagnostic.severity == "error" for diagnostic in first)
    for diagnostic in first:
        assert 0 <= diagnostic.place.span.start <= diagnostic.place.span.end
        assert diagnostic.place.span.end <= len(diagnostic.place.source.text)
        assert diagnostic.message.endswith(".") and "Expected ," not in diagnostic.message


_many = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@_many
@given(broken_texts())
def test_broken_files_are_answered(tmp_path, text):
    _check_twice(tmp_path, text)


@_many
@given(st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=200))
def test_any_text_is_answered(tmp_path, text):
    _check_twice(tmp_path, text)


@_many
@given(st.lists(PIECES, max_size=40).map(" ".join))
def test_any_tokens_are_answered(tmp_path, text):
    _check_twice(tmp_path, "hdsl 1\n" + text)


@_many
@given(st.binary(max_size=200))
def test_any_bytes_are_answered(tmp_path, content):
    (tmp_path / "main.hg").write_bytes(content)
    assert check_file(tmp_path / "main.hg").diagnostics == check_file(tmp_path / "main.hg").diagnostics


@pytest.mark.parametrize("text", [LOOP, REPLY + TWICE])
def test_every_truncation_has_an_error_or_parses(tmp_path, text):
    for end in range(0, len(text), 17):
        _check_twice(tmp_path, text[:end])


def test_a_file_cut_off_in_a_harness_has_one_fault(tmp_path):
    assert codes_of(tmp_path, REPLY[:60]) == ["HG002"]
    assert codes_of(tmp_path, REPLY.rstrip().removesuffix("}")) == ["HG002"]


@pytest.mark.parametrize(
    ("path", "code"),
    [("a\\u0000b.jsonl", "HG801"), ("x\\u0000/b.jsonl", "HG801"), ("a" * 300 + ".jsonl", "HG804"), ("", "HG803")],
)
def test_paths_that_cannot_be_are_answered(tmp_path, path, code):
    """They raised ValueError and OSError once."""
    assert codes_of(tmp_path, f'hdsl 1\n\nexperience tone: text -> text = load("{path}")\n') == [code]
    if code != "HG803":
        assert codes_of(tmp_path, f'hdsl 1\n\nuse "{path}" as other\n') == [code]


def test_a_directory_is_no_module(tmp_path):
    (tmp_path / "lib").mkdir()
    assert codes_of(tmp_path, 'hdsl 1\n\nuse "lib" as lib\n') == ["HG801"]


def test_deep_brackets_and_long_lines_are_answered(tmp_path):
    deep = REPLY.replace("llm(message)", "llm(" + "[" * 3000 + "message" + "]" * 3000 + ")")
    assert codes_of(tmp_path, deep)
    assert codes_of(tmp_path, REPLY.replace("llm(message)", "llm(" + "(" * 3000 + "message)"))
    assert codes_of(tmp_path, REPLY.replace("(message)", '(message, task="' + "x" * 100_000 + '")')) == []


def test_two_hundred_harnesses_in_a_chain_are_answered(tmp_path):
    text = REPLY.replace("reply", "reply0")
    for i in range(1, 200):
        text += REPLY.removeprefix("hdsl 1\n").replace("reply", f"reply{i}").replace("llm(", f"reply{i - 1}(")
    assert codes_of(tmp_path, text) == []


def test_a_thousand_declarations_in_one_line_are_answered(tmp_path):
    text = "hdsl 1 " + " ".join(f"dim D{i} = 3" for i in range(1000)) + " dim = 3\n"
    assert codes_of(tmp_path, text) == ["HG001"]


def test_a_brace_that_ends_the_text_and_opens_nothing(tmp_path):
    _check_twice(tmp_path, "hdsl 1\n\nharness twice(\n  return second\n}\nmessage: text[1]) -> text[1] {")
    _check_twice(
        tmp_path, REPLY + TWICE.replace("message: text[1]) -> text[1] {", "") + "message: text[1]) -> text[1] {"
    )
