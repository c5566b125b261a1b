"""Calls a harness from Python, as `hdsl run` does: what exported packages are made of."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from hdsl.adapt.harness_tool import given_of_arguments, result_of_elements
from hdsl.check.entry import checked_program
from hdsl.configuration.settings import load_settings
from hdsl.graph.program import Program
from hdsl.ground.errors import ELEMENT_FAILED, FINE, HdslError
from hdsl.run.meter import beyond_budget
from hdsl.run.runner import run_program


class CallFailed(HdslError):  # noqa: N818 - says what happened
    """A harness was ended, or an element of its result failed. `exit_code` is that of `hdsl run`."""

    def __init__(self, message: str, code: int) -> None:
        super().__init__(message)
        self.exit_code = code


def call(file: Path, harness: str, arguments: Mapping[str, Any], *, kernel: str | None = None) -> Any:
    """The result of a harness for these arguments, nested by its shape. Raises CallFailed, and what a run raises.

    The settings are those of the working folder, and the run is recorded there.
    """
    program = _program(file, harness)
    given = given_of_arguments(program, {name: value for name, value in arguments.items() if value is not None})
    beyond = beyond_budget(program, given.dimensions)
    if beyond is not None:
        raise CallFailed(beyond, 4)
    outcome = run_program(program, given, load_settings(kernel=kernel))
    failed = next((each for each in outcome.elements if each.status.failed), None)
    if outcome.code not in (FINE, ELEMENT_FAILED) or not outcome.elements:
        raise CallFailed(f"{harness} was ended: {outcome.reason}", outcome.code)
    if failed is not None:
        raise CallFailed(f"{harness} {list(failed.coordinates)} failed: {failed.status.cause}", outcome.code)
    return result_of_elements(program, outcome.elements)


@cache
def _program(file: Path, harness: str) -> Program:
    return checked_program(file, harness)
