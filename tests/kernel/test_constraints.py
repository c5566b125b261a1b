"""Types as constraints: what a server is sent, what it makes of it, and what is found out of it by asking."""

import asyncio
import json
import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from hdsl.ground.labels import label_of
from hdsl.kernel.answer_grammar import grammar_of
from hdsl.kernel.answer_schema import pattern_of, schema_of, unwrapped_json
from hdsl.kernel.openai import OpenAIKernel
from hdsl.kernel.request import Answer, Label, Request
from hdsl.structure.structures import Choice, ChoiceLabel, Field, ListOf, Plain, Record, choice_of
from tests.kernel.asking import configured
from tests.servers.enforcing import FREE, enforces, enforcing, flat_only, refusing
from tests.servers.scripted_openai import Body, Reply, ScriptedServer, failure

DESK = Request("llm", "My invoice is wrong.", "Which desk?", labels=(Label("billing"), Label("technical")))
STEP = replace(DESK, labels=(Label("text:"), Label("stop")))


def one_by_one(url: str, *requests: Request, **changes: Any) -> list[Answer]:
    """The answers to requests that are asked one after the other by one kernel."""

    async def ask() -> list[Answer]:
        kernel = OpenAIKernel(configured(url, **changes))
        try:
            return [await kernel.answer(request) for request in requests]
        finally:
            await kernel.close()

    return asyncio.run(ask())


def forms(server: ScriptedServer) -> list[str]:
    return [enforces(body) for body in server.requests]


def test_labels_go_out_as_a_json_schema_and_come_back_bare() -> None:
    with ScriptedServer(enforcing("response_format")) as server:
        answers = one_by_one(server.url, DESK, DESK)
    assert [(answer.text, answer.final, answer.refused) for answer in answers] == [("billing", True, "")] * 2
    schema = server.requests[0]["response_format"]["json_schema"]
    assert schema["strict"] is True
    assert schema["schema"]["properties"]["answer"]["enum"] == ["billing", "technical"]
    assert forms(server) == ["response_format"] * 2


def test_a_payload_label_is_its_label_and_free_text() -> None:
    with ScriptedServer(enforcing("response_format", "text:ls -la: all")) as server:
        [answer] = one_by_one(server.url, STEP)
    assert (answer.text, answer.final) == ("text:ls -la: all", True)


def test_a_text_is_not_constrained() -> None:
    with ScriptedServer(["anything"]) as server:
        one_by_one(server.url, replace(DESK, labels=()))
    assert forms(server) == [""]


REFUSALS = [
    "Unsupported parameter: 'response_format' is not supported with this model.",
    "Extra inputs are not permitted: response_format",
    "Invalid value: 'json_schema'. Supported values are: 'json_object' and 'text'.",
    "This model does not support structured outputs.",
    "Bad Request",
]


@pytest.mark.parametrize("said", REFUSALS)
@pytest.mark.parametrize("status", [400, 422])
def test_a_server_that_refuses_response_format_is_asked_without_it_from_then_on(said: str, status: int) -> None:
    def script(body: Body) -> Reply | str:
        return failure(status, said) if "response_format" in body else "billing"

    with ScriptedServer(script) as server:
        answers = one_by_one(server.url, DESK, DESK, STEP)
    assert [answer.text for answer in answers] == ["billing"] * 3
    assert [answer.usage.calls for answer in answers] == [1] * 3
    assert "response_format" not in str(server.requests[-3:])


def test_the_schema_is_tried_flat_where_its_nesting_is_refused() -> None:
    with ScriptedServer(flat_only()) as server:
        answers = one_by_one(server.url, DESK, DESK)
    assert [answer.text for answer in answers] == ["billing"] * 2
    assert ["schema" in body["response_format"] for body in server.requests] == [False, True, True]


@pytest.mark.parametrize("parameter", ["structured_outputs", "guided_choice", "grammar"])
def test_the_form_that_a_server_knows_is_found_and_kept(parameter: str) -> None:
    known = ("response_format", "structured_outputs", "guided_choice", "grammar")
    others = known[: known.index(parameter)]
    with ScriptedServer(refusing(*others)) as server:
        answers = one_by_one(server.url, DESK, DESK)
    assert [(answer.text, answer.final) for answer in answers] == [("billing", True)] * 2
    assert forms(server) == [*others, parameter, parameter]


def test_without_any_form_the_prompt_alone_is_left() -> None:
    names = ("response_format", "structured_outputs", "guided_choice", "guided_regex", "grammar")
    with ScriptedServer(refusing(*names)) as server:
        answers = one_by_one(server.url, DESK, DESK)
    assert [(answer.text, answer.final) for answer in answers] == [("billing", False)] * 2
    assert forms(server)[-2:] == ["", ""]
    assert "billing" in server.prompts()[-1]


def test_a_server_that_ignores_a_constraint_is_noticed() -> None:
    with ScriptedServer(enforcing("grammar")) as server:
        answers = one_by_one(server.url, *[DESK] * 6)
    assert [answer.text for answer in answers[:4]] == [FREE] * 4
    assert [answer.final for answer in answers] == [False] * 4 + [True] * 2
    assert forms(server)[-2:] == ["grammar", "grammar"]


