"""Whether a skill's text helps: the same kernel is asked with and without it, in pairs, on what was held out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from random import Random
from typing import Any

from hdsl.adapt.bundle import Bundle, ExportError, TableFacts
from hdsl.adapt.harness_tool import documentation_of, text_inputs
from hdsl.adapt.json_schema import is_single
from hdsl.adapt.skill import rows_page, skill_body, skill_name
from hdsl.configuration.settings import Settings
from hdsl.evolve.comparing import interval
from hdsl.experience.training_data import read_examples
from hdsl.future.loop import run_sync, run_together
from hdsl.graph.program import Program
from hdsl.graph.types import Type
from hdsl.kernel.labelled import Outside, read_answer
from hdsl.kernel.registry import make_kernel
from hdsl.kernel.request import Kernel, Label, Request, Usage
from hdsl.learn.split import split
from hdsl.ops.losses import edit_distance_ratio, mismatch
from hdsl.run.asked import Asking

_SHARE = 0.2
"""The share of rows that is held out where no examples say what the result should be."""
_MOST = 200


@dataclass(frozen=True, slots=True)
class Case:
    """A question with the answer that is wanted."""

    question: str
    expected: str
    type: Type
    task: str = ""


@dataclass(frozen=True, slots=True)
class HeldOut:
    """What is asked, and the rows that the skill may show: none of those that are asked."""

    cases: tuple[Case, ...]
    tables: tuple[TableFacts, ...]
    source: str


@dataclass(frozen=True, slots=True)
class Trial:
    """The losses of each case without and with the skill's text: 0 is right, 1 wrong."""

    skill: str
    kernel: str
    source: str
    without: tuple[float, ...]
    with_skill: tuple[float, ...]
    usage: Usage

    @property
    def gain(self) -> float:
        """How much less is lost with the skill."""
        return _mean(self.without) - _mean(self.with_skill)

    @property
    def interval(self) -> tuple[float, float]:
        """The gain's 95 % interval, by resampling cases."""
        return interval([one - other for one, other in zip(self.without, self.with_skill, strict=True)])

    @property
    def verdict(self) -> str:
        """Whether it helps, in a sentence."""
        low, high = self.interval
        if low > 0:
            return "It helps."
        return "It does harm." if high < 0 else "It does not help: no difference was shown."

    def page(self) -> str:
        """The table in Markdown, and the verdict."""
        low, high = self.interval
        return (
            f"## {self.skill}: with and without\n\n"
            f"{len(self.without)} cases ({self.source}), kernel {self.kernel}, {self.usage.calls} calls. "
            "Loss: 0 is right, 1 is wrong.\n\n"
            "| | loss |\n|---|---|\n"
            f"| without the skill | {_mean(self.without):.3f} |\n"
            f"| with it | {_mean(self.with_skill):.3f} |\n"
            f"| gain (95 % interval) | {self.gain:+.3f} ({low:+.3f} to {high:+.3f}) |\n\n"
            f"{self.verdict}\n"
        )

    def as_json(self) -> dict[str, Any]:
        """The same as plain data."""
        return {
            "skill": self.skill,
            "kernel": self.kernel,
            "cases": len(self.without),
            "without": round(_mean(self.without), 6),
            "with": round(_mean(self.with_skill), 6),
            "gain": round(self.gain, 6),
            "interval": [round(each, 6) for each in self.interval],
            "verdict": self.verdict,
        }


def held_out(bundle: Bundle, program: Program, data: str) -> HeldOut:
    """What a skill is tried on: `data`, or what the train block holds out, or a share of its rows. ExportError."""
    tables = tuple(bundle.tables_of(program))
    training = bundle.module.trainings.get(program.name)
    path = Path(data) if data else None if training is None else Path(bundle.module.path).parent / training.data
    if path is not None:
        examples = list(read_examples(path))
        if not data and training is not None:
            examples = split(examples, training.valid, training.seed)[1]
        result = program.nodes[program.result]
        cases = [
            Case(_question(program, example.inputs), example.expected, result.type)
            for example in examples
            if isinstance(example.expected, str) and is_single(result.shape)
        ]
        if cases:
            return _unseen(cases, tables, f"held out of {path.name}" if not data else path.name)
    if data:
        raise ExportError(
            f"{data} says of no example what the one result should be (`expected`), so nothing is compared"
        )
    return _rows_held_out(program, tables)


