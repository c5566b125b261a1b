"""The words of findings about effects."""

from __future__ import annotations

from hdsl.check.diagnostic import Fix, Place
from hdsl.check.findings.effects import (
    AskedOutsideLoop,
    MisplacedStep,
    RepeatedWrite,
    SharedSession,
    StackedTurns,
    StaleRead,
    WaitBehindValidator,
)
from hdsl.check.fixes import SAFE, UNSAFE, edit, free_name, item_added, item_removed, statement_put_before
from hdsl.check.wording import Wording
from hdsl.check.wording.words import Words
from hdsl.syntax.source import Source
from hdsl.syntax.tree import Span


def _stale_read(finding: StaleRead, place: Place) -> Words:
    fixes = _read_again(finding, place) if finding.can_be_copied else []
    return Words({"name": finding.name, "write": finding.write}, fixes=fixes)


def _read_again(finding: StaleRead, place: Place) -> list[Fix]:
    """Reads again for one step of a sequence: by another node of the same words, else by a copy above it."""
    source, step = place
    read, sequence = finding.name, finding.sequence
    span = finding.statements[read]
    expression = _expression(source, span)
    for name, other in finding.statements.items():
        if span.end <= other.start and other.end <= sequence.start and _expression(source, other) == expression:
            return [Fix(f"Use `{name}`, which reads again", SAFE, (edit(source, step, name),))]
    return _copied(finding, place, "Read again", SAFE)


def _repeated_write(finding: RepeatedWrite, place: Place) -> Words:
    fixes = _copied(finding, place, "Do it again", UNSAFE) if finding.can_be_copied else []
    return Words({"name": finding.name, "write": finding.write}, fixes=fixes)


def _copied(finding: MisplacedStep, place: Place, title: str, applicability: str) -> list[Fix]:
    """A copy of the step's statement, above the sequence, as the step."""
    source, step = place
    span = finding.statements[finding.name]
    name = free_name(finding.name, finding.statements)
    copy = name + source.text[span.start + len(finding.name) : span.end]
    above = statement_put_before(source, finding.sequence, copy)
    edits = () if above is None else (above, edit(source, step, name))
    return [Fix(f"{title} as `{name}`", applicability, edits)] if edits else []


def _expression(source: Source, statement: Span) -> str:
    """The expression of a statement, without blanks."""
    return "".join(source.text[slice(*statement)].partition("=")[2].split())


def _asked_outside_loop(finding: AskedOutsideLoop, place: Place) -> Words:
    """The question is made one of its input alone."""
    call = finding.call
    fixes = [] if call is None else item_added(place.source, call, "alone=true", UNSAFE)
    return Words({"name": finding.name, "asking": finding.asking}, fixes=fixes)


def _wait_behind_validator(finding: WaitBehindValidator, place: Place) -> Words:
    """The wait is moved in front of the validator where that stands as a step before it."""
    source, wait = place
    before = finding.validator_step
    fixes: list[Fix] = []
    removed = [each for fix in item_removed(source, wait, "") for each in fix.edits]
    if before.end <= wait.start and removed:
        added = edit(source, Span(before.start, before.start), f"{source.text[slice(*wait)]}, ")
        fixes = [Fix("Move the wait before the validator", UNSAFE, (added, *removed))]
    return Words({"name": finding.name, "validator": finding.validator}, fixes=fixes)


def _shared_session(finding: SharedSession, place: Place) -> Words:
    help = "Open one session per element: `terminal.open()` with the shape you need."
    if finding.along_last:
        help = f"If they are to run one after the other, use `in_order`; else o{help[1:]}"
    return Words({"name": finding.name}, help=help)


def _stacked_turns(finding: StackedTurns, place: Place) -> Words:
    instead = "`sequential(a, b, …)`: each after the one before"
    if not finding.takes_all:
        instead = "`fallback(a, b, …)`: the first that does not fail, each evaluated after the one before failed"
    return Words({"name": finding.name}, help=f"Write {instead}.")


WORDING: Wording = {
    AskedOutsideLoop: _asked_outside_loop,
    RepeatedWrite: _repeated_write,
    SharedSession: _shared_session,
    StackedTurns: _stacked_turns,
    StaleRead: _stale_read,
    WaitBehindValidator: _wait_behind_validator,
}
