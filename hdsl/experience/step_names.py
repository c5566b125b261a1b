"""Steps by their names: the id of one, `RUN/NUMBER`, or a run for all of its steps, over the histories of a file."""

from collections.abc import Iterable, Sequence
from heapq import merge

from hdsl.experience.history import HistoryEntry, standing
from hdsl.experience.undoing import ExperienceChanged, is_taken_back
from hdsl.ground.errors import HdslError
from hdsl.ground.spelling import did_you_mean

Histories = Sequence[Sequence[HistoryEntry]]
"""One a folder; a step that changed tables of several folders is in each of theirs."""


class NoSuchStep(HdslError):  # noqa: N818 - a state
    """No history has a step or run of this name."""


def in_order(histories: Iterable[Sequence[HistoryEntry]]) -> list[str]:
    """The ids of all steps, oldest first."""
    return list(dict.fromkeys(entry.id for entry in merge(*histories, key=lambda entry: entry.time)))


def run_of(step: str) -> str:
    """The run that a step is of: the part of its id before the slash."""
    return step.rpartition("/")[0] or step


def steps_named(histories: Histories, name: str) -> list[str]:
    """The ids that a name stands for, oldest first. NoSuchStep where there are none."""
    steps = in_order(histories)
    found = [name] if name in steps else [step for step in steps if run_of(step) == name]
    if not found:
        known = did_you_mean(name, {*steps, *map(run_of, steps)}, "`hdsl experience log FILE` lists them.")
        raise NoSuchStep(f"there is no step or run `{name}`. {known}")
    return found


def steps_to_take_back(histories: Histories, name: str | None) -> list[str]:
    """The ids of those that stand, newest first: of the steps of this name; else the last that is not an undo.

    NoSuchStep where no step has the name, ExperienceChanged where none of them stands.
    """
    named = in_order(histories) if name is None else steps_named(histories, name)
    stand = {
        entry.id
        for entries in histories
        for entry in (standing(entries) if name is None else entries)
        if not is_taken_back(entries, entry)
    }
    found = [step for step in reversed(named) if step in stand]
    if not found:
        raise ExperienceChanged("there is no step to take back" if name is None else f"`{name}` was taken back already")
    return found[:1] if name is None else found
