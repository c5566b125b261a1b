"""What a graph may do and cost: its effects, its static bounds, what it names; and how much of that is allowed."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from hdsl.evolve.opened import Opened
from hdsl.graph.cost import bounds, reached
from hdsl.graph.polynomial import Maximum
from hdsl.graph.program import Program
from hdsl.ground.errors import HdslError
from hdsl.ground.spelling import did_you_mean
from hdsl.syntax import tree

EFFECTS = ("llm", "read", "write", "open", "wait")
"""The effects that reach out of the graph; `fails` does not."""
AMOUNTS = ("calls", "writes", "seconds")


class NotAllowed(HdslError):  # noqa: N818 - says what it is
    """What `--allow` is given is none of the things that can be allowed."""


@dataclass(frozen=True, slots=True)
class Footprint:
    """What one answer of a harness may do, where unknown dimensions are 1. `nodes`: how many the graph has."""

    effects: frozenset[str]
    calls: float
    writes: float
    seconds: float
    nodes: int

    def as_json(self) -> dict[str, Any]:
        """The same as plain data."""
        return {
            "effects": sorted(self.effects),
            "calls": self.calls,
            "writes": self.writes,
            "seconds": self.seconds,
            "nodes": self.nodes,
        }


def footprint(program: Program) -> Footprint:
    """The footprint of a program."""
    sizes = {name: size if isinstance(size, int) else 1 for name, size in program.dimensions.items()}
    nodes = reached(program)
    effects = frozenset(effect.name for node in nodes for effect in node.effects if effect.name in EFFECTS)
    bound, _ = bounds(program, sizes)
    calls, writes, seconds = (_number(each) for each in (bound.llm_calls, bound.writes, bound.seconds))
    return Footprint(effects, calls, writes, seconds, len(nodes))


def _number(amount: Maximum) -> float:
    return max((sum(number for _, number in each.terms) for each in amount.alternatives), default=0)


@dataclass(frozen=True, slots=True)
class Allowance:
    """The most that an edited graph may do: what the file at the beginning does or has a budget for, and `--allow`."""

    effects: frozenset[str]
    calls: float
    writes: float
    seconds: float

    @classmethod
    def of(cls, program: Program, words: Iterable[str] = ()) -> "Allowance":
        """What a program and the words of `--allow` allow. NotAllowed for another word."""
        own = footprint(program)
        declared = next((each for each in program.budgets if not each.path), None)
        calls = max(own.calls, (declared.llm_calls or 0) if declared else 0)
        seconds = max(own.seconds, (declared.seconds or 0) if declared else 0)
        allowed = cls(own.effects, calls, own.writes, seconds)
        for word in words:
            allowed = allowed.plus(word)
        return allowed

    def plus(self, word: str) -> "Allowance":
        """With an effect more, or a larger amount: `write`, `calls=6`."""
        name, equals, number = word.partition("=")
        if not equals and name in EFFECTS:
            return replace(self, effects=self.effects | {name})
        if equals and name in AMOUNTS:
            try:
                amount = float(number)
            except ValueError:
                amount = -1.0
            if not 0 <= amount < float("inf"):
                raise NotAllowed(f"--allow {name}= takes a number from 0, not {number!r}")
            return replace(self, **{name: max(amount, getattr(self, name))})
        known = [*EFFECTS, *(f"{each}=N" for each in AMOUNTS)]
        raise NotAllowed(f"--allow takes {', '.join(known)}, not {word!r}. {did_you_mean(name, known, '')}".strip())

    def excess(self, other: Footprint) -> list[str]:
        """What a graph would do beyond it, in the words of `--allow`; nothing where it stays within."""
        found = sorted(other.effects - self.effects)
        for name in AMOUNTS:
            wanted = getattr(other, name)
            if wanted > getattr(self, name):
                found.append(f"{name}={wanted:g}")
        return found


def outward(opened: Opened) -> frozenset[str]:
    """What a text names outside of itself: entry points of functions, files it uses and loads, programs it runs."""
    found = set()
    for item in opened.file.items:
        if isinstance(item, tree.Operation) and item.entry is not None:
            found.add(f"the entry point {item.entry.text}")
        elif isinstance(item, tree.Use):
            found.add(
                f"the file {item.path.text}" if item.path else f"the module {item.module.text if item.module else ''}"
            )
        elif isinstance(item, tree.Experience) and isinstance(item.source, tree.Load):
            found.add(f"the file {item.source.path.text}")
    return frozenset(found)


def fixed_parts(opened: Opened, harness: str) -> tuple[str, ...]:
    """What no edit may change: how the harness is called, how it is trained, its tests; without blanks."""
    declared = opened.harnesses.get(harness)
    parts = []
    if declared is not None:
        parts.append(_squeezed(_called(opened, declared)))
    for item in opened.file.items:
        if isinstance(item, tree.Train | tree.Test):
            parts.append(_squeezed(opened.text[item.span.start : item.span.end]))
    return tuple(parts)


def _called(opened: Opened, harness: tree.Harness) -> str:
    """How a harness is called, without the default numbers of its dimensions: how much there is room for may change."""
    text, start = "", harness.span.start
    for parameter in harness.parameters:
        is_dim = isinstance(parameter.type, tree.TypeExpr) and parameter.type.name.text == "dim"
        if is_dim and isinstance(parameter.default, tree.Number):
            text += opened.text[start : parameter.default.span.start]
            start = parameter.default.span.end
    return text + opened.text[start : harness.result.span.end]


def _squeezed(text: str) -> str:
    return "".join(text.split())
