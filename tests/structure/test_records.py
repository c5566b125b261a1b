"""Records as JSON: what is read strictly and leniently, the canonical form, single fields, merging."""

import copy
import json
import pickle
from itertools import combinations
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hdsl.graph.types import TEXT as TYPE_TEXT
from hdsl.graph.types import is_equal, is_usable, shown_type, smallest_common, type_of
from hdsl.kernel.labelled import label_reader
from hdsl.structure.fields import field_text, items_of, values_alone, with_field
from hdsl.structure.merging import merge_records
from hdsl.structure.reading import NotOfStructure, fits, read_leniently, read_strictly, value_of
from hdsl.structure.structures import (
    Choice,
    ChoiceLabel,
    Field,
    ListOf,
    OneOf,
    Plain,
    Record,
    Structure,
    choice_of,
    depth_of,
    one_of,
    shown,
    size_of,
)
from hdsl.structure.writing import written

TEXT, INT, FLOAT, BOOL = Plain("text"), Plain("int"), Plain("float"), Plain("bool")
PERSON = Record(
    (
        Field("name", TEXT, description="as the letter writes it"),
        Field("birth", TEXT, optional=True),
        Field("children", ListOf(TEXT)),
    ),
    "Person",
)
QUERY = Record((Field("words", TEXT), Field("most", INT, optional=True)), "Query")
STEP = Choice((ChoiceLabel("search:", "look it up", QUERY), ChoiceLabel("answer:"), ChoiceLabel("stop")), "Step")
ALL = Record(
    (
        Field("text", TEXT),
        Field("count", INT, optional=True),
        Field("share", FLOAT, optional=True),
        Field("sure", BOOL, optional=True),
        Field("kind", choice_of(["billing", "other:"]), optional=True),
        Field("person", PERSON, optional=True),
        Field("step", STEP, optional=True),
    )
)


def reason(text: str, structure: Structure, *, lenient: bool = False) -> str:
    with pytest.raises(NotOfStructure) as caught:
        read_leniently(text, structure, label_reader) if lenient else read_strictly(text, structure)
    return str(caught.value)


def test_the_canonical_form_is_one_line_in_declared_order_without_what_is_absent() -> None:
    given = '{"children": ["Tom\\n", "\\u00e9\\u2028"],\n "name": "Ann"}'
    assert read_strictly(given, PERSON) == '{"name": "Ann", "children": ["Tom\\n", "é\\u2028"]}'


@pytest.mark.parametrize(
    ("written_so", "canonical"),
    [("-0", "0"), ("-0.0", "0"), ("1.0", "1"), ("0.10", "0.1"), ("1e2", "100"), ("1e400", None), ("NaN", None)],
)
def test_numbers_are_the_shortest_that_read_back_the_same(written_so: str, canonical: str | None) -> None:
    text = f'{{"text": "", "share": {written_so}}}'
    if canonical is None:
        assert not fits(text, ALL)
    else:
        assert read_strictly(text, ALL) == f'{{"text": "", "share": {canonical}}}'


STRICT = [
    ("", "is not JSON (expecting value, column 1)"),
    ("[]", "is a list, not an object"),
    ('{"name": "Ann"}', 'lacks the field "children"'),
    ('{"name": "Ann", "name": "Ann", "children": []}', 'has the field "name" twice'),
    ('{"nmae": "Ann", "children": []}', 'has the unknown field "nmae" (did you mean "name"?)'),
    ('{"name": 5, "children": []}', 'has the number 5 for "name", not a text'),
    ('{"name": "A", "children": "Tom"}', 'has the text "Tom" for "children", not a list'),
    ('{"name": "A", "children": ["Tom", 1]}', 'has the number 1 for "children[1]", not a text'),
    ('{"name": "A", "birth": null, "children": []}', 'has null for "birth": leave the field out if it is absent'),
    ('{"name": "\\ud800", "children": []}', 'has half a character (a lone surrogate) in "name"'),
    ('Here: {"name": "A", "children": []}', "is not JSON (expecting value, column 1)"),
]


@pytest.mark.parametrize(("text", "why"), STRICT)
def test_what_an_author_writes_is_read_strictly(text: str, why: str) -> None:
    assert reason(text, PERSON) == why


def test_strict_values_of_every_kind() -> None:
    whole = (
        '{"text": "", "count": 3, "share": 1, "sure": true, "kind": "other:x", "step": "search:{\\"words\\": \\"a\\"}"}'
    )
    assert read_strictly(whole, ALL) == whole
    assert reason('{"text": "", "count": 3.0}', ALL) == 'has the number 3.0 for "count", not a whole number'
    assert reason('{"text": "", "sure": "true"}', ALL) == 'has the text "true" for "sure", not true or false'
    assert "carries none of the labels" in reason('{"text": "", "kind": "bill"}', ALL)
    assert reason(f'{{"text": "", "count": {"9" * 5000}}}', ALL) == 'has a number of more than 300 digits in "count"'
    assert read_strictly("answer: {not a record}", STEP) == "answer: {not a record}"
    assert reason('search:{"most": 1}', STEP) == 'lacks the field "words" behind "search:"'


