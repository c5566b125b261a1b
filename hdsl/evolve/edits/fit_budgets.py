"""Raises the budgets of a file that its harnesses no longer fit: what an edit costs more is written down."""

from collections.abc import Mapping
from math import ceil
from pathlib import Path

from hdsl.evolve.opened import Opened, read_opened
from hdsl.graph.cost import bounds
from hdsl.graph.inline import ProgramTooLarge, inline
from hdsl.graph.polynomial import Maximum
from hdsl.graph.shapes import Shape
from hdsl.syntax import tree
from hdsl.syntax.format import format_source

OVER_BUDGET = "HG710"
_ROUNDS = 8


def with_budgets_that_fit(path: Path, text: str) -> str:
    """The text with each budget that is exceeded raised to what its harness may cost; as it is where none is."""
    for _ in range(_ROUNDS):
        opened = read_opened(path, text)
        changed = _raised(opened) if any(each.code == OVER_BUDGET for each in opened.errors) else None
        if changed is None:
            return text
        text = format_source(changed)
    return text


def _raised(opened: Opened) -> str | None:
    """The text with the first budget that is exceeded raised; None where none can be."""
    for name, harness in opened.harnesses.items():
        statement = next((each for each in harness.body if isinstance(each, tree.Budget)), None)
        typed = opened.module.harnesses.get(name)
        if statement is None or typed is None:
            continue
        try:
            program = inline(opened.module, typed)
        except ProgramTooLarge:
            continue
        if program.result not in program.nodes:
            continue
        sizes = {dim: size for dim, size in program.dimensions.items() if isinstance(size, int)}
        bound, _ = bounds(program, sizes)
        for option in statement.options:
            if not isinstance(option.value, tree.Number) or option.name.text not in ("llm_calls", "seconds"):
                continue
            amount = bound.llm_calls if option.name.text == "llm_calls" else bound.seconds
            needed = _needed(amount, typed.per, sizes)
            if needed > option.value.value:
                span = option.value.span
                return opened.text[: span.start] + str(needed) + opened.text[span.end :]
    return None


def _needed(amount: Maximum, per: Shape, sizes: Mapping[str, int]) -> int:
    """The least whole number that a budget has to be for this amount."""
    times = 1
    for dimension in per:
        times *= dimension if isinstance(dimension, int) else sizes.get(dimension, 1)
    most = max((sum(number for _, number in each.terms) for each in amount.alternatives), default=0)
    return ceil(most / times)
