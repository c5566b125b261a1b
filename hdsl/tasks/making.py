"""From definitions to tasks, for each kind, with what running the repository's tests says of them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from hdsl.tasks.code import implementing
from hdsl.tasks.definitions import Definition
from hdsl.tasks.docstring import describing
from hdsl.tasks.journal import Journal, Results, Unit
from hdsl.tasks.judging import is_told, truth_unit
from hdsl.tasks.masked import masked
from hdsl.tasks.model import Dropped, Mapper, Task, Watch
from hdsl.tasks.regions import region_of
from hdsl.tasks.repository import Repository
from hdsl.tasks.sandbox import JUDGING, SURVEYING, Bench, Limits
from hdsl.tasks.survey import Survey, survey_of, survey_unit


@dataclass(frozen=True, slots=True)
class Workshop:
    """What making tasks takes."""

    repository: Repository
    bench: Bench
    definitions: Sequence[Definition]
    seed: int
    test_files: Sequence[str]
    journal: Journal
    mapper: Mapper
    watch: Watch

    def source(self, file: str) -> str:
        """The text of a file."""
        return self.repository.python[file]

    def survey(self) -> Survey:
        """Which tests pass and what they enter."""
        units = [survey_unit(file) for file in self.test_files]
        found = self.done(units, "running the tests", SURVEYING)
        sources = {name for name, _ in self.repository.sources()}
        first = [results[0] for results in found]
        return survey_of(dict(zip(self.test_files, first, strict=True)), sources.__contains__)

    def done(self, units: Sequence[Unit], stage: str, limits: Limits = JUDGING) -> list[Results]:
        """The results of units of work, known or found out now."""
        return self.journal.done(self.bench, units, self.mapper, stage, self.watch, limits)


Made = tuple[list[Task | Dropped], Mapping[str, int]]
"""Tasks, and the counts of the repository's tests."""


def _masked(shop: Workshop, chosen: Sequence[Definition]) -> Made:
    """Where tests tell the answer from none, the task is judged by them, too."""
    survey = shop.survey()
    made = [masked(each, shop.source(each.file), shop.seed) for each in chosen]
    return _with_tests(shop, chosen, made, survey, must=False), survey.counts


def _docstring(shop: Workshop, chosen: Sequence[Definition]) -> Made:
    near = list(shop.definitions)
    made: list[Task | Dropped] = []
    for number, each in enumerate(chosen, 1):
        made.append(describing(each, near))
        shop.watch("reading", number, len(chosen))
    return made, {}


def _code(shop: Workshop, chosen: Sequence[Definition]) -> Made:
    survey = shop.survey()
    made = [implementing(each, shop.source(each.file)) for each in chosen]
    return _with_tests(shop, chosen, made, survey, must=True), survey.counts


def _with_tests(
    shop: Workshop, chosen: Sequence[Definition], made: Sequence[Task | Dropped], survey: Survey, *, must: bool
) -> list[Task | Dropped]:
    """The tasks with the tests that tell their answers; `must`: those without any are dropped."""
    tests = {number: survey.of(each) for number, each in enumerate(chosen)}
    units = {
        number: truth_unit(shop.source(task.file), region_of(task.place["region"]), task.answer, tests[number])
        for number, task in enumerate(made)
        if isinstance(task, Task) and tests[number]
    }
    results = dict(zip(units, shop.done(list(units.values()), "checking"), strict=True))
    found: list[Task | Dropped] = []
    for number, task in enumerate(made):
        if isinstance(task, Dropped):
            found.append(task)
            continue
        reason = is_told(results[number], tests[number]) if number in results else "no test that passes enters it"
        if not reason:
            found.append(replace(task, place={**task.place, "tests": list(tests[number])}))
        else:
            found.append(Dropped(reason) if must else task)
    return found


MAKERS: Mapping[str, Callable[[Workshop, Sequence[Definition]], Made]] = {
    "masked": _masked,
    "docstring": _docstring,
    "code": _code,
}
"""The makers of tasks, by kind."""
