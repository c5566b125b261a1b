"""Records, run: fields as references, what comes in and out, labels that carry records, tables of records, lessons."""

import json
import logging
from pathlib import Path

import pytest
import torch

import hdsl
from hdsl.check.entry import checked_program
from hdsl.kernel.nearest import NearestKernel
from hdsl.learn.module import HarnessModule
from hdsl.ops.element import apply_operation
from hdsl.ops.losses import exact_match, mean
from hdsl.ops.rows import nearest_rows, rows_of
from hdsl.ops.site import Site
from tests.commands import hdsl as command
from tests.ops.graphs import leaf, pulled, texts_of
from tests.servers.models import reached, user
from tests.servers.scripted_openai import Body, ScriptedServer

PEOPLE = '''hdsl 1

type Kind { "friend", "work" }
type Address { city: text, zip: int? }

# A person that a letter is about.
type Person {
  name: text "as the letter writes it",
  birth: text? "YYYY-MM-DD",
  kind: Kind,
  sure: bool,
  at: Address?,
  children: list(text),
}
type Query { words: text "what to look for", most: int? }
type Step { "search:" Query: "look it up", "answer:": "say it" }

op person_of(name: text[*S]) -> Person[*S] = "making:person_of"
op guess(name: text[*S]) -> V[*S] = "making:guess"

experience people: text -> Person = [
  ("ann", "ann", """{"sure": true, "kind": "friend", "name": "Ann", "children": [],
    "at": {"zip": 1, "city": "Rome"}}"""),
  ("bob", "bob", """{"name": "Bob", "kind": "work", "sure": false, "birth": "1970", "children": ["Tim", "Tom"]}"""),
]
experience steps: text -> Step = [
  ("cats", "cats", """search:{"most": 3, "words": "cats"}"""),
  ("hello", "hello", "answer:hi"),
]
experience towns: Person -> text = [
  ("", """{"name": "Zoe", "kind": "work", "sure": true, "at": {"city": "Oslo"}, "children": []}""", "north"),
  ("", """{"name": "Abe", "kind": "work", "sure": true, "at": {"city": "Rome"}, "children": []}""", "south"),
]

harness line(letter: text[B]) -> text[B] {
  person: Person[B] = expert(letter, people)
  city:   text[B]   = "{person.name} of {person.at.city}, {person.at.zip}"
  born:   text[B]   = "{person.name}, {person.birth}: {person.children}"
  sure:   text[B]   = switch person.sure { "true" => city, "false" => born }
  said:   text[B]   = switch person.kind { "friend" => sure, "work" => born }
  return said
}

harness birth(letter: text[B]) -> text[B] {
  person: Person[B] = expert(letter, people)
  return person.birth
}

harness both(letter: text[B]) -> text[B] {
  person: Person[B] = expert(letter, people)
  said:   text[B]   = "{person.name} {person.birth}"
  return said
}

harness whole(letter: text[B]) -> Person[B] {
  person: Person[B] = expert(letter, people)
  return person
}

harness name_of(person: Person[B]) -> text[B] {
  return person.name
}

harness where(person: Person[B]) -> text[B] {
  town: text[B] = expert(person, towns)
  return town
}

harness made(name: text[B]) -> text[B, 2] {
  person:   Person[B]  = person_of(name)
  children: text[B, 2] = split(person.children)
  return children
}

harness guessed(name: text[B]) -> text[B] {
  kind: Kind[B] = guess(name)
  return kind
}

harness tool(question: text[B]) -> text[B] {
  step:   Step[B]  = expert(question, steps)
  query:  Query[B] = payload(step)
  found:  text[B]  = "found {query.words} {query.most}"
  said:   text[B]  = payload(step)
  result: text[B]  = switch step { "search:" => found, "answer:" => said }
  return result
}

harness always_search(question: text[B]) -> Query[B] {
  step:  Step[B]  = expert(question, steps)
  query: Query[B] = payload(step)
  return query
}

harness asked(letter: text[B]) -> text[B] {
  person: Person[B] = llm(letter, task="Who?", retries=2)
  return person.name
}
'''

MAKING = """
import json

def person_of(name):
    found = {"children": [name, "x"], "name": name, "kind": "Work.", "birth": None, "more": 1, "sure": True}
    return json.dumps(found) if name != "none" else "I do not know"

def guess(name):
    return f"The answer is **{name}**."
"""
ANN = '{"name": "Ann", "kind": "friend", "sure": true, "at": {"city": "Rome", "zip": 1}, "children": []}'


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("people")
    (folder / "making.py").write_text(MAKING, encoding="utf-8")
    (folder / "people.hg").write_text(PEOPLE, encoding="utf-8")
    return folder / "people.hg"


def said(file: Path, harness: str, *texts: object) -> list[str]:
    with hdsl.load(file, harness, kernel="nearest") as module:
        return texts_of(module(list(texts)))


def cause(file: Path, harness: str, text: str) -> str:
    """Why the first element fails."""
    with hdsl.load(file, harness, kernel="nearest") as module:
        result = module([text])
        return pulled(result, *[0] * len(result.ft_capacity_shape))[1].cause


def test_fields_are_read_by_their_path(file: Path) -> None:
    assert said(file, "line", "ann", "bob") == ["Ann of Rome, 1", 'Bob, 1970: ["Tim", "Tom"]']
    assert said(file, "whole", "ann") == [ANN]


