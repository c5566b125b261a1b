"""The reader of training data: examples of well-formed lines, and the place of what is wrong in the others."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hdsl.experience.training_data import (
    Example,
    TrainingDataError,
    flat,
    read_examples,
    scan_examples,
    shape_of,
    span_of,
)

TEXT = st.text(st.characters(exclude_categories=["Cs"]))


def test_a_line_is_inputs_expected_and_at(tmp_path):
    file = tmp_path / "pairs.jsonl"
    file.write_text(
        '{"task": "list", "expected": "ls"}\n\n'
        '{"task": ["a", "b"], "pages": [["1", "2"], ["3", "4"]], "at": {"done.action": [["x", "y"]]}}\n'
    )
    assert read_examples(file) == (
        Example({"task": "list"}, "ls", {}, 1),
        Example({"task": ("a", "b"), "pages": (("1", "2"), ("3", "4"))}, None, {"done.action": (("x", "y"),)}, 3),
    )


@pytest.mark.parametrize(
    ("line", "column", "message"),
    [
        ('{"task" "list"}', 9, "this is not JSON: Expecting ':' delimiter"),
        ('["list"]', 1, 'a line is an object: {"INPUT": …, "expected": …}'),
        ('{"task": "a", "task": "b"}', 15, '"task" is given twice'),
        ('{"task": "a", "expected": 3}', 15, '"expected" is not text and no list of texts'),
        ('{"task": [["a"], ["b", "c"]]}', 2, '"task" has lists of different lengths'),
        ('{"task": ["a", ["b"]]}', 2, '"task" has lists of different lengths'),
        ('{"task": []}', 2, '"task" is a list of nothing'),
        ('{"task": "a", "at": "b"}', 15, '"at" is an object: {"NODE": …}'),
        ('{"at": "b", "at": {"at": null}}', 13, '"at" is given twice'),
        ('{"task": "a", "at": {"at": null}}', 22, '"at" is not text and no list of texts'),
        (r'{"task": "\ud800"}', 2, '"task" has half a character (a lone surrogate)'),
        ("[" * 100_000, 1, "this is nested too deeply"),
    ],
)
def test_what_is_malformed_has_its_place(tmp_path, line, column, message):
    file = tmp_path / "pairs.jsonl"
    file.write_text(f'{{"task": "list"}}\n{line}\n')
    with pytest.raises(TrainingDataError) as raised:
        read_examples(file)
    assert (raised.value.line, raised.value.column, raised.value.message) == (2, column, message)


def test_each_malformed_line_is_found_and_the_rest_is_read(tmp_path):
    file = tmp_path / "pairs.jsonl"
    file.write_text('{"a": 1}\n{"a": "x"}\n{"a"}\n')
    found = list(scan_examples(file))
    assert [each.line for each in found] == [1, 2, 3]
    assert [isinstance(each, Example) for each in found] == [False, True, False]


def test_what_is_no_jsonl_or_no_text_is_refused(tmp_path):
    table, broken = tmp_path / "pairs.csv", tmp_path / "pairs.jsonl"
    table.write_text("task,expected\n")
    broken.write_bytes(b'{"task": "a"}\n{"task": "\xff"}\n')
    with pytest.raises(TrainingDataError, match=r"training data is read from \.jsonl, not from \.csv"):
        read_examples(table)
    with pytest.raises(TrainingDataError, match=r":2:11: this is not UTF-8"):
        read_examples(broken)
    with pytest.raises(FileNotFoundError):
        read_examples(tmp_path / "missing.jsonl")


def test_nested_texts_have_a_shape_and_an_order():
    nested = (("a", "b"), ("c", "d"), ("e", "f"))
    assert (shape_of(nested), flat(nested)) == ((3, 2), ("a", "b", "c", "d", "e", "f"))
    assert (shape_of("a"), flat("a")) == ((), ("a",))


@given(st.dictionaries(TEXT, TEXT | st.lists(TEXT, min_size=1), max_size=4), st.booleans())
def test_a_key_is_found_where_it_is_written(members, spaced):
    line = json.dumps(members, separators=None if spaced else (",", ":"))
    for name in members:
        start, end = span_of(line, (name,))
        assert json.loads(line[start:end]) == name


@given(st.lists(st.dictionaries(TEXT, TEXT), max_size=3), TEXT)
def test_what_is_written_is_read(tmp_path_factory, lines, expected):
    file = tmp_path_factory.mktemp("data") / "pairs.jsonl"
    file.write_text("".join(json.dumps({"expected": expected} | line) + "\n" for line in lines if "at" not in line))
    read = [dict(example.inputs) | {"expected": example.expected} for example in read_examples(file)]
    assert read == [{"expected": expected} | line for line in lines if "at" not in line]
