"""Labels from the command line against real servers: enforced, read leniently, asked for again, within the budget."""

import json
from pathlib import Path

import pytest

from tests.commands import Ended, hdsl, newest_run
from tests.servers.enforcing import enforces, enforcing
from tests.servers.models import reached, user
from tests.servers.scripted_openai import Body, Reply, Script, ScriptedServer, failure

ROUTING = """hdsl 1

type Desk {{ "billing": "invoices", "technical": "crashes" }}

experience desks: text -> Desk = [
  ("invoice", "My invoice is wrong.", "billing"),
]

harness route(question: text[B]) -> Desk[B] {{
  budget(llm_calls={calls}, per=[B])

  desk: Desk[B] = expert(question, desks, task="Which desk?"{options})
  return desk
}}
"""


def routed(
    folder: Path,
    script: Script,
    *questions: str,
    calls: int = 1,
    options: str = "",
    resume: str = "",
    **environment: str,
) -> tuple[Ended, list[Body]]:
    (folder / "route.hg").write_text(ROUTING.format(calls=calls, options=options))
    words = [word for question in questions for word in ("--question", question)]
    words += ["--resume", resume] if resume else []
    with ScriptedServer(script) as server:
        variables = {**reached(server.url), **environment}
        ended = hdsl("run", "route.hg", *words, "--kernel", "openai", folder=folder, environment=variables)
        return ended, list(server.requests)


def test_an_enforced_label_is_the_answer(tmp_path: Path) -> None:
    ended, requests = routed(tmp_path, enforcing("response_format"), "My invoice?", "It crashed")
    assert (ended.code, ended.out) == (0, "billing\nbilling\n")
    assert [enforces(body) for body in requests] == ["response_format"] * 2


def hesitating(body: Body) -> str:
    return "Billing." if "cannot be taken" in user(body) else "billing or technical"


def test_only_what_the_budget_leaves_is_asked_for_again(tmp_path: Path) -> None:
    ended, requests = routed(tmp_path, hesitating, "one", "two")
    assert (ended.code, len(requests)) == (3, 2)
    assert 'names more than one label: "billing" and "technical"' in ended.err
    ended, requests = routed(tmp_path, hesitating, "one", "two", calls=2)
    assert (ended.code, ended.out, len(requests)) == (0, "billing\nbilling\n", 4)
    assert "4 model calls" in ended.err


def test_written_retries_are_in_the_bound_and_are_resumed(tmp_path: Path) -> None:
    ended, requests = routed(tmp_path, lambda body: "hm", "one", options=", retries=2", calls=3)
    assert (ended.code, len(requests)) == (3, 3)
    assert "carries none of the labels" in ended.err
    run = newest_run(tmp_path)
    bounds = run.json["bounds"]["llm_calls"]
    assert (bounds["bound"], bounds["actual"]) == ("3", 3)
    resumed = run.folder.name
    ended, requests = routed(tmp_path, lambda body: "billing", "one", options=", retries=2", calls=3, resume=resumed)
    assert (ended.code, len(requests)) == (3, 0)
    ended, _ = routed(tmp_path, lambda body: "billing", "one", options=", retries=2", calls=2)
    assert ended.code == 1
    assert "HG710" in ended.err + ended.out


ONCE = {
    "rate": failure(429, "Too many requests"),
    "rate with a wait": failure(429, "Too many requests", retry_after="0"),
    "broken": failure(500, "it broke"),
    "overloaded": failure(503, "overloaded"),
    "loading": failure(503, "Loading model"),
    "cut": Reply("billing", fault="cut"),
    "reset": Reply("billing", fault="reset"),
    "hangs up": Reply("billing", fault="hang"),
    "no JSON": Reply(body="{not json"),
    "empty": Reply(body=""),
    "refused": failure(400, "Unsupported parameter: 'seed' is not supported with this model."),
}


def test_what_passes_is_waited_for_and_what_is_refused_is_left_out(tmp_path: Path) -> None:
    seen: set[str] = set()

    def script(body: Body) -> Reply | str:
        name = next(name for name in sorted(ONCE, key=len, reverse=True) if f"question: {name}" in user(body))
        if name in seen:
            return json.dumps({"answer": "billing"}) if "response_format" in body else "billing"
        seen.add(name)
        return ONCE[name]

    ended, requests = routed(tmp_path, script, *(f"question: {name}" for name in ONCE))
    assert (ended.code, ended.out) == (0, "billing\n" * len(ONCE))
    assert len(requests) == 2 * len(ONCE)


FAILING = {
    "too long": (failure(400, "This model's maximum context length is 8 tokens."), "maximum context length"),
    "cut off": (Reply("Well, let me", finish_reason="length"), "was cut at"),
    "nothing": (Reply(""), "the model answered nothing"),
    "filtered": (Reply("b", finish_reason="content_filter"), "content filter"),
    "endless": (Reply("word " * 5_000), "was cut at"),
}


def test_what_concerns_one_question_fails_its_element(tmp_path: Path) -> None:
    def script(body: Body) -> Reply | str:
        name = next((name for name in FAILING if f"question: {name}" in user(body)), "")
        return FAILING[name][0] if name else "billing"

    questions = [f"question: {name}" for name in FAILING]
    ended, _ = routed(tmp_path, script, "fine", *questions, HDSL_CONSTRAINTS="false")
    assert (ended.code, ended.out.split("\n")[0]) == (3, "billing")
    for _, cause in FAILING.values():
        assert cause in ended.err
    assert "Traceback" not in ended.err


@pytest.mark.parametrize("reply", [failure(429, "later"), Reply(body="{not json"), Reply("x", fault="cut")])
def test_what_stays_ends_the_run(tmp_path: Path, reply: Reply) -> None:
    ended, requests = routed(tmp_path, lambda body: reply, "one", HDSL_RETRIES="1")
    assert (ended.code, len(requests)) == (5, 2)
