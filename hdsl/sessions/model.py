"""A recorded session as plain data, whatever agent recorded it, and the account of what was read."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Source = Literal["user", "agent", "system"]
MOST_REASONS, OTHER_REASONS = 100, "other reasons"
"""How many reasons an account tells apart: a recording can name as many types as it has lines."""


class SessionError(Exception):
    """A recording cannot be read at all, or asks for what is not there; the message names the place and the fix."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a call led to: the text that came back, and the exit status or the failure where the recording has them."""

    text: str = ""
    exit_status: int | None = None
    is_error: bool | None = None
    rest: Mapping[str, Any] = field(default_factory=dict)
    """Fields of the recording that have no place of their own, for writing them back."""


@dataclass(frozen=True, slots=True)
class Call:
    """One action of an agent: a tool and its arguments. `command` is the shell command, where the tool is a shell."""

    id: str
    tool: str
    arguments: Mapping[str, Any]
    command: str | None = None
    outcome: Outcome | None = None
    """None where the recording ends before the result."""
    rest: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Step:
    """One message of a session, and what the agent did with it."""

    source: Source
    text: str = ""
    thought: str = ""
    calls: tuple[Call, ...] = ()
    observation: str = ""
    """What was seen beside the outcomes of calls."""
    time: str = ""
    model: str = ""
    line: int = 0
    """Where it comes from: the line, step or row of the recording, from 1."""
    is_copied: bool = False
    """It repeats context of an earlier step or session, and nothing is learned from it."""
    is_injected: bool = False
    """The agent's program wrote it in the user's name (reminders, summaries): no person said it."""
    rest: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Session:
    """A whole recording, or one of several in a file."""

    id: str
    format: str
    path: str
    steps: tuple[Step, ...]
    agent: str = ""
    agent_version: str = ""
    model: str = ""
    folder: str = ""
    """The working folder, where the recording says."""
    parent: str = ""
    """The session that started this one as a subagent; or empty."""
    succeeded: bool | None = None
    """What the recording says about the whole session, by a judge other than the agent."""
    rest: Mapping[str, Any] = field(default_factory=dict)

    @property
    def goal(self) -> str:
        """The words of the person who asked for the work."""
        return next((s.text for s in self.steps if s.source == "user" and s.text.strip() and is_asked(s)), "")

    def calls(self) -> Iterator[tuple[Step, Call]]:
        """Every call with its step, in order."""
        for step in self.steps:
            for call in step.calls:
                yield step, call


def is_asked(step: Step) -> bool:
    """Whether a step of the user is a person's own words, said in this session."""
    return not step.is_copied and not step.is_injected


@dataclass(frozen=True, slots=True)
class Account:
    """What became of every unit (line, step, row or event) of a file: all = mapped + skipped."""

    path: str
    format: str
    unit: str
    all: int
    mapped: int
    skipped: Mapping[str, int]

    def as_json(self) -> dict[str, Any]:
        """The account as plain data."""
        return {
            "path": self.path,
            "format": self.format,
            "unit": self.unit,
            "all": self.all,
            "mapped": self.mapped,
            "skipped": dict(sorted(self.skipped.items())),
        }


class Tally:
    """Counts units while a file is read: each is mapped, or skipped for a reason."""

    def __init__(self, unit: str) -> None:
        self.unit = unit
        self.mapped = 0
        self.skipped: Counter[str] = Counter()

    def map(self, count: int = 1) -> None:
        """Counts units that became part of a session."""
        self.mapped += count

    def skip(self, reason: str, count: int = 1) -> None:
        """Counts units that did not, and why."""
        if count:
            is_named = reason in self.skipped or len(self.skipped) < MOST_REASONS
            self.skipped[reason if is_named else OTHER_REASONS] += count

    def unmap(self, reason: str, count: int = 1) -> None:
        """Counts units that were mapped and turn out to be none."""
        self.mapped -= count
        self.skip(reason, count)

    def account(self, path: str, format_name: str) -> Account:
        """The account so far."""
        counted = self.mapped + self.skipped.total()
        return Account(path, format_name, self.unit, counted, self.mapped, dict(self.skipped))


@dataclass(frozen=True, slots=True)
class Recording:
    """What was read from one file: its sessions, and the account of its units."""

    sessions: tuple[Session, ...]
    account: Account
