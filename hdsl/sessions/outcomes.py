"""What later outcomes say of a step: exit statuses, results of tests, and a judge's word on the whole session."""

from __future__ import annotations

import re
from collections.abc import Iterable

from hdsl.sessions.model import Call

_TESTS = re.compile(
    r"(?:^|[\s;&|/(])(?:pytest|py\.test|unittest|tox|nox|nosetests|rspec|jest|vitest|mocha|phpunit|ctest|bats)\b"
    r"|\b(?:cargo|go|npm|pnpm|yarn|bun|deno|make|mvn|gradle|gradlew|dotnet|mix|rake|swift|zig build)"
    r"\s+(?:run\s+)?(?:test|check)\b"
)
_FAILED = re.compile(
    r"^(?:=+ )?(?:\d+ failed|FAILED|FAIL\b|ERRORS?\b)|\b[1-9]\d* (?:failed|failing|failures?|errors?)\b"
    r"|test result: FAILED",
    re.MULTILINE,
)
_PASSED = re.compile(
    r"\b[1-9]\d* (?:passed|passing)\b|^OK(?: \(.*\))?$|^ok\s+\S+|test result: ok|\b0 failures\b", re.MULTILINE
)


def is_test(command: str) -> bool:
    """Whether a command runs tests."""
    return _TESTS.search(command) is not None


def has_failed(call: Call) -> bool:
    """Whether a call is known to have failed."""
    outcome = call.outcome
    return outcome is not None and (outcome.exit_status not in (None, 0) or outcome.is_error is True)


def has_succeeded(call: Call) -> bool:
    """Whether a call is known to have succeeded: by its exit status, or by what the tests that it ran printed."""
    outcome = call.outcome
    if outcome is None or outcome.is_error is True:
        return False
    return outcome.exit_status == 0 or (outcome.exit_status is None and test_result(call) is True)


def test_result(call: Call) -> bool | None:
    """Whether the tests that a call ran passed; None where it ran none or does not say."""
    if call.command is None or call.outcome is None or not is_test(call.command):
        return None
    status = call.outcome.exit_status
    # A pipe hides the status of the tests behind that of its last command.
    if status is not None and (status != 0 or "|" not in call.command):
        return status == 0
    if _FAILED.search(call.outcome.text):
        return False
    return True if _PASSED.search(call.outcome.text) else None


def last_test(calls: Iterable[Call]) -> tuple[int, bool] | None:
    """The position and the result of the last call whose tests passed or failed."""
    found = None
    for position, call in enumerate(calls):
        result = test_result(call)
        if result is not None:
            found = (position, result)
    return found
