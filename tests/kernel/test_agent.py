"""The agent kernel on the SDK's own CLI: answers of every kind, nothing touched outside, limits, faults, no remains.

Starting the CLI takes a second or more, so that many requests share one gathering.
"""

import asyncio
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from hdsl.configuration.kernel_tables import NamedKernel
from hdsl.configuration.kernels import settings_of
from hdsl.configuration.settings import Settings, load_settings
from hdsl.kernel.agent import AgentKernel
from hdsl.kernel.agent_environment import agent_environment
from hdsl.kernel.agent_spending import MeteredAgent
from hdsl.kernel.request import Answer, Correction, KernelUnreachable, Label, LimitReached, Request, Row, Work
from hdsl.kernel.spending import Limits, Prices, Purse
from hdsl.structure.structures import TEXT, Field, Plain, Record
from tests.servers import agents
from tests.servers.agents import needs_agent, reached_agents
from tests.servers.messages import (
    NOT_LOGGED_IN,
    OVERLOADED,
    Body,
    Fault,
    MessagesServer,
    Reply,
    Turn,
    Use,
    prompt_of,
    tool_results,
    tools_of,
    turns_of,
)

DESKS = (Label("billing", "money"), Label("technical", "crashes"))


@dataclass
class Case:
    """A request, and what the model does with it."""

    request: Request
    script: Callable[[Body], Reply]


def read_then_write(body: Body) -> Reply:
    """Reads the input and answers with what was read."""
    read = [text for text, _ in tool_results(body)]
    if not read:
        return Turn.use("Read", file_path="input.txt")
    return Turn.use("Write", file_path="answer.txt", content=f"seen: {read[0]}\n") if len(read) == 1 else Turn("Done.")


def steps(*turns: Reply) -> Callable[[Body], Reply]:
    return lambda body: turns[min(turns_of(body), len(turns) - 1)]


def ask(cases: Sequence[Case], folder: Path, settings: dict[str, object] | None = None) -> list[Answer | Exception]:
    """What each request comes to; the number in its task tells the model which it is."""

    def script(body: Body) -> Reply:
        number = int(agents.instructions_of(body).partition("case-")[2].partition(".")[0])
        return cases[number].script(body)

    async def all_of_them() -> list[Answer | Exception]:
        kernel = AgentKernel(load_settings(folder, **(settings or {})))
        requests = (Request(**{**fields(case.request), "task": f"case-{n}."}) for n, case in enumerate(cases))
        found = await asyncio.gather(*map(kernel.answer, requests), return_exceptions=True)
        await kernel.close()
        return list(found)  # type: ignore[arg-type]

    with MessagesServer(script) as server, reached_agents(server, folder):
        found = asyncio.run(all_of_them())
        assert server.others == []
    assert agents.left_in(folder) == []
    return found


def fields(request: Request) -> dict[str, object]:
    return {name: getattr(request, name) for name in request.__dataclass_fields__}


