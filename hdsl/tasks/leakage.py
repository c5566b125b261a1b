"""Near copies: tasks whose answer stands in their own context, in another task, or in what is trained on."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterator

from hdsl.tasks.model import PARTS, Task

ALIKE = 0.8
"""The share of common runs of tokens from which on two texts are near copies."""

_TOKEN = re.compile(r"\w+|[^\w\s]")
_RUN = 5
_LONG_ANSWER = 24
"""Tokens; a shorter answer is an idiom that may stand in many places: only with its context it is a copy."""

Runs = frozenset[tuple[str, ...]]


def tokens(text: str) -> list[str]:
    """Names, numbers and marks; layout and comments do not count."""
    return _TOKEN.findall(re.sub(r"#.*", "", text))


def runs(text: str) -> Runs:
    """All runs of five tokens."""
    found = tokens(text)
    return frozenset(tuple(found[at : at + _RUN]) for at in range(max(1, len(found) - _RUN + 1)))


def alike(left: Runs, right: Runs) -> float:
    """Common runs over all runs."""
    return len(left & right) / len(left | right)


def is_in_context(task: Task) -> bool:
    """Whether (nearly) all of a long answer stands in what is given."""
    answer = runs(task.answer)
    given = frozenset().union(*map(runs, task.given.values()))
    return len(tokens(task.answer)) >= _LONG_ANSWER and len(answer & given) / len(answer) >= ALIKE


def without_copies(parts: dict[str, list[Task]], dropped: Counter[str]) -> dict[str, list[Task]]:
    """The parts without near copies: of two tasks the one of the later part stays, of one part the first.

    So what is trained on holds no copy of what is validated with or sealed.
    """
    kept: dict[str, list[Task]] = {part: [] for part in PARTS}
    seen = _Seen()
    for part in reversed(PARTS):
        for task in parts[part]:
            copied = seen.part_of_copy(task)
            if copied is None:
                kept[part].append(task)
                seen.add(task, part)
            elif copied == part:
                dropped[f"near copy of another task in {part}"] += 1
            else:
                dropped[f"near copy of a {copied} task"] += 1
    return kept


class _Seen:
    """What was kept, by runs that are looked up first."""

    def __init__(self) -> None:
        self._texts: list[tuple[Runs, str]] = []
        self._having: defaultdict[tuple[str, ...], list[int]] = defaultdict(list)

    def add(self, task: Task, part: str) -> None:
        for found in _compared(task):
            for run in found:
                self._having[run].append(len(self._texts))
            self._texts.append((found, part))

    def part_of_copy(self, task: Task) -> str | None:
        """The part of a task that this one is a near copy of."""
        for found in _compared(task):
            shared = Counter(number for run in found for number in self._having.get(run, ()))
            for number, count in shared.items():
                other, part = self._texts[number]
                if count / (len(found) + len(other) - count) >= ALIKE:
                    return part
        return None


def _compared(task: Task) -> Iterator[Runs]:
    yield runs(task.whole)
    if len(tokens(task.answer)) >= _LONG_ANSWER:
        yield runs(task.answer)
