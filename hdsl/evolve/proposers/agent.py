"""The proposer that is a coding agent: it reads the whole trace in files, and changes the file of the graph itself."""

import json
from collections.abc import Iterator, Sequence

from hdsl.check.render.human import render
from hdsl.configuration.kernel_tables import AGENT
from hdsl.configuration.kernels import is_agent, settings_of
from hdsl.configuration.settings import Settings
from hdsl.evolve.opened import read_opened
from hdsl.evolve.proposals import Proposal, View
from hdsl.future.loop import run_sync
from hdsl.kernel.agent import AgentKernel
from hdsl.kernel.request import Kernel, Request, Usage, Work
from hdsl.publish.card import card_text
from hdsl.reflect.lines import as_json

PROPOSALS, CORRECTIONS = 2, 2
FILE = "harness.hg"

TASK = """You improve hdsl programs. hdsl.md says how the language is written. harness.hg is the program, blame.txt says
which of its nodes are to blame, trace.jsonl is the raw trace of its training examples: what each backward pass said.
rejected.txt, if it is there, says what was tried before, and errors.txt why harness.hg does not check as it stands.

Find the one change of the graph that most helps, as a missing step, a missing input, a wrong order, a needless step, a
missing case, too few turns, or a check that lets wrong answers pass. Make that change in harness.hg, and no other. Keep
the comments, the signature of `{harness}`, the train and test blocks, and bring no new `op`, no new `use` and no new
`load`. New experiences are empty: `= []`."""


class AgentProposer:
    """Lets an agent change the file in a folder of its own, some times; each is corrected by its diagnostics.

    It is the kernel that answers, or that of the reflections, if that is an agent. SettingsError where there is none.
    """

    name = AGENT

    def __init__(self, settings: Settings) -> None:
        named = (name for name in (settings.kernel, settings.reflection) if name and is_agent(settings, name))
        self._model = next(named, AGENT)
        self._calls = settings.agent_turns
        self.usage = Usage()
        if self._model == AGENT:
            AgentKernel(settings_of(settings, AGENT))  # says now what is missing, not after the first training

    def propose(self, view: View, kernel: Kernel) -> Sequence[Proposal]:
        """The files as the agent has changed them, in the order in which it did. Raises what the kernel raises."""
        found = (self._proposal(view, kernel, number) for number in range(PROPOSALS))
        return [proposal for proposal in found if proposal is not None]

    def _proposal(self, view: View, kernel: Kernel, number: int) -> Proposal | None:
        files = dict(_files(view))
        original = files[FILE]
        for attempt in range(1 + CORRECTIONS):
            place = f"proposer, seed {view.seed}, proposal {number}, attempt {attempt}"
            text = self._changed(files, view.harness, kernel, place, number)
            if text is None or text == original:
                return None
            found = read_opened(view.opened.path, text)
            if not found.errors:
                return Proposal(text, "", {}, ("changed by a coding agent",))
            files |= {FILE: text, "errors.txt": render(tuple(found.errors), [str(view.opened.path)], False)}
        return Proposal(files[FILE], "", {}, ("changed by a coding agent, and not corrected",))

    def _changed(self, files: dict[str, str], harness: str, kernel: Kernel, place: str, number: int) -> str | None:
        work = Work(calls=self._calls, files=tuple(files.items()), answer=FILE)
        task = TASK.format(harness=harness)
        request = Request(
            "agent", "", task=task, seed=number, place=place, name="proposer", model=self._model, work=work
        )
        answer = run_sync(kernel.answer(request))
        self.usage += answer.usage
        return None if answer.refused else _ended(answer.text)


def _files(view: View) -> Iterator[tuple[str, str]]:
    """What the agent is shown: all of the trace, first the examples that went most wrong."""
    yield "hdsl.md", card_text()
    yield FILE, _ended(view.opened.text)
    blamed = sorted((each for each in view.summary.nodes if each.blame > 0), key=lambda each: -each.blame)
    yield "blame.txt", "".join(f"{each.path}: {each.blame:.0%} of the loss\n" for each in blamed)
    if view.rejected:
        yield "rejected.txt", "".join(f"{each.change}: {each.reason}\n" for each in view.rejected)
    lines = (
        {"example": trace.line, "loss": trace.loss, **as_json(said)}
        for trace in sorted(view.traces, key=lambda each: (-each.loss, each.line))
        for said in trace.said
    )
    yield "trace.jsonl", "".join(f"{json.dumps(line, ensure_ascii=False)}\n" for line in lines)


def _ended(text: str) -> str:
    """A text with one newline at its end, which an agent may write or leave out."""
    return text.rstrip("\n") + "\n"