def test_an_absent_field_fails_with_its_name(file: Path) -> None:
    assert said(file, "birth", "bob") == ["1970"]
    assert cause(file, "birth", "ann") == "the field `birth` is absent"


def test_records_come_in_as_json_or_as_dicts(file: Path) -> None:
    given = {"name": "Bo", "kind": "work", "sure": False, "children": []}
    assert said(file, "name_of", given, json.dumps(given, indent=2)) == ["Bo", "Bo"]
    with (
        hdsl.load(file, "name_of", kernel="nearest") as module,
        pytest.raises(hdsl.HdslError, match='lacks the field "kind"'),
    ):
        module([{"name": "Bo"}])


def test_results_of_operations_are_read_as_answers_are(file: Path) -> None:
    assert said(file, "made", "Bo") == ["Bo", "x"]
    assert cause(file, "made", "none") == "the result of `person` holds no JSON object"
    assert said(file, "guessed", "work") == ["work"]
    assert "carries none of the labels" in cause(file, "guessed", "boat")


def test_a_record_behind_a_label_is_its_payload(file: Path) -> None:
    assert said(file, "tool", "cats", "hello") == ["found cats 3", "hi"]
    assert said(file, "always_search", "cats") == ['{"words": "cats", "most": 3}']
    assert cause(file, "always_search", "hello") == "it carries the label 'answer:', which no `Query` follows"


def test_rows_are_found_by_values_and_not_by_names_of_fields(file: Path) -> None:
    given = {"name": "Kim", "kind": "friend", "sure": False, "at": {"city": "Oslo"}, "children": ["city", "name"]}
    with hdsl.load(file, "where", kernel="nearest") as module:
        table = module.tables["towns"]
        found = nearest_rows(table, (json.dumps(given), ""), 2, by_lines=False)
        assert [match.row.value for match in found] == ["north", "south"]
        assert found[1].score == 0
        assert found[0].row.key.startswith('{"name": "Zoe"')


def test_a_learned_row_that_no_longer_fits_is_left_out(file: Path, caplog: pytest.LogCaptureFixture) -> None:
    program = checked_program(file, "whole")
    rows = [("ann", "ann", '{"name": "Ann"}'), ("ann too", "ann too", ANN)]
    with caplog.at_level(logging.WARNING), HarnessModule(program, NearestKernel(0.1), {"people": rows}) as module:
        assert texts_of(module(["ann"])) == [ANN]
        assert len(rows_of(module.tables["people"])) == 2
    assert "row 1 of `people` is not of the type `Person` and left out" in caplog.text


def test_a_lesson_on_a_field_changes_that_field_alone(file: Path) -> None:
    assert learned(file, "birth", "bob", "1971")["bob"] == json.dumps(
        {"name": "Bob", "birth": "1971", "kind": "work", "sure": False, "children": ["Tim", "Tom"]}
    )
    assert '"name": "Rob", "birth": "1969"' in learned(file, "both", "bob", "Rob 1969")["bob"]


def test_a_lesson_goes_through_a_payload_to_a_field_of_it(file: Path) -> None:
    assert learned(file, "tool", "cats", "found dogs 4", "steps")["cats"] == 'search:{"words": "dogs", "most": 4}'
    assert learned(file, "tool", "cats", "found dogs four", "steps")["cats"] == 'search:{"words": "dogs", "most": 3}'


def test_a_lesson_that_the_record_cannot_hold_is_refused(file: Path) -> None:
    assert learned(file, "whole", "bob", "nobody")["bob"].startswith('{"name": "Bob"')


def learned(file: Path, harness: str, asked: str, expected: str, table: str = "people") -> dict[str, str]:
    """The values of a table after one step, by their keys."""
    with hdsl.load(file, harness, kernel="nearest") as module:
        result = module([asked])
        with hdsl.use_context(result.ft_node.context):
            loss = mean(apply_operation(exact_match, [result, leaf([expected])], {}, Site("loss")))
            loss.ft_forward()
            torch.autograd.backward(loss)
        hdsl.StSGD([module.tables[table]], lr=1.0).step()
        return {row.key: row.value for row in rows_of(module.tables[table])}


def test_an_answer_outside_the_record_is_asked_for_again(file: Path) -> None:
    def script(body: Body) -> str:
        return f"Here: {ANN}" if "lacks the field" in user(body) else '{"name": "Ann"}'

    with ScriptedServer(script) as server:
        words = ("run", "people.hg", "--harness", "asked", "--letter", "Dear Ann", "--kernel", "openai", "--json")
        ended = command(*words, folder=file.parent, environment={**reached(server.url), "HDSL_CONSTRAINTS": "0"})
        asked = [user(body) for body in server.requests]
    assert (ended.code, ended.json["result"][0]["text"]) == (0, "Ann")
    assert [("cannot be taken" in each) for each in asked] == [False, True]


def test_the_command_line_takes_records_and_prints_them(file: Path) -> None:
    ended = command("run", "people.hg", "--harness", "whole", "--letter", "ann", "--json", folder=file.parent)
    assert ended.json["result"][0]["record"] == json.loads(ANN)
    ended = command("run", "people.hg", "--harness", "name_of", "--person", '{"name": "Bo"}', folder=file.parent)
    assert ended.code == 2
    assert '--person takes a Person, and a text that is given lacks the field "kind"' in ended.err
