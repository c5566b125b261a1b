"""Harnesses whose work a coding agent does: by the operation, as the kernel of all nodes, and however the run ends."""

import contextlib
import signal
import sys
from pathlib import Path

import pytest

from tests.commands import finish, hdsl, newest_run, start, until
from tests.servers import agents
from tests.servers.agents import agent_environment, needs_agent, reached_agents
from tests.servers.messages import (
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

TIDY = """hdsl 1

harness tidy(request: text[1]) -> text[1] {
  budget(llm_calls=5, seconds=600)

  done: text[1] = agent(request, task="Tidy up.", folder="project", calls=5)
  return done
}
"""

ROUTE = """hdsl 1

type Desk { "billing", "technical" }

experience desks: text -> Desk = [
  ("refund", "I want a refund", "billing"),
]

harness route(question: text[B]) -> text[B] {
  desk: Desk[B] = expert(question, desks, task="Which desk?")
  why:  text[B] = agent(question, task="Say why.", calls=3)
  word: text[B] = payload(desk)
  both: text[B] = join(word, why)
  return both
}
"""


def mind(body: Body) -> Reply:
    """Chooses a label where it can, else writes an answer."""
    if "StructuredOutput" in tools_of(body):
        return Turn.use("StructuredOutput", answer="billing")
    return Turn("Done.") if turns_of(body) else Turn.use("Write", file_path="answer.txt", content="Because.")


def children_of(process: int) -> list[int]:
    """All that descends from a process."""
    found = []
    for task in Path(f"/proc/{process}/task").glob("*/children"):
        with contextlib.suppress(OSError):  # a thread that has ended
            for child in map(int, task.read_text().split()):
                found += [child, *children_of(child)]
    return found


def is_gone(process: int) -> bool:
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except OSError:
        return True


@needs_agent
def test_a_node_works_on_files_and_others_are_answered_by_agents_too(tmp_path: Path) -> None:
    (tmp_path / "route.hg").write_text(ROUTE)
    words = ("run", "route.hg", "--question", "a", "--question", "b", "--kernel", "agent", "--record", "said.jsonl")
    with MessagesServer(mind) as server, reached_agents(server, tmp_path):
        ended = hdsl(*words, folder=tmp_path)
        assert (ended.code, len(server.requests)) == (0, 6), ended.err
    usage = newest_run(tmp_path).json["usage_by_node"]
    assert {path: each["calls"] for path, each in usage.items()} == {"desk": 2, "why": 4}
    assert all(each["cost"] > 0 and each["prompt_tokens"] > 0 for each in usage.values())
    assert "Because." in ended.out and agents.left_in(tmp_path) == []
    again = hdsl(*words[:6], "--kernel", "replay:said.jsonl", folder=tmp_path)
    assert (again.code, again.out) == (0, ended.out)


SOLVE = """hdsl 1

use std.coding
use std.terminal

harness fix(task: text[1]) -> text[1] {
  shell:   session[1]        = terminal.open()
  done:    text[1]           = coding.solve(
    task,
    shell,
    until=terminal.until_exit(command="grep -q two project/a.txt"),
    folder="project",
    calls=5,
    T=3,
  )
  verdict: coding.Verdict[1] = coding.review(task, folder="project", calls=5)
  both:    coding.Verdict[1] = sequential(done, verdict)
  said:    text[1]           = payload(both)
  return said
}
"""


@needs_agent
def test_a_project_is_edited_until_its_check_passes_and_then_reviewed(tmp_path: Path) -> None:
    (tmp_path / "project" / "deep").mkdir(parents=True)
    (tmp_path / "project" / "a.txt").write_text("one\n")
    (tmp_path / "outside.txt").write_text("two\n")
    (tmp_path / "project" / "deep" / "way-out").symlink_to(tmp_path)
    (tmp_path / "fix.hg").write_text(SOLVE)
    requests: list[Body] = []

    def engineer(body: Body) -> Reply:
        requests.append(body)
        number = turns_of(body)
        if "StructuredOutput" in tools_of(body):
            search = (Use("Grep", {"pattern": "two", "output_mode": "content"}), Use("Glob", {"pattern": "**/*.txt"}))
            aside = (Use("Glob", {"pattern": "*.txt", "path": "deep/way-out"}), Use("Write", {"file_path": "b.txt"}))
            verdict = Use("StructuredOutput", {"label": "change:", "text": "say why"})
            return Turn(uses=(*search, *aside)) if number == 0 else Turn(uses=(verdict,))
        if "<turn" not in prompt_of(body):
            return Turn("I think it is fine.")
        edit = Turn.use("Edit", file_path="a.txt", old_string="one", new_string="two")
        return [Turn.use("Read", file_path="a.txt"), edit, Turn("Now it says two.")][number]

    with MessagesServer(engineer) as server, reached_agents(server, tmp_path):
        ended = hdsl("run", "fix.hg", "--task", "say two", "--kernel", "agent", folder=tmp_path)
    assert (ended.code, ended.out) == (0, "say why\n"), ended.err
    assert (tmp_path / "project" / "a.txt").read_text() == "two\n"
    found = dict(enumerate(tool_results(requests[-1])))
    assert sorted(is_error for _, is_error in found.values()) == [False, False, True, True]
    assert "outside" not in str(found) and any("a.txt" in text for text, _ in found.values())


@needs_agent
def test_exit_codes_of_what_stops_an_agent(tmp_path: Path) -> None:
    (tmp_path / "project").mkdir()
    (tmp_path / "tidy.hg").write_text(TIDY)
    words = ("run", "tidy.hg", "--request", "x", "--kernel", "agent")
    overloaded = Fault(529, "overloaded_error", "Overloaded")
    with MessagesServer(["never"], faults=[overloaded]) as server, reached_agents(server, tmp_path):
        ended = hdsl(*words, folder=tmp_path)
        assert ended.code == 5 and "529" in ended.err
        ended = hdsl(*words, folder=tmp_path, environment={"HDSL_AGENT_PROGRAM": "/no/claude"})
        assert ended.code == 5 and "/no/claude" in ended.err and "HDSL_AGENT_PROGRAM" in ended.err
        assert "Traceback" not in ended.err and "Fatal" not in ended.err
    with MessagesServer([Turn.use("Read", file_path="a")]) as server, reached_agents(server, tmp_path):
        ended = hdsl(*words, "--max-cost", "0.001", folder=tmp_path)
        assert ended.code == 4 and "--max-cost" in ended.err
    with reached_agents(server, tmp_path):
        ended = hdsl("doctor", folder=tmp_path, environment={"HDSL_KERNEL": "agent"})
        assert "Claude Code" in ended.out and "ANTHROPIC_API_KEY" in ended.out


@needs_agent
def test_nothing_of_an_agent_outlives_its_run(tmp_path: Path) -> None:
    (tmp_path / "project").mkdir()
    (tmp_path / "tidy.hg").write_text(TIDY)
    (tmp_path / "short.hg").write_text(TIDY.replace("seconds=600", "seconds=8"))
    with MessagesServer([Turn("x")], faults=[Fault(how="hang")] * 9) as server:
        environment = agent_environment(server, tmp_path)
        commands = {
            number: start(
                *("run", "short.hg" if number == 0 else "tidy.hg", "--request", "x", "--kernel", "agent"),
                folder=tmp_path,
                environment={**environment, "HDSL_RUNS": str(tmp_path / f"runs-{number}")},
            )
            for number in (0, signal.SIGINT, signal.SIGTERM, signal.SIGKILL)
        }
        assert server.wait_for(len(commands) - 1, seconds=100.0)
        assert until(lambda: all(len(children_of(each.pid)) > 1 for each in commands.values() if each.poll() is None))
        processes = [child for each in commands.values() for child in children_of(each.pid)]
        for number, command in commands.items():
            if number:
                command.send_signal(number)
        codes = [finish(command).code for command in commands.values()]
    assert codes == [4, 130, 143, -signal.SIGKILL]
    assert until(lambda: all(map(is_gone, processes)), seconds=60.0)
    assert until(lambda: agents.left_in(tmp_path) == [], seconds=60.0)


NEEDS = "needs a coding agent, and the kernel nearest is none"


@pytest.mark.parametrize(
    ("program", "words", "said"),
    [
        (TIDY, (), NEEDS),
        (TIDY.replace("calls=5)", 'calls=5, model="openai")'), ("--kernel", "agent"), "needs a coding agent"),
        (TIDY, ("--kernel", "agent"), "there is no folder 'project'"),
        (TIDY.replace('"project"', '"../x"'), ("--kernel", "agent"), "not inside the working folder"),
        (TIDY.replace('"project"', '"", tools="Read,Bash"'), ("--kernel", "agent"), "no agent has the tool Bash"),
    ],
)
def test_what_cannot_be_is_said_before_anything_is_asked(
    tmp_path: Path, program: str, words: tuple[str, ...], said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hdsl.kernel.agent.is_installed", lambda: True)
    monkeypatch.setenv("HDSL_AGENT_PROGRAM", "/no/claude")
    monkeypatch.setenv("HDSL_MODEL", "m")
    monkeypatch.setenv("OPENAI_BASE_URL", "http://127.0.0.1:1")
    (tmp_path / "tidy.hg").write_text(program)
    ended = hdsl("run", "tidy.hg", "--request", "x", *words, folder=tmp_path)
    assert ended.code == 2 and said in ended.err, ended.err


def test_a_missing_package_is_named_with_how_to_get_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "claude_agent_sdk", None)
    (tmp_path / "route.hg").write_text(ROUTE)
    ended = hdsl("run", "route.hg", "--question", "a", "--kernel", "agent", folder=tmp_path)
    assert ended.code == 2 and "pip install 'hdsl[agent]'" in ended.err
