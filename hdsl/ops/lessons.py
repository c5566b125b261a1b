"""Lessons on their way to an experience: what came in, and what should have been answered.

A lesson is the symbolic gradient of a whole table, as a diff is that of one text: it may change a row or make a new
one, which of the two is known when it is followed.
"""

import threading
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

from hdsl.tensor.handing import current_capture


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


@dataclass(frozen=True, slots=True)
class LessonFor:
    """A lesson that a backward hands to a table."""

    uid: str
    lesson: Lesson

    def release(self) -> None:
        """Makes it wait for the table."""
        lesson_registry().add(self.uid, [self.lesson])

    def retract(self) -> None:
        """Takes it away again, if it still waits."""
        lesson_registry().withdraw(self.uid, self.lesson)


class LessonRegistry:
    """Lessons by the table's uid. Safe to use from several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._lessons: dict[str, list[Lesson]] = {}

    def add(self, uid: str, lessons: Iterable[Lesson]) -> None:
        """Adds to what waits for a table; inside a backward that is captured, when it is released."""
        capture = current_capture()
        if capture is not None:
            capture.handed += [LessonFor(uid, lesson) for lesson in lessons]
            return
        with self._lock:
            self._lessons.setdefault(uid, []).extend(lessons)

    def withdraw(self, uid: str, lesson: Lesson) -> None:
        """Takes away a lesson that was added, if it still waits."""
        with self._lock:
            waiting = self._lessons.get(uid, [])
            self._lessons[uid] = [each for each in waiting if each is not lesson]

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
