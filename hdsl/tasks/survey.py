"""Which tests of a repository pass, and which functions each of them enters."""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from hdsl.tasks.definitions import Definition

MOST_TESTS = 12
"""Tests that an answer is judged by: those that enter the fewest functions say most about each.

Of a test with many parameters the next ones are taken when each other test has its turn: they say much the same.
"""


@dataclass(frozen=True, slots=True)
class Survey:
    """The tests that pass, with the functions (file and first line) they enter, and how many had other ends."""

    tests: Mapping[str, frozenset[tuple[str, int]]]
    counts: Mapping[str, int]

    def of(self, definition: Definition, most: int = MOST_TESTS) -> tuple[str, ...]:
        """The tests that say most about a definition."""
        place = (definition.file, definition.start)
        entering = [test for test, entered in self.tests.items() if place in entered]
        turns: Counter[str] = Counter()
        found: list[tuple[int, int, str]] = []
        for entered, test in sorted((len(self.tests[test]), test) for test in entering):
            name = test.partition("[")[0]
            found.append((turns[name], entered, test))
            turns[name] += 1
        return tuple(test for _, _, test in sorted(found)[:most])


def survey_unit(file: str) -> tuple[Mapping[str, Any], ...]:
    """The work that surveys a file of tests."""
    return ({"tests": [file], "watch": "functions"},)


def survey_of(results: Mapping[str, Mapping[str, Any]], is_known: Callable[[str], bool]) -> Survey:
    """The survey that the results of the files of tests add up to. `is_known`: whether a file is a source."""
    tests: dict[str, frozenset[tuple[str, int]]] = {}
    counts: Counter[str] = Counter()
    for file in sorted(results):
        result = results[file]
        outcomes = _mapping(result.get("outcomes"))
        counts.update(str(outcome) for outcome in outcomes.values())
        if result.get("ended") in ("crashed", "hung", None):
            counts["files that did not end"] += 1
        elif result.get("broken") or not outcomes:
            counts["files without a test that could be run"] += 1
        for test, entered in _mapping(result.get("functions")).items():
            if outcomes.get(test) == "passed":
                tests[test] = frozenset((str(name), int(line)) for name, line in entered if is_known(str(name)))
    return Survey(tests, dict(sorted(counts.items())))


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}
