"""Dataclasses as plain data and back; what does not fit is refused."""

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hdsl.ground.plain import NotPlain, from_plain, to_plain
from hdsl.kernel.request import Correction, Label, Position, Rejection, Request, Row, Step, Turn, Usage, Work
from hdsl.structure.structures import Choice, ChoiceLabel, Field, ListOf, Plain, Record

PERSON = Record((Field("name", Plain("text")), Field("ages", ListOf(Plain("int")), True, "in years")), "Person")
REQUEST = Request(
    "expert",
    "what came in \udcff",
    goal="the goal",
    trajectory=(Turn("did it", True, "why", (Step("a", "b"),), 1),),
    rows=(Row("q", "k", "v"),),
    labels=(Label("good", "it is good"),),
    seed=3,
    correction=Correction("value", "text", expected=("a", "b")),
    place="a[0]",
    positions=(Position(0, 2),),
    temperature=0.5,
    rejected=(Rejection("x", "y"),),
    form=Choice((ChoiceLabel("person:", "somebody", PERSON), ChoiceLabel("nobody")), "Found"),
    input_form=PERSON,
    work=Work(files=(("a.txt", "text"),)),
)
PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=5,
)


@given(st.text(), st.integers(), st.floats(allow_nan=False) | st.none(), st.lists(st.text(), max_size=3))
def test_what_is_made_plain_comes_back_through_json(text, seed, temperature, expected) -> None:
    request = replace(REQUEST, input=text, seed=seed, temperature=temperature)
    request = replace(request, correction=Correction("key", text, expected=tuple(expected)))
    back = from_plain(Request, json.loads(json.dumps(to_plain(request))))
    assert back == request and back.place == request.place
    assert isinstance(back.form, Choice) and back.form.labels[0].description == "somebody"


@given(st.data())
def test_what_does_not_fit_is_refused_or_is_of_the_right_types(data: st.DataObject) -> None:
    value: Any = json.loads(json.dumps(to_plain(REQUEST)))
    place, key = value, data.draw(st.sampled_from(sorted(value)))
    while isinstance(place[key], dict | list) and place[key] and data.draw(st.booleans()):
        place = place[key]
        key = data.draw(st.sampled_from(sorted(place) if isinstance(place, dict) else range(len(place))))
    place[key] = data.draw(PLAIN)
    try:
        back = from_plain(Request, value)
    except (NotPlain, TypeError):
        return
    assert from_plain(Request, json.loads(json.dumps(to_plain(back)))) == back


@pytest.mark.parametrize(
    "value", [None, [], {}, {"calls": "1"}, {"calls": True}, {"calls": 1.5}, {"unknown": 1}, {"cost": "much"}]
)
def test_usage_is_numbers_of_their_kinds(value: Any) -> None:
    if value == {}:
        assert from_plain(Usage, value) == Usage()
    else:
        with pytest.raises(NotPlain):
            from_plain(Usage, value)