def test_answers_are_read_leniently() -> None:
    answer = """Sure! Here is the person:
```json
{"name": "Ann", "birth": null, "age": {"deep": [1, {}]}, "children": ["Tom
Tim"]}
```
Let me know {if} that helps."""
    assert read_leniently(answer, PERSON, label_reader) == '{"name": "Ann", "children": ["Tom\\nTim"]}'
    assert read_leniently('{"text": "", "count": 3.0, "sure": "True", "kind": "Billing."}', ALL, label_reader) == (
        '{"text": "", "count": 3, "sure": true, "kind": "billing"}'
    )
    assert read_leniently('**search:** {"words": "cats", "x": 1}', STEP, label_reader) == 'search:{"words": "cats"}'


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("I do not know", "holds no JSON object"),
        ('{"name": "Ann", "children": [', "holds no whole JSON object"),
        ('{"name": "Ann", "name": "Bob", "children": []}', 'has the field "name" twice'),
        ('{"name": "A", "children": []} or {"name": "B", "children": []}', "holds more than one JSON object"),
        ('{"name": null, "children": []}', 'lacks the field "name"'),
        ('{"name": 12, "children": []}', 'has the number 12 for "name", not a text'),
        ('{"a": ' * 5000, "is JSON that is nested too deeply"),
    ],
)
def test_what_nobody_can_know_of_an_answer_is_outside(text: str, why: str) -> None:
    assert reason(text, PERSON, lenient=True) == why


def _values(structure: Structure) -> st.SearchStrategy[Any]:
    match structure:
        case Plain(kind="int"):
            return st.integers(-(10**40), 10**40)
        case Plain(kind="float"):
            return st.floats(allow_nan=False, allow_infinity=False)
        case Plain(kind="bool"):
            return st.booleans()
        case Choice():
            payloads = {"other:": st.text("ab:{} \n").map(str.rstrip), "answer:": st.text("ab:{} \n").map(str.rstrip)}
            made = [
                _values(label.payload).map(lambda value, text=label.text: text + written(value))
                if label.payload is not None
                else payloads.get(label.text, st.just("")).map(lambda rest, text=label.text: text + rest)
                for label in structure.labels
            ]
            return st.one_of(made)
        case ListOf(item=item):
            return st.lists(_values(item), max_size=3)
        case Record(fields=fields):
            required = {field.name: _values(field.structure) for field in fields if not field.optional}
            optional = {field.name: _values(field.structure) for field in fields if field.optional}
            return st.fixed_dictionaries(required, optional=optional).map(
                lambda found: {field.name: found[field.name] for field in fields if field.name in found}
            )
        case _:
            return st.text(st.characters(exclude_categories=["Cs"]))


@settings(deadline=None, max_examples=150)
@given(_values(ALL), st.randoms(use_true_random=False))
def test_what_is_written_is_read_back_whatever_its_order_and_layout(value: dict[str, Any], random: Any) -> None:
    text = written(value)
    assert len(text.splitlines()) == 1
    assert value_of(text, ALL) == value
    assert read_strictly(text, ALL) == read_leniently(f"so: {text}", ALL, label_reader) == text
    names = list(value)
    random.shuffle(names)
    laid_out = json.dumps({name: value[name] for name in names}, indent=random.choice([None, 2]), ensure_ascii=True)
    assert read_strictly(laid_out, ALL) == text


@settings(deadline=None, max_examples=150)
@given(st.text())
def test_no_text_breaks_the_readers(text: str) -> None:
    for wrapped in (text, "{" + text + "}", f'{{"text": {text}}}', f'search:{{"words": {text}}}'):
        for structure in (ALL, STEP):
            for read in (lambda t, s: read_leniently(t, s, label_reader), read_strictly):
                try:
                    found = read(wrapped, structure)
                except NotOfStructure:
                    continue
                assert read_strictly(found, structure) == found


def test_fields_are_read_and_written_by_their_path() -> None:
    text = '{"text": "t", "share": 0.5, "person": {"name": "Ann", "children": ["a", "b"]}}'
    assert field_text(text, ALL, ["person", "name"]) == "Ann"
    assert field_text(text, ALL, ["person", "children"]) == '["a", "b"]'
    assert field_text(text, ALL, ["person", "birth"]) is None
    assert field_text(text, ALL, ["step"]) is None
    assert with_field(text, ALL, ["person", "birth"], "1990") == text.replace('"Ann"', '"Ann", "birth": "1990"')
    assert with_field(text, ALL, ["count"], "7") == text.replace('"share"', '"count": 7, "share"')
    for names, better in ((["count"], "seven"), (["person", "children"], "Tom"), (["sure"], "perhaps")):
        with pytest.raises(NotOfStructure):
            with_field(text, ALL, names, better)
    with pytest.raises(NotOfStructure, match="lacks"):
        with_field('{"text": "t"}', ALL, ["person", "birth"], "1990")
    assert items_of('["a", "b c"]', ListOf(TEXT)) == ["a", "b c"]
    assert items_of('[{"words": "x"}]', ListOf(QUERY)) == ['{"words": "x"}']


