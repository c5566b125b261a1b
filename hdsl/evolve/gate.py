"""The gate that a candidate passes or not: what its trials say beside its parent's, and how sure that must be.

A smaller graph that is no worse passes too, where the data has exercised what it leaves out.
"""

from enum import Enum

from hdsl.evolve.candidate import Candidate
from hdsl.evolve.comparing import Comparison, compared, level

ENOUGH = 30
"""Held-out examples that could turn worse, of which none does, are enough to take a smaller graph for as good."""

NEAR, FIRST_LOOK = 10, 0.35
"""One more trial is worth it where the gain is by chance at most so many times as likely as it may be; and how much of
the level of a test is for the look before that trial. The rest is for the look after it."""


class Verdict(Enum):
    """What the trials of a candidate say."""

    BETTER = "surely better, or as good and smaller"
    NEAR = "not sure, but one more trial may tell"
    HOPELESS = "rejected"


class Gate:
    """Each candidate that is tested makes the next test stricter: all of one search together stay under one level."""

    def __init__(self) -> None:
        self.tests = 0
        self._level: dict[int, float] = {}

    def is_promising(self, parent: Candidate, candidate: Candidate) -> bool:
        """Whether the next trial of a candidate is worth it."""
        found = against(parent, candidate)
        return found.gain > 0 or (_is_as_good(parent, candidate, found) and not _untold(candidate, found))

    def verdict(self, parent: Candidate, candidate: Candidate) -> Verdict:
        """What the trials say that each candidate has. Spends a test where there is a gain."""
        found = against(parent, candidate)
        if _is_as_good(parent, candidate, found) and not _untold(candidate, found):
            return Verdict.BETTER
        if found.gain <= 0:
            return Verdict.HOPELESS
        self.tests += 1
        self._level[candidate.number] = level(self.tests)
        if found.chance <= FIRST_LOOK * self._level[candidate.number]:
            return Verdict.BETTER
        return Verdict.NEAR if found.chance <= NEAR * self._level[candidate.number] else Verdict.HOPELESS

    def is_sure_after_all(self, parent: Candidate, candidate: Candidate) -> bool:
        """Whether one more trial makes sure of what came near."""
        found = against(parent, candidate)
        return found.gain > 0 and found.chance <= (1.0 - FIRST_LOOK) * self._level[candidate.number]


def against(parent: Candidate, candidate: Candidate) -> Comparison:
    """A candidate beside its parent, over the trials that both have had."""
    return compared(parent.outcomes, candidate.outcomes)


def findings(parent: Candidate, candidate: Candidate) -> str:
    """What was found of a candidate that was rejected, in words."""
    found = against(parent, candidate)
    counts = (
        f"{found.better} of {len(found.differences)} held-out examples better, {found.worse} worse, "
        f"mean gain {found.gain:+.4f}"
    )
    untold = _untold(candidate, found) if _is_as_good(parent, candidate, found) else ""
    return f"{counts}; smaller, but {untold}" if untold else counts


def _untold(candidate: Candidate, found: Comparison) -> str:
    """Why the data does not tell whether what a smaller graph leaves out is needed; empty where it does."""
    too_few = f"only {found.telling} of them could turn worse" if found.telling < ENOUGH else ""
    return candidate.unexercised or too_few


def _is_as_good(parent: Candidate, candidate: Candidate, found: Comparison) -> bool:
    """Whether a candidate is smaller and no example turns wrong."""
    return _is_smaller(parent, candidate) and not found.worse


def _is_smaller(parent: Candidate, candidate: Candidate) -> bool:
    if candidate.calls > parent.calls + 1e-9:
        return False
    return candidate.calls < parent.calls - 1e-9 or candidate.footprint.nodes < parent.footprint.nodes
