"""What a coding agent that proposes edits can see of the sealed part: nothing, though it looks for it."""

import json
from pathlib import Path

from hdsl.check.entry import checked_module
from hdsl.configuration.settings import load_settings
from hdsl.evolve.evolution import Evolution
from hdsl.evolve.proposers.agent import AgentProposer
from hdsl.evolve.record import Choices, Record
from hdsl.evolve.search import Rules
from hdsl.kernel.agent import AgentKernel
from hdsl.kernel.request import Answer
from hdsl.learn.start import Changed, work_of
from tests.evolve.test_evolution import HARNESS, Scripted
from tests.servers.agents import needs_agent, reached_agents
from tests.servers.messages import Body, MessagesServer, Reply, Turn, Use, prompt_of, tool_results, turns_of

EXAMPLES = 24


def project(folder: Path) -> Path:
    """Examples each of which has words of its own."""
    (folder / "task.hg").write_text(HARNESS)
    lines = ({"problem": [f"broken{n}x"], "product": ["phone"], "expected": [f"mobile: repair{n}x"]}
             for n in range(EXAMPLES))  # fmt: skip
    (folder / "data.jsonl").write_text("".join(f"{json.dumps(line)}\n" for line in lines))
    return folder


class Beside:
    """A model that answers, beside the agent that is asked to propose."""

    name = "beside"

    def __init__(self, agent) -> None:
        self._agent = agent
        self._model = Scripted()

    async def answer(self, request):
        return await (self._agent if request.kind == "agent" else self._model).answer(request)

    async def close(self):
        pass


class Kept:
    """Keeps what an agent is given, and changes nothing."""

    def __init__(self) -> None:
        self.requests = []

    async def answer(self, request):
        self.requests.append(request)
        return Answer("", refused="nothing to change")


def searched(folder: Path, agent) -> tuple[list[str], list[str]]:
    """An evolution by an agent; the words of the training part and those that it must not see."""
    file = folder / "task.hg"
    settings = load_settings(folder, kernel="replay:no.jsonl")
    work = work_of(*checked_module(file, str(file)), settings, None, Changed())
    choices = Choices(str(file), "task", "agent", Rules(seeds=1, width=2, rounds=1))
    evolution = Evolution(work, HARNESS, Beside(agent), AgentProposer(settings), choices, Record(folder / "runs/one"))
    evolution.search.run(evolution.opened)
    evolution.close()
    hidden = [*evolution.parts.validation, *evolution.parts.sealed.opened()]
    assert len(evolution.parts.sealed) == EXAMPLES // 4
    return tuple(  # type: ignore[return-value]
        [word for each in part for word in (f"broken{each.line - 1}x", f"repair{each.line - 1}x")]
        for part in (evolution.parts.training, hidden)
    )


def test_the_folder_of_a_proposing_agent_holds_the_training_part_alone(tmp_path):
    kept = Kept()
    training, hidden = searched(project(tmp_path), kept)
    assert kept.requests
    given = "\n".join(f"{request}" for request in kept.requests)
    assert all(word in given for word in training)
    assert [word for word in hidden if word in given] == []


@needs_agent
def test_an_agent_that_looks_for_the_sealed_part_finds_nothing_of_it(tmp_path):
    folder = project(tmp_path)
    seen: list[str] = []
    places = ("data.jsonl", "../data.jsonl", "../../data.jsonl", str(folder / "data.jsonl"),
              str(folder / "runs/one/evolve.json"), str(folder / "runs/one/answers.jsonl"))  # fmt: skip
    uses = tuple(Use("Read", {"file_path": each}) for each in ("trace.jsonl", *places))

    def look(body: Body) -> Reply:
        seen.extend([prompt_of(body), *(text for text, _ in tool_results(body))])
        return Turn("Nothing.") if turns_of(body) else Turn(uses=uses)

    with MessagesServer(look) as server, reached_agents(server, folder):
        training, hidden = searched(folder, AgentKernel(load_settings(folder)))
    given = "\n".join(seen)
    assert [word for word in training if word in given], "it has read the trace"
    assert [word for word in hidden if word in given] == []
