"""What running tests says of an answer: they pass with it, and fail without."""

from collections.abc import Mapping, Sequence
from typing import Any

from hdsl.tasks.model import Region
from hdsl.tasks.regions import with_answer


def judged(source: str, region: Region, answer: str, tests: Sequence[str]) -> dict[str, Any]:
    """The piece of work that says whether tests pass with an answer."""
    return {"files": {region.file: with_answer(source, region, answer)}, "tests": list(tests), "stop": True}


def passes(result: Mapping[str, Any], tests: Sequence[str]) -> bool:
    """Whether all of these tests have passed."""
    outcomes = result.get("outcomes")
    return (
        result.get("ended") == "passed"
        and isinstance(outcomes, dict)
        and all(outcomes.get(test) == "passed" for test in tests)
    )


def truth_unit(source: str, region: Region, answer: str, tests: Sequence[str]) -> tuple[Mapping[str, Any], ...]:
    """The work that says whether tests pass with the true answer, and with none."""
    return (judged(source, region, answer, tests), judged(source, region, "", tests))


def is_told(results: Sequence[Mapping[str, Any]], tests: Sequence[str]) -> str:
    """Why tests do not tell the true answer from none; empty where they do."""
    if not passes(results[0], tests):
        return "its tests do not pass each time"
    return "its tests pass without it, too" if passes(results[1], tests) else ""