def test_a_label_in_plain_words_where_json_was_asked_for_shows_that_nothing_is_enforced() -> None:
    with ScriptedServer(["billing"]) as server:
        answers = one_by_one(server.url, DESK, DESK)
    assert [answer.text for answer in answers] == ["billing", "billing"]
    assert answers[0].final is False
    assert "json_schema" not in str(server.requests[1].get("response_format", {}).get("json_schema", ""))


@pytest.mark.parametrize("headers", [{"server": "llama.cpp"}, {}])
def test_a_server_that_looks_like_llama_cpp_is_given_a_grammar(headers: dict[str, str]) -> None:
    def script(body: Body) -> Reply:
        said = "billing" if "grammar" in body else json.dumps({"answer": "billing"})
        message = {"choices": [{"message": {"content": said}, "finish_reason": "stop"}]}
        build = {} if headers else {"system_fingerprint": "b5921-a1b2c3d"}
        return Reply(body=json.dumps({**message, **build}), headers=headers)

    with ScriptedServer(script) as server:
        answers = one_by_one(server.url, DESK, DESK)
    assert [answer.text for answer in answers] == ["billing", "billing"]
    assert server.requests[1]["grammar"] == 'root ::= "billing" | "technical"'


def test_a_server_that_looks_like_vllm_is_given_a_choice() -> None:
    def script(body: Body) -> Reply:
        said = "billing" if "structured_outputs" in body else json.dumps({"answer": "billing"})
        message = {"choices": [{"message": {"content": said}, "finish_reason": "stop"}], "prompt_logprobs": None}
        return Reply(body=json.dumps(message))

    with ScriptedServer(script) as server:
        one_by_one(server.url, DESK, DESK)
    assert server.requests[1]["structured_outputs"] == {"choice": ["billing", "technical"]}


def test_a_type_that_a_server_cannot_enforce_is_no_reason_to_give_up_the_others() -> None:
    many = replace(DESK, labels=tuple(Label(f"label {number}") for number in range(2_000)))

    def script(body: Body) -> Reply | str:
        if len(json.dumps(body.get("response_format", ""))) > 9_000:
            return failure(400, "Invalid schema for response_format 'answer': enum has more than 1000 values.")
        return json.dumps({"answer": "billing"}) if "response_format" in body else "label 7"

    with ScriptedServer(script) as server:
        answers = one_by_one(server.url, DESK, many, DESK, many)
    assert [answer.text for answer in answers] == ["billing", "label 7", "billing", "label 7"]
    assert forms(server)[-2] == "response_format"


def test_a_complaint_about_something_else_keeps_the_form() -> None:
    with ScriptedServer([failure(400, "no"), failure(400, "no"), json.dumps({"answer": "billing"})]) as server:
        answers = one_by_one(server.url, DESK, DESK)
    assert "no" in answers[0].refused
    assert (answers[1].text, answers[1].final) == ("billing", True)
    assert forms(server) == ["response_format", "", "response_format"]


def test_constraints_can_be_switched_off() -> None:
    with ScriptedServer(["Billing."]) as server:
        [answer] = one_by_one(server.url, DESK, constraints=False)
    assert (answer.text, answer.final, forms(server)) == ("Billing.", False, [""])


def test_a_model_that_is_held_to_the_type_while_it_reasons_is_asked_in_another_way() -> None:
    def script(body: Body) -> Reply:
        held = "response_format" in body
        message = {"content": "", "reasoning_content": "billing"} if held else {"content": "billing"}
        return Reply(body=json.dumps({"choices": [{"message": message, "finish_reason": "stop"}]}))

    with ScriptedServer(script) as server:
        [answer] = one_by_one(server.url, DESK)
    assert answer.text == "billing"
    assert answer.usage.calls == 1


def test_streaming_is_given_up_before_the_type() -> None:
    def script(body: Body) -> Reply | str:
        if "response_format" in body and "stream" in body:
            return failure(400, "Streaming is not supported with `response_format` of type json_schema")
        return json.dumps({"answer": "billing"})

    with ScriptedServer(script) as server:
        answers = one_by_one(server.url, DESK, DESK)
    assert [answer.final for answer in answers] == [True, True]
    assert ["stream" in body for body in server.requests] == [True, False, False]


def test_a_grammar_that_a_server_silently_cannot_use_is_left_for_another_form() -> None:
    def script(body: Body) -> Reply:
        said = "" if "grammar" in body else json.dumps({"answer": "billing"})
        message = {"choices": [{"message": {"content": said}, "finish_reason": "stop"}]}
        return Reply(body=json.dumps(message), headers={"server": "llama.cpp"})

    with ScriptedServer(script) as server:
        answers = one_by_one(server.url, DESK, DESK, DESK)
    assert [answer.text for answer in answers] == ["billing"] * 3
    assert forms(server) == ["response_format", "grammar", "response_format", "response_format"]


