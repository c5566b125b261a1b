"""Rows of experience, and training data, from episodes: for the harnesses of `std.agents`."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

from hdsl.sessions.episodes import Avoided, Episode, Kept

TYPE, PRESS = "text:", "key:"
"""The labels of `std.agents.Action`."""
DONE = "say that it is done"
DONE_COMMAND = ": done"
"""What an agent runs when it has nothing left to do: it does nothing, and the harness sees it."""
RUN = "run the line"
ENTER = "Enter"
PROMPT = "$"
TASK, ACTION, KEYS = "task", "done.action", "done.keys"
"""Names in the harness that `harness.py` writes: its input, and the paths of its two experts."""
_WORD = re.compile(r"\w+")
MOST_ON_SCREEN = 12
"""Commands that a row's screen shows at most."""


class Row(NamedTuple):
    """One row of a table."""

    query: str
    key: str
    value: str

    def as_json(self) -> dict[str, str]:
        """The row as plain data."""
        return self._asdict()


@dataclass(frozen=True, slots=True)
class Learned:
    """Everything that some episodes teach."""

    decide: tuple[Row, ...]
    act: tuple[Row, ...]
    avoid: tuple[Row, ...]
    demonstrations: tuple[dict[str, Any], ...]
    account: dict[str, Any]
    turns: int
    """The most turns that a demonstration takes."""


def learned(episodes: Iterable[Episode]) -> Learned:
    """The rows of episodes; rows that say the same are joined."""
    decide, act, avoid = _Table(), _Table(), _Table()
    demonstrations: dict[str, dict[str, Any]] = {}
    skipped: Counter[str] = Counter()
    calls = kept = avoided = turns = 0
    for episode in episodes:
        skipped.update(episode.skipped)
        kept, avoided = kept + len(episode.kept), avoided + len(episode.avoided)
        calls += len(episode.kept) + len(episode.avoided) + len(episode.skipped)
        avoid.add(_avoid_rows(episode.goal, episode.avoided))
        identity = " ".join(_WORD.findall(episode.goal.casefold()))
        if episode.kept and identity not in demonstrations:
            work = (*episode.kept, Kept(DONE, DONE_COMMAND, 0))
            decide.add(_decide_rows(episode.goal, work))
            act.add(_act_rows(episode.goal, work))
            demonstrations[identity] = _demonstration(episode.goal, work)
            turns = max(turns, 2 * len(work))
        elif episode.kept:
            skipped["the same goal was shown before"] += len(episode.kept)
            kept -= len(episode.kept)
    account = {
        "calls": calls,
        "kept": kept,
        "avoided": avoided,
        "skipped": dict(sorted(skipped.items())),
        "rows": {"decide": len(decide.rows), "act": len(act.rows), "avoid": len(avoid.rows)},
        "joined": decide.joined + act.joined + avoid.joined,
        "demonstrations": len(demonstrations),
    }
    shown = tuple(demonstrations.values())
    return Learned(tuple(decide.rows), tuple(act.rows), tuple(avoid.rows), shown, account, turns)


class _Table:
    """Rows in order; one that says what another says is joined with it."""

    def __init__(self) -> None:
        self.rows: list[Row] = []
        self.joined = 0
        self._known: set[tuple[frozenset[str], str, str]] = set()

    def add(self, rows: Iterable[Row]) -> None:
        """Adds rows, or counts them as joined."""
        for row in rows:
            words = frozenset(_WORD.findall(row.query.casefold()))
            identity = (words, " ".join(row.key.split()), " ".join(row.value.split()))
            if identity in self._known:
                self.joined += 1
            else:
                self._known.add(identity)
                self.rows.append(row)


def _decide_rows(goal: str, work: tuple[Kept, ...]) -> Iterator[Row]:
    """Screens show the commands before, and no outputs: whatever a tool printed, no row repeats it."""
    screen: list[str] = []
    for each in work:
        empty = "\n".join((*screen[-MOST_ON_SCREEN:], PROMPT))
        typed = "\n".join((*screen[-MOST_ON_SCREEN:], f"{PROMPT} {each.command}"))
        yield Row(_words(goal, empty), empty, TYPE + each.intent)
        yield Row(_words(goal, typed), typed, PRESS + RUN)
        screen.append(f"{PROMPT} {each.command}")


def _act_rows(goal: str, work: tuple[Kept, ...]) -> Iterator[Row]:
    for each in work:
        yield Row(_words(f"{TYPE} {each.intent}", goal), TYPE + each.intent, each.command)
    yield Row(_words(f"{PRESS} {RUN}", goal), PRESS + RUN, ENTER)


def _avoid_rows(goal: str, avoided: tuple[Avoided, ...]) -> Iterator[Row]:
    for each in avoided:
        what = "it failed" if each.exit_status is None else f"it ended with {each.exit_status}"
        value = f"avoid: {what}" + (f"; this worked: {each.instead}" if each.instead else "")
        yield Row(_words(goal, each.command), each.command, value)


def _demonstration(goal: str, work: tuple[Kept, ...]) -> dict[str, Any]:
    actions = [label for each in work for label in (TYPE + each.intent, PRESS + RUN)]
    keys = [text for each in work for text in (each.command, ENTER)]
    return {TASK: goal, "at": {ACTION: actions, KEYS: keys}}


def _words(*texts: str) -> str:
    return " ".join(" ".join(texts).split())