def try_skill(bundle: Bundle, program: Program, held: HeldOut, settings: Settings, asking: Asking) -> Trial:
    """Asks the kernel every case twice. Raises what making the kernel raises, and KernelUnreachable."""
    kernel = asking.of(make_kernel(settings, [], asking.purse))
    says = documentation_of(program)
    text = "\n".join([*skill_body(program), "", rows_page(program, held.tables) if held.tables else ""])

    async def ask() -> tuple[list[tuple[float, Usage]], list[tuple[float, Usage]]]:
        try:
            bare = await run_together(_loss(kernel, case, says) for case in held.cases)
            helped = await run_together(_loss(kernel, case, f"{says}\n\n{text}") for case in held.cases)
            return bare, helped
        finally:
            await kernel.close()

    bare, helped = run_sync(ask())
    usage = Usage()
    for _, each in (*bare, *helped):
        usage = usage + each
    without, with_skill = (tuple(loss for loss, _ in found) for found in (bare, helped))
    return Trial(skill_name(program), kernel.name, held.source, without, with_skill, usage)


async def _loss(kernel: Kernel, case: Case, task: str) -> tuple[float, Usage]:
    labels = tuple(Label(text, description) for text, description in case.type.labels or ())
    request = Request("llm", case.question, f"{task}\n\n{case.task}".strip(), labels=labels, form=case.type.form)
    answer = await kernel.answer(request)
    if answer.refused or answer.overflowed:
        return 1.0, answer.usage
    read = answer.text if request.wanted is None else read_answer(answer.text, request.wanted)
    if isinstance(read, Outside):
        return 1.0, answer.usage
    is_exact = case.type.structure is not None
    return (mismatch if is_exact else edit_distance_ratio)(read, case.expected), answer.usage


def _rows_held_out(program: Program, tables: Sequence[TableFacts]) -> HeldOut:
    cases: list[Case] = []
    shown: list[TableFacts] = []
    for table in tables:
        rows = [row for row in table.rows if row[1].strip() and row[2].strip()]
        count = min(int(len(rows) * _SHARE + 0.5), len(rows) - 1)
        chosen = set(Random(f"held out {table.name}").sample(range(len(rows)), max(count, 0)))
        kind = program.tables[table.name].type.value
        task = f"Decide for `{table.name}`."
        cases += [Case(rows[number][1], rows[number][2], kind, task) for number in sorted(chosen)]
        shown.append(replace(table, rows=[row for number, row in enumerate(rows) if number not in chosen]))
    if not cases:
        raise ExportError(f"`{program.name}` has nothing to try a skill on: name examples with --ab DATA")
    return _unseen(cases, shown, f"{_SHARE:.0%} of the rows, which the skill was not shown")


def _unseen(cases: Sequence[Case], tables: Sequence[TableFacts], source: str) -> HeldOut:
    """The cases, and tables without the rows that would give one of them away: another table may have its question."""
    kept = cases[:_MOST]
    asked = {case.question.strip() for case in kept}
    shown = [replace(table, rows=[row for row in table.rows if row[1].strip() not in asked]) for table in tables]
    return HeldOut(tuple(kept), tuple(shown), source)


def _question(program: Program, inputs: Any) -> str:
    names = [each.name for each in text_inputs(program)]
    if len(names) == 1:
        return str(_flat(inputs[names[0]]))
    return "\n".join(f"{name}: {_flat(inputs[name])}" for name in names if name in inputs)


def _flat(value: Any) -> str:
    return value if isinstance(value, str) else "\n".join(map(_flat, value))


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values) if values else 0.0
