"""From definitions to tasks, for each kind, with what running the repository's tests says of them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from hdsl.tasks.code import implementing
from hdsl.tasks.definitions import Definition
from hdsl.tasks.docstring import Described, describing
from hdsl.tasks.journal import Journal, Results, Unit
from hdsl.tasks.judging import is_told, truth_unit
from hdsl.tasks.mapping import Mapper
from hdsl.tasks.masked import masked
from hdsl.tasks.model import Dropped, Task, Watch
from hdsl.tasks.regions import region_of
from hdsl.tasks.repository import Repository
from hdsl.tasks.sandbox import JUDGING, SURVEYING, Bench, Limits
from hdsl.tasks.stack import calling, is_plain, stack_unit
from hdsl.tasks.survey import Survey, survey_of, survey_unit
from hdsl.tasks.testing import alone, answer_path, covering, is_short, tests_unit


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
    described = Described(shop.definitions)
    made: list[Task | Dropped] = []
    for number, each in enumerate(chosen, 1):
        made.append(describing(each, described))
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


def _tests(shop: Workshop, chosen: Sequence[Definition]) -> Made:
    survey = shop.survey()
    made: list[Task | Dropped] = []
    plans: dict[int, tuple[str, str]] = {}
    units: list[Unit] = []
    for number, each in enumerate(chosen):
        tests = survey.of(each)
        found = ((test, alone(shop.source(test.partition("::")[0]), test)) for test in tests)
        test, answer = next(((test, text) for test, text in found if is_short(text)), ("", ""))
        if not answer:
            made.append(Dropped("no test that passes enters it" if not tests else "no test of it can stand alone"))
            continue
        plans[number] = (answer, answer_path(test))
        units.append(tests_unit(each, shop.source(each.file), answer, answer_path(test), shop.seed, tests))
    results = shop.done(units, "checking")
    for (number, (answer, path)), found_out in zip(plans.items(), results, strict=True):
        each = chosen[number]
        made.append(covering(each, shop.source(each.file), answer, path, shop.seed, found_out))
    return made, survey.counts


def _stack(shop: Workshop, chosen: Sequence[Definition]) -> Made:
    survey = shop.survey()
    made: list[Task | Dropped] = []
    wanted: dict[str, list[Definition]] = {}
    for each in chosen:
        tests = survey.of(each, 1)
        if not is_plain(each):
            made.append(Dropped("a generator or coroutine"))
        elif not tests:
            made.append(Dropped("no test that passes enters it"))
        else:
            wanted.setdefault(tests[0], []).append(each)
    units = [stack_unit(test, [(each.file, each.start) for each in group]) for test, group in wanted.items()]
    for group, results in zip(wanted.values(), shop.done(units, "watching calls"), strict=True):
        made += [calling(each, results, shop.repository.python) for each in group]
    return made, survey.counts


MAKERS: Mapping[str, Callable[[Workshop, Sequence[Definition]], Made]] = {
    "masked": _masked,
    "docstring": _docstring,
    "code": _code,
    "tests": _tests,
    "stack": _stack,
}
"""The makers of tasks, by kind."""