def test_values_alone_are_what_retrieval_reads() -> None:
    text = '{"text": "the text", "count": 3, "person": {"name": "Ann", "children": ["Tom"]}}'
    assert values_alone(text, ALL) == "the text\n3\nAnn\nTom"
    assert values_alone('{"name": "Ann"}', None) == '{"name": "Ann"}'
    assert values_alone("no record", ALL) == "no record"


def test_structures_are_equal_by_what_they_admit() -> None:
    renamed = Record(tuple(Field(each.name, each.structure, each.optional) for each in PERSON.fields), "Human")
    assert renamed == PERSON and hash(renamed) == hash(PERSON)
    assert Record(PERSON.fields[::-1]) != PERSON
    assert Record((Field("x", choice_of(["a", "b"])),)) == Record((Field("x", choice_of(["b", "a"])),))
    assert choice_of(["search:", "answer:", "stop"]) != STEP


def test_structures_of_different_kinds_are_never_equal() -> None:
    labels = choice_of(["a", "b"]).labels
    each = [Plain("text"), ListOf(Plain("text")), Record(()), Choice(()), OneOf(()), Choice(labels), OneOf(labels)]
    assert len({*each}) == len(each)
    assert all(one != other for one, other in combinations(each, 2))
    assert Plain("text") != "text" and Record(()) != ()


@pytest.mark.parametrize("structure", [PERSON, QUERY, STEP, ListOf(STEP), one_of(["a", "b"])], ids=shown)
def test_structures_pass_to_other_processes(structure: Structure) -> None:
    for again in (pickle.loads(pickle.dumps(structure)), copy.deepcopy(structure)):
        assert again == structure and hash(again) == hash(structure) and repr(again) == repr(structure)


@pytest.mark.parametrize(
    ("base", "one", "other", "merged"),
    [
        ('{"a": "1", "b": "1"}', '{"a": "2", "b": "1"}', '{"a": "1", "b": "2"}', '{"a": "2", "b": "2"}'),
        ('{"a": "1"}', '{"a": "2"}', '{"a": "3"}', None),
        ('{"a": "1", "c": "1"}', '{"a": "1", "b": "2", "c": "1"}', '{"c": "2"}', '{"b": "2", "c": "2"}'),
        ('{"a": {"x": 1, "y": 1}}', '{"a": {"x": 2, "y": 1}}', '{"a": {"x": 1, "y": 3}}', '{"a": {"x": 2, "y": 3}}'),
        ('{"a":1,"b":1}', '{"a":2,"b":1}', '{"a":1,"b":2}', None),
        ("no record", "one", "other", None),
    ],
)
def test_records_merge_field_by_field(base: str, one: str, other: str, merged: str | None) -> None:
    assert merge_records(base, one, other) == merged
    if merged is not None:
        assert sorted(json.loads(merge_records(base, other, one) or "")) == sorted(json.loads(merged))


def test_types_fit_by_their_fields_and_by_what_stands_behind_their_labels() -> None:
    person, query, step = type_of(PERSON), type_of(QUERY), type_of(STEP)
    human = person._replace(name="Human", form=Record(PERSON.fields, "Human"))
    assert is_equal(person, human)
    assert is_usable(person, TYPE_TEXT) and not is_usable(TYPE_TEXT, person) and not is_usable(person, query)
    plain = type_of(choice_of(["search:", "answer:", "stop"]))
    fewer = type_of(Choice(STEP.labels[:2], "Fewer"))
    assert is_usable(fewer, step) and not is_usable(step, fewer)
    assert not is_usable(plain, step) and not is_usable(step, plain)
    assert is_equal(type_of(Choice(STEP.labels[1:], "Rest")), type_of(choice_of(["answer:", "stop"])))
    assert smallest_common([person, human]) == person
    assert smallest_common([person, query]) == smallest_common([step, plain]) == TYPE_TEXT
    assert type_of(BOOL).label_texts == ("true", "false") and type_of(INT) == TYPE_TEXT
    assert shown_type(type_of(ListOf(ListOf(PERSON)))) == "list(list(Person))"


def test_structures_know_their_size_and_depth() -> None:
    assert (size_of(PERSON), depth_of(PERSON), depth_of(STEP)) == (5, 2, 1)
    assert (size_of(ALL), depth_of(ALL)) == (15, 3)