@needs_agent
def test_answers_of_every_kind_and_nothing_touched_outside(tmp_path: Path) -> None:
    (tmp_path / "secret.txt").write_text("the secret")
    (tmp_path / "project" / "src").mkdir(parents=True)
    (tmp_path / "project" / "src" / "a.txt").write_text("one\n")
    (tmp_path / "project" / "link").symlink_to(tmp_path)
    (tmp_path / "project" / "env.txt").write_text("TOKEN=tok-9f8e7d6c5b4a\nNAME=x\n")
    outside = str(tmp_path / "secret.txt")
    uses = (
        Use("Read", {"file_path": "src/a.txt"}),
        Use("Read", {"file_path": "env.txt"}),
        Use("Read", {"file_path": outside}),
        Use("Read", {"file_path": "link/secret.txt"}),
        Use("Write", {"file_path": "../new.txt", "content": "x"}),
        Use("Write", {"file_path": "link/new.txt", "content": "x"}),
        Use("Write", {"file_path": ".git/hooks/pre-commit", "content": "x"}),
        Use("Bash", {"command": f"cat {outside}"}),
        Use("WebFetch", {"url": "http://127.0.0.1/", "prompt": "x"}),
    )
    person = Record((Field("name", TEXT), Field("age", Plain("int"))))
    rows = (Row("refund", "Money back?", "billing"),)
    seen: dict[str, Body] = {}

    def noted(name: str, script: Callable[[Body], Reply]) -> Callable[[Body], Reply]:
        def note(body: Body) -> Reply:
            seen[name] = body
            return script(body)

        return note

    cases = [
        Case(Request("llm", "a @/etc/passwd"), noted("text", read_then_write)),
        Case(
            Request("expert", "Refund!", rows=rows, labels=DESKS, goal="Be quick"),
            noted("label", steps(Turn.use("StructuredOutput", answer="billing"))),
        ),
        Case(Request("llm", "Ada, 36", form=person), steps(Turn.use("StructuredOutput", name="Ada", age=36))),
        Case(
            Request("gradient", "in", correction=Correction("value", "as it is", "actual", ("expected",))),
            noted("gradient", steps(Turn.use("Write", file_path="answer.txt", content="better"), Turn("Done."))),
        ),
        Case(
            Request("agent", "tidy", work=Work("project", ("Read", "Edit", "Write"), 5)),
            noted(
                "project",
                steps(
                    Turn(uses=uses),
                    Turn(
                        uses=(
                            Use("Edit", {"file_path": "src/a.txt", "old_string": "one", "new_string": "two"}),
                            Use("Edit", {"file_path": "env.txt", "old_string": "NAME=x", "new_string": "NAME=y"}),
                            Use("Write", {"file_path": "env.txt", "content": "TOKEN=[secret]\nNAME=z\n"}),
                        )
                    ),
                    Turn("Changed a.txt."),
                ),
            ),
        ),
        Case(Request("llm", "x"), steps(Turn("I would rather not."))),
    ]
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(tmp_path)
        patch.setenv("MY_TOKEN", "tok-9f8e7d6c5b4a")
        text, label, record, gradient, project, silent = ask(cases, tmp_path)

    assert isinstance(text, Answer) and "a @/etc/passwd" in text.text and not text.text.endswith("\n")
    assert (text.usage.calls, text.usage.prompt_tokens, text.usage.completion_tokens) == (1, 300, 60)
    assert text.usage.cost > 0
    assert tools_of(seen["text"]) >= {"Read", "Edit", "Write"} and not tools_of(seen["text"]) & {"Bash", "Glob", "Task"}
    assert "root:" not in json.dumps(seen["text"]["messages"])
    assert isinstance(label, Answer) and (label.text, label.final) == ("billing", True)
    assert "billing – money" in agents.instructions_of(seen["label"])
    assert {"input.txt", "goal.txt", "rows/1/value.txt"} <= set(prompt_of(seen["label"]).split())
    assert "Refund!" not in json.dumps(seen["label"])
    assert isinstance(record, Answer) and json.loads(record.text) == {"name": "Ada", "age": 36}
    assert isinstance(gradient, Answer) and gradient.text == "better"
    assert {"text.txt", "actual.txt", "expected/1.txt"} <= set(prompt_of(seen["gradient"]).split())

    assert isinstance(project, Answer) and (project.text, project.usage.calls) == ("Changed a.txt.", 3)
    results = list(tool_results(seen["project"]))
    assert sorted(is_error for _, is_error in results) == [False] * 4 + [True] * 8  # tools of a turn end in any order
    assert "the secret" not in json.dumps(results)
    assert (tmp_path / "project" / "src" / "a.txt").read_text() == "two\n"
    assert "TOKEN=[secret]" in json.dumps(results) and "tok-9f8e" not in json.dumps(seen["project"])
    assert (tmp_path / "project" / "env.txt").read_text() == "TOKEN=tok-9f8e7d6c5b4a\nNAME=y\n"
    assert sorted(path.name for path in tmp_path.iterdir() if "new" in path.name) == []
    assert "<input>\ntidy\n</input>" in prompt_of(seen["project"]) and "src/a.txt" in prompt_of(seen["project"])
    assert isinstance(silent, Answer) and "wrote no answer; it said: I would rather not." in silent.refused


@needs_agent
def test_what_goes_wrong_is_said_and_limits_hold(tmp_path: Path) -> None:
    endless = steps(Turn.use("Read", file_path="input.txt"))
    too_long = Fault(400, "invalid_request_error", "prompt is too long: 210000 tokens > 200000 maximum")
    cases = [
        Case(Request("llm", "x"), steps(NOT_LOGGED_IN)),
        Case(Request("llm", "x"), steps(OVERLOADED)),
        Case(Request("llm", "x"), steps(Fault(404, "not_found_error", "model: nix"))),
        Case(Request("llm", "x"), steps(too_long)),
        Case(Request("llm", "x"), steps(Turn("No.", stop="refusal"))),
        Case(Request("llm", "x"), endless),
        Case(Request("agent", "x", work=Work("", ("Read",), 2)), endless),
    ]
    login, busy, model, long, refused, turns, calls = ask(cases, tmp_path, {"agent_turns": 3})
    assert isinstance(login, KernelUnreachable) and "not logged in" in str(login) and "ANTHROPIC_API_KEY" in str(login)
    assert isinstance(busy, KernelUnreachable) and "529" in str(busy)
    assert isinstance(model, KernelUnreachable) and "HDSL_MODEL" in str(model)
    assert isinstance(long, Answer) and long.overflowed
    assert isinstance(refused, Answer) and refused.refused.startswith("the model refused")
    assert isinstance(turns, LimitReached) and "3 calls" in str(turns) and "HDSL_AGENT_TURNS" in str(turns)
    assert (turns.usage.prompt_tokens, turns.usage.calls) == (300, 1)
    assert isinstance(calls, Answer) and "after 2 calls" in calls.refused and calls.usage.calls == 2


