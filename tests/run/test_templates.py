"""Texts as nodes and branches, run: what fills them, what fails them, what they teach."""

import json
from pathlib import Path

import hdsl
from hdsl.check.entry import checked_program
from hdsl.graph.cost import bounds
from hdsl.graph.export import to_json
from hdsl.ops.rows import rows_of
from tests.ops.graphs import texts_of
from tests.reflect.graphs import loaded

LETTER = '''hdsl 1

type Tone { "warm", "cold" }

experience capitals: text -> text = [("France", "France", "Paris"), ("Italy", "Italy", "Rome"), ("x", "x", "{end}")]
experience tones: text -> Tone = [("Paris", "Paris", "warm"), ("Rome", "Rome", "cold"), ("end", "{end}", "cold")]

# One line.
harness line(city: text[*S], style: str = "plain", most: int = 7, loud: bool = false) -> text[*S] {
  said: text[*S] = "{city} in {style} style, {most}, {loud}"
  return said
}

harness letter(country: text[B], end: str = "Bye", K: dim = 2) -> text[B] {
  greeting: text[B] = "Hello"
  city:     text[B] = expert(country, capitals)
  short:    text[B] = line(city, style=end, loud=true)
  tone:     Tone[B] = expert(city, tones)
  body:     text[B] = switch tone { "warm" => "Dear {city},", "cold" => "Sirs" }
  whole:    text[B] = """
    {greeting} {body} $\\{B} {"k": {K}}
      {short}
    {end} ({B})
    """
  return whole
}
'''


def test_holes_are_filled_with_texts_options_and_dimensions(tmp_path: Path) -> None:
    (tmp_path / "letter.hg").write_text(LETTER, encoding="utf-8")
    with hdsl.load(tmp_path / "letter.hg", kernel="nearest") as module:
        found = texts_of(module(["France", "Italy", "x", "nobody"]))
    assert found[:3] == [
        'Hello Dear Paris, ${B} {"k": 2}\n  Paris in Bye style, 7, true\nBye (4)',
        'Hello Sirs ${B} {"k": 2}\n  Rome in Bye style, 7, true\nBye (4)',
        'Hello Sirs ${B} {"k": 2}\n  {end} in Bye style, 7, true\nBye (4)',
    ]


def test_a_failed_hole_fails_the_text_and_no_other_element(tmp_path: Path) -> None:
    (tmp_path / "letter.hg").write_text(LETTER, encoding="utf-8")
    with hdsl.load(tmp_path / "letter.hg", kernel="nearest") as module:
        result = module(["France", "nobody"])
        result.ft_forward()
        first, second = result.ft_static_tensor.tolist()
    assert first > 0 > second


def test_the_graph_shows_what_a_text_is_made_of_and_it_costs_nothing(tmp_path: Path) -> None:
    (tmp_path / "letter.hg").write_text(LETTER, encoding="utf-8")
    program = checked_program(tmp_path / "letter.hg", "letter")
    nodes = {node["path"]: node for node in json.loads(to_json(program))["nodes"]}
    assert nodes["whole"]["operation"] == "text"
    assert nodes["whole"]["text"].startswith('{greeting} {body} ${B} {"k": {K}}\n  {short.said}\n{end} ({B})')
    assert nodes["short.said"]["text"] == "{city} in {end} style, 7, true"
    assert nodes["greeting"] | {"span": None} == nodes["greeting"] | {"span": None, "inputs": [], "text": "Hello"}
    assert nodes["body.1"]["text"] == "Dear {city},"
    assert nodes["body"]["inputs"] == [{"node": "tone"}, {"node": "body.1"}, {"text": "Sirs"}]
    assert set(bounds(program)[1]) == {"city", "tone"}


LESSON = """hdsl 1

experience capitals: text -> text = [("France", "France", "Pari")]

harness say(country: text[1]) -> text[1] {
  city:  text[1] = expert(country, capitals)
  note:  text[1] = "Note:"
  whole: text[1] = "{note} the capital is {city}."
  return whole
}
"""


def test_a_hole_learns_what_should_have_stood_in_it(tmp_path: Path) -> None:
    with loaded(tmp_path, LESSON) as module:
        result = module(["France"])
        assert texts_of(result) == ["Note: the capital is Pari."]
        expected = hdsl.make_tensor(["Note: the capital is Paris."], module.home)
        loss = hdsl.get_edit_distance_ratio(result, expected).mean()
        loss.backward()
        hdsl.StSGD(module.parameters(), lr=1.0).step()
        assert [row.value for row in rows_of(next(iter(module.parameters())))] == ["Paris"]


LOOP = """hdsl 1

experience decide: text -> text = [("turn for go", "turn for go", "one")]

harness work(task: text[1], T: dim = 3) -> text[1] {
  tasks:  text[1, T] = expand(task, to=[1, T])
  asked:  text[1, T] = "turn for {tasks}"
  said:   text[1, T] = expert(asked, decide)
  shown:  text[1, T] = "did {said}"
  passed: text[1, T] = until_match(shown, pattern="never")
  result: text[1]    = recurrent(passed, task)
  return result
}
"""


def test_texts_have_turns_as_any_node(tmp_path: Path) -> None:
    with loaded(tmp_path, LOOP) as module:
        assert texts_of(module(["go"])) == ["did one"]
