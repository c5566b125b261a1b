"""No run asks the model more often than its bound says: random programs, random answers, in all and for each node."""

from pathlib import Path
from random import Random

import pytest

from hdsl.future.context import RunContext, use_context
from hdsl.future.loop import run_sync
from hdsl.graph.cost import bounds
from hdsl.graph.program import Program
from hdsl.kernel.request import Request
from hdsl.run.lower import Binding, lower
from hdsl.run.meter import BudgetMeter
from hdsl.run.tables import load_tables
from hdsl.storage.pack import Pack
from tests.programs import program_of
from tests.servers.scripted_kernel import ScriptedKernel
from tests.typed_programs import LABELS, typed_program

PROGRAMS = 40
SIZES = {"B": 2}


def random_program(folder: Path, seed: int) -> Program:
    return program_of(folder, typed_program(Random(seed)), with_errors=True)


def run(program: Program, folder: Path, seed: int) -> BudgetMeter:
    """Pulls the result; what is asked is answered by chance: labels, texts that fail, answers outside the labels."""
    random = Random(seed)

    def answer(request: Request) -> str:
        return random.choice([*(f"{label}x" if label.endswith(":") else label for label in LABELS), "", "done", "?"])

    home, meter = Pack(folder / f"pack{seed}.sqlite"), BudgetMeter([])
    try:
        with use_context(RunContext(ScriptedKernel(answer), meter=meter, home=home)):
            tables = load_tables(program, folder, home)
            result = lower(program, Binding(SIZES, {"task": ["a", "b"]}, {}, tables), [program.result])
            run_sync(result[program.result].ft_pull_all())
    finally:
        home.close()
    return meter


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory) -> list[tuple[Program, BudgetMeter]]:
    folder = tmp_path_factory.mktemp("bounds")
    programs = [random_program(folder, seed) for seed in range(PROGRAMS)]
    return [(program, run(program, folder, seed)) for seed, program in enumerate(programs)]


def test_no_run_passes_its_bound_in_all_or_at_a_node(ran: list[tuple[Program, BudgetMeter]]) -> None:
    for program, meter in ran:
        total, each = bounds(program, SIZES)
        assert meter.usage.calls <= total.llm_calls.number
        for path, usage in meter.usage_by_node.items():
            assert usage.calls <= each[path].llm_calls.number, path


def test_some_runs_need_all_that_their_bound_allows(ran: list[tuple[Program, BudgetMeter]]) -> None:
    asked = [(meter.usage.calls, bounds(program, SIZES)[0].llm_calls.number) for program, meter in ran]
    assert any(0 < calls == most for calls, most in asked)
    assert any(0 < calls < most for calls, most in asked)
