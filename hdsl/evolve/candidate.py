"""A graph that may be measured: its text, checked, and within what is allowed; or why it is refused."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from difflib import unified_diff

from hdsl.evolve.archive import Member
from hdsl.evolve.edits.applying import apply_edit, digest_of
from hdsl.evolve.edits.draft import DoesNotApply
from hdsl.evolve.footprint import Allowance, Footprint, fixed_parts, footprint, outward
from hdsl.evolve.opened import Opened, read_opened
from hdsl.evolve.proposals import Proposal
from hdsl.evolve.trial import Outcome, mean
from hdsl.graph.program import Program
from hdsl.syntax.format import Unformattable, format_source


@dataclass
class Candidate:
    """A graph with what was measured of it so far: an outcome for each seed, in their order."""

    number: int
    parent: int | None
    opened: Opened
    program: Program
    footprint: Footprint
    change: str = ""
    proposal: Proposal | None = None
    unexercised: str = ""
    """What it leaves out of its parent that the parent's trace has not exercised, in words."""
    outcomes: list[Outcome] = field(default_factory=list)

    @property
    def digest(self) -> str:
        """The text as a hash."""
        return digest_of(self.opened.text)

    @property
    def loss(self) -> float:
        """The mean loss of the held-out examples over the seeds."""
        return mean([each.loss for each in self.outcomes])

    @property
    def calls(self) -> float:
        """Model calls an answer over the seeds."""
        return mean([each.calls_an_answer for each in self.outcomes])

    def member(self) -> Member:
        """What the archive keeps of it."""
        return Member(
            self.number, self.parent, self.loss, self.calls, self.footprint.nodes, self.opened.text, self.change
        )


@dataclass(frozen=True, slots=True)
class Made:
    """What became of a proposal: a text that checks and is allowed, or why there is none."""

    opened: Opened | None
    change: str
    refused: str = ""


def made(parent: Candidate, proposal: Proposal, harness: str, allowed: Allowance) -> Made:
    """The text that a proposal makes of its parent; nothing of it is run."""
    change = proposal.change
    if isinstance(change, str):
        return _rewritten(parent, change, harness, allowed)
    told = change.describe()
    try:
        opened = apply_edit(change, parent.opened.path, parent.opened.text, parent.opened).opened
    except DoesNotApply as error:
        return Made(None, told, str(error))
    return _judged(parent, opened, told, harness, allowed)


def _rewritten(parent: Candidate, text: str, harness: str, allowed: Allowance) -> Made:
    told = "rewrite the file"
    opened = read_opened(parent.opened.path, text)
    if opened.errors:
        first = opened.errors[0]
        line = opened.source.position(first.place.span.start)[0]
        return Made(None, told, f"it does not check ({first.code} in line {line}: {first.message})")
    try:
        opened = read_opened(parent.opened.path, format_source(opened.text))
    except Unformattable:
        return Made(None, told, "it cannot be formatted")
    return _judged(parent, opened, told, harness, allowed)


def _judged(parent: Candidate, opened: Opened, told: str, harness: str, allowed: Allowance) -> Made:
    new = outward(opened) - outward(parent.opened)
    if new:
        return Made(None, told, f"it names {sorted(new)[0]}, which the file does not")
    if fixed_parts(opened, harness) != fixed_parts(parent.opened, harness):
        return Made(None, told, "it changes how the harness is called, trained or tested")
    excess = allowed.excess(footprint(opened.program(harness)))
    if excess:
        return Made(None, told, f"it needs --allow {' --allow '.join(excess)}")
    return Made(opened, told)


def diff_of(before: str, after: str) -> list[str]:
    """What a text changes of another, as the lines of a unified diff."""
    lines: Sequence[str] = [line.rstrip("\n") for line in unified_diff(
        before.splitlines(keepends=True), after.splitlines(keepends=True), "before", "after", n=1
    )]  # fmt: skip
    return list(lines)
