"""Lessons on their way to an experience: what came in, and what should have been answered.

A lesson is the symbolic gradient of a whole table, as a diff is that of one text: it may change a row or make a new
one, which of the two is known when it is followed.
"""

import threading
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache


@dataclass(frozen=True, slots=True)
class Lesson:
    """One judged answer. `is_right`: it was the actual one, and nobody wants it otherwise."""

    goal: str
    """The goal of the loops it was asked in; empty outside of loops."""
    key: str
    """What came in."""
    value: str
    """What should be answered."""
    is_right: bool = False


class LessonRegistry:
    """Lessons by the table's uid. Safe to use from several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._lessons: dict[str, list[Lesson]] = {}

    def add(self, uid: str, lessons: Iterable[Lesson]) -> None:
        """Adds to what waits for a table."""
        with self._lock:
            self._lessons.setdefault(uid, []).extend(lessons)

    def peek(self, uid: str) -> list[Lesson]:
        """What waits for a table, in the order in which it came."""
        with self._lock:
            return list(self._lessons.get(uid, ()))

    def take(self, uid: str) -> list[Lesson]:
        """What waits for a table, which then waits no more."""
        with self._lock:
            return self._lessons.pop(uid, [])


@cache
def lesson_registry() -> LessonRegistry:
    """The registry of this process."""
    return LessonRegistry()