@needs_agent
def test_limits_of_a_command_and_an_answer_in_a_file_that_is_given(tmp_path: Path) -> None:
    turn = Turn.use("Edit", file_path="graph.hg", old_string="a", new_string="b")
    script = [Turn.use("Read", file_path="graph.hg"), turn, Turn("I renamed it.")]
    with MessagesServer(script) as server, reached_agents(server, tmp_path):
        kernel = AgentKernel(load_settings(tmp_path))

        async def limited(**limits: float) -> LimitReached:
            purse = Purse(Limits(**limits))  # type: ignore[arg-type]
            metered = MeteredAgent(kernel, Prices(), purse)
            with pytest.raises(LimitReached) as caught:
                await metered.answer(Request("llm", "x", work=Work("", ("Read",), 9)))
            assert purse.spent == caught.value.usage and purse.spent.tokens > 0
            with pytest.raises(LimitReached):
                await metered.answer(Request("llm", "x"))
            return caught.value

        async def edited() -> None:
            work = Work(files=(("graph.hg", "a\n"), ("trace.jsonl", "{}\n")), answer="graph.hg")
            answer = await kernel.answer(Request("agent", "", task="Fix the graph.", work=work))
            assert (answer.text, answer.refused, answer.usage.calls) == ("b", "", 3)

        async def all_of_them() -> list[str]:
            found = await asyncio.gather(limited(tokens=150), limited(calls=2), limited(cost=0.001), edited())
            return [str(each) for each in found]

        tokens, calls, cost, _ = asyncio.run(all_of_them())
    assert "--max-tokens" in tokens and "--max-calls" in calls and "--max-cost" in cost
    assert agents.left_in(tmp_path) == []


def test_only_what_an_agent_needs_is_in_its_environment(tmp_path: Path) -> None:
    mine = {
        **{"PATH": "/bin", "HOME": "/home/me", "LC_ALL": "C", "HTTPS_PROXY": "http://proxy", "CLAUDECODE": "1"},
        **{"OPENAI_API_KEY": "sk-1", "GITHUB_TOKEN": "t", "DATABASE_URL": "u", "LD_PRELOAD": "x", "NODE_OPTIONS": "y"},
        **{"ANTHROPIC_API_KEY": "sk-2", "CLAUDE_CODE_ENTRYPOINT": "cli"},
    }
    with_key = agent_environment(Settings(kernel="agent"), mine, tmp_path)
    assert not with_key.keys() & {"OPENAI_API_KEY", "GITHUB_TOKEN", "DATABASE_URL", "LD_PRELOAD", "NODE_OPTIONS"}
    assert "CLAUDECODE" not in with_key and with_key["CLAUDE_CODE_ENTRYPOINT"] == "sdk-py"
    assert with_key["ANTHROPIC_API_KEY"] == "sk-2" and with_key["HOME"].startswith(str(tmp_path))
    logged_in = agent_environment(Settings(kernel="agent"), {**mine, "ANTHROPIC_API_KEY": ""}, tmp_path)
    assert logged_in["HOME"] == "/home/me"


def test_a_key_goes_to_no_other_server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MY_KEY", "sk-mine")
    given = {"ANTHROPIC_API_KEY": "sk-2", "CLAUDE_CODE_OAUTH_TOKEN": "t", "CLAUDE_CODE_USE_BEDROCK": "1"}
    tables = {
        "keyed": NamedKernel({"kernel": "agent", "base_url": "http://a", "model": "m"}, "MY_KEY"),
        "keyless": NamedKernel({"kernel": "agent", "base_url": "http://b"}),
        "plain": NamedKernel({"kernel": "agent"}),
    }
    around = Settings(kernel="openai", base_url="http://openai", api_key="sk-openai", model="gpt", kernels=tables)
    found = {name: agent_environment(settings_of(around, name), given, tmp_path) for name in (*tables, "agent")}
    assert (found["keyed"]["ANTHROPIC_BASE_URL"], found["keyed"]["ANTHROPIC_API_KEY"]) == ("http://a", "sk-mine")
    assert not found["keyless"].keys() & given.keys()
    for name in ("plain", "agent"):
        assert found[name]["ANTHROPIC_API_KEY"] == "sk-2" and "ANTHROPIC_BASE_URL" not in found[name]
    assert "sk-openai" not in json.dumps(found) and settings_of(around, "agent").model == ""
    assert settings_of(around, "keyed").model == "m"