def test_one_answer_outside_is_no_proof_against_a_server_that_enforces() -> None:
    """As with a gateway that once asks a provider which does not."""
    held = json.dumps({"answer": "billing"})
    with ScriptedServer([held, held, "Billing.", held]) as server:
        answers = one_by_one(server.url, *[DESK] * 4)
    assert [answer.final for answer in answers] == [True, True, False, True]
    assert forms(server) == ["response_format"] * 4


LABELS = st.lists(
    st.text(min_size=1, max_size=6).filter(lambda text: text == text.strip()), min_size=1, max_size=4, unique=True
)


@given(LABELS, st.text(max_size=9))
@hypothesis_settings(deadline=None)
def test_each_form_says_exactly_the_type(labels: Sequence[str], payload: str) -> None:
    pattern = re.compile(pattern_of(labels))
    for label in labels:
        answer = label + payload if label.endswith(":") else label
        assert pattern.fullmatch(answer)
        carries = any(each.endswith(":") for each in labels)
        said = {"label": label, "text": payload} if carries else {"answer": label}
        read = unwrapped_json(json.dumps(said), choice_of(labels))
        assert read is not None and label_of(read, labels) is not None
    assert not pattern.fullmatch("".join(labels) + "!") or any(label.endswith(":") for label in labels)
    assert json.loads(json.dumps(schema_of(choice_of(labels))))["additionalProperties"] is False
    assert grammar_of(choice_of(labels)).isascii()


@pytest.mark.parametrize("text", ["billing", "{}", "[]", '{"answer": 1}', '{"answer": "other"}', '{"answer": "bil'])
def test_what_is_no_object_of_the_schema_was_not_enforced(text: str) -> None:
    assert unwrapped_json(text, choice_of(["billing", "technical"])) is None


PERSON = Record(
    (
        Field("name", Plain("text"), description="as the letter writes it"),
        Field("age", Plain("int"), optional=True),
        Field("tags", ListOf(choice_of(["a", "b:"]))),
    )
)
SEARCH = Choice((ChoiceLabel("search:", "look it up", Record((Field("words", Plain("text")),))), ChoiceLabel("stop")))
WHO = replace(DESK, labels=(), form=PERSON)
NEXT = replace(DESK, labels=(Label("search:", "look it up"), Label("stop")), form=SEARCH)
ANN = '{"name": "Ann", "tags": ["a", "b:c"]}'


def test_a_record_goes_out_as_its_schema_and_comes_back_in_its_canonical_form() -> None:
    with ScriptedServer(['{"tags": ["a", "b:c"], "age": null, "name": "Ann"}']) as server:
        [answer] = one_by_one(server.url, WHO)
    assert (answer.text, answer.final) == (ANN, True)
    schema = server.requests[0]["response_format"]["json_schema"]["schema"]
    assert schema["required"] == ["name", "age", "tags"]
    assert schema["properties"] == {
        "name": {"type": "string", "description": "as the letter writes it"},
        "age": {"anyOf": [{"type": "integer"}, {"type": "null"}]},
        "tags": {"type": "array", "items": {"type": "string", "pattern": "^(a|b:[\\s\\S]*)$"}},
    }
    assert "name: as the letter writes it\nage: whole number (left out if unknown)" in server.prompts()[0]


def test_a_label_with_a_record_is_an_object_that_holds_both() -> None:
    said = {"answer": {"label": "search:", "text": {"words": "cats"}}}
    with ScriptedServer([json.dumps(said), json.dumps({"answer": {"label": "stop"}})]) as server:
        answers = one_by_one(server.url, NEXT, NEXT)
    assert [(answer.text, answer.final) for answer in answers] == [('search:{"words": "cats"}', True), ("stop", True)]


@pytest.mark.parametrize("parameter", ["structured_outputs", "guided_json", "grammar"])
def test_a_record_finds_the_form_that_a_server_knows(parameter: str) -> None:
    known = ("response_format", "structured_outputs", "guided_json", "grammar")
    with ScriptedServer(refusing(*known[: known.index(parameter)], answer=ANN)) as server:
        answers = one_by_one(server.url, WHO, WHO)
    assert [(answer.text, answer.final) for answer in answers] == [(ANN, True)] * 2
    held = server.requests[-1][parameter]
    assert held == {"structured_outputs": {"json": schema_of(PERSON)}, "guided_json": schema_of(PERSON)}.get(
        parameter, grammar_of(PERSON)
    )


def test_an_answer_outside_a_record_is_given_as_it_is_where_nothing_enforces() -> None:
    with ScriptedServer(["Her name is Ann."]) as server:
        [answer] = one_by_one(server.url, WHO)
    assert (answer.text, answer.final) == ("Her name is Ann.", False)


def test_the_grammar_of_a_record_has_its_fields_in_order() -> None:
    lines = grammar_of(PERSON).split("\n")
    assert lines[0] == "root ::= r8"
    assert lines[-1].startswith("int ::= ")
    assert 'r0 ::= "\\"a\\"" | "\\"b:" char* "\\""' in lines
    assert grammar_of(SEARCH).split("\n")[0] == 'root ::= "search:" r2 | "stop"'
