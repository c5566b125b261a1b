"""The reflection of a file's training data, recorded in `runs/ID/` as reflection.jsonl and reflect.json."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from hdsl.experience.training_data import Example
from hdsl.future.stopping import stopping
from hdsl.ground.files import make_private_folder
from hdsl.kernel.request import Kernel
from hdsl.learn.module import HarnessModule, seeds
from hdsl.learn.split import split
from hdsl.learn.training import Work
from hdsl.reflect.policies import BudgetPolicy, RecordingPolicy
from hdsl.reflect.record import RECORD
from hdsl.reflect.summary import Summary, summary_of
from hdsl.reflect.traced import Traced, Tracing, trace_examples
from hdsl.run.answers import ANSWERS, AnswerLog
from hdsl.run.record import write_json
from hdsl.tensor.text_tensor import store_of

TRACE = "reflection.jsonl"


class ReflectionSession:
    """Runs the training part of the data forward and backward. Tables do not change; nothing is locked.

    `calls`: the most model calls that reflections may take; None: as many as they need. Raises what running raises,
    ExperienceError and OSError.
    """

    def __init__(
        self, work: Work, kernel: Kernel, folder: Path, redact: Callable[[str], str], calls: int | None = None
    ) -> None:
        self.work = work
        self.folder = folder
        self.traces: list[Traced] = []
        self.examples: tuple[Example, ...]
        training, validating = split(work.examples, work.choices.valid, work.choices.seed)
        self.examples, self.left_alone = tuple(training), len(validating)
        self._redact = redact
        self._tables = seeds(work.program, work.project)
        make_private_folder(folder)
        stopping().note_record(folder)
        self.note("running", {})
        self._budget = None if calls is None else BudgetPolicy(calls)
        self._recording = RecordingPolicy(folder / TRACE, self._budget, redact=redact)
        answers = AnswerLog(kernel, folder / ANSWERS, redact)
        self._module = HarnessModule(
            work.program, answers, self._tables, sandbox=work.choices.sandbox, rules=work.rules, finder=work.finder
        )
        self._recording.names = {store_of(table).uid: key for key, table in self._module.tables.items()}

    def run(self, watch: Callable[[Traced], None]) -> None:
        """Traces one example after the other; `watch` is told of each."""
        tracing = Tracing(self._recording, self._budget)
        for group in self._groups():
            for traced in trace_examples(
                self._module, group, self.work.loss, self.work.choices.batch, tracing, self.work.rollouts
            ):
                self.traces.append(traced)
                watch(traced)

    def _groups(self) -> list[tuple[Example, ...]]:
        """The examples that may be run without knowing what others spent: elsewhere, a budget is for one at a time."""
        if self._budget is None or self.work.rollouts.shares_memory:
            return [self.examples]
        return [(example,) for example in self.examples]

    def summary(self) -> Summary:
        """What the traces so far say."""
        return summary_of(self.work.program, self.traces, self._tables)

    def note(self, state: str, value: dict[str, Any]) -> None:
        """Writes how the reflection stands, and what it found."""
        head = {"version": 1, "run": self.folder.name, "state": state, "file": self.work.choices.file}
        write_json(self.folder / RECORD, {**head, **value}, self._redact)

    def close(self) -> None:
        """Closes sessions, kernel and files."""
        self._recording.close()
        self._module.close()
