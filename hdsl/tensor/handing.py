"""What a backward hands out, and what it asks, held back until a policy has seen it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Protocol


class Handed(Protocol):
    """One thing that a backward hands out: `release` does it, `retract` takes it back while it waits."""

    @property
    def uid(self) -> str:
        """The text tensor that it is for."""
        ...

    def release(self) -> None:
        """Makes it wait for its tensor."""
        ...

    def retract(self) -> None:
        """Takes it away again, if it still waits."""
        ...


class Asked(Protocol):
    """One question that a backward asked the kernel, with its answer and what that cost; `hdsl.ops.better` has it."""


@dataclass(slots=True)
class Capture:
    """What one backward hands out and asks. `calls_left`: how often it may ask; None: as often as it likes."""

    calls_left: int | None = None
    denied: int = 0
    """How many questions were not asked for want of calls."""
    handed: list[Handed] = field(default_factory=list)
    asked: list[Asked] = field(default_factory=list)

    def take(self, is_wanted: Callable[[Handed], bool]) -> list[Handed]:
        """What was handed out within the same backward, which then is not handed out any more."""
        taken = [each for each in self.handed if is_wanted(each)]
        self.handed = [each for each in self.handed if not is_wanted(each)]
        return taken

    def may_ask(self, count: int) -> int:
        """How many of `count` questions may be asked; they are counted as asked."""
        if self.calls_left is None:
            return count
        allowed = min(count, self.calls_left)
        self.calls_left -= allowed
        self.denied += count - allowed
        return allowed


_capture: ContextVar[Capture | None] = ContextVar("hdsl_capture", default=None)


def current_capture() -> Capture | None:
    """The capture of the backward that runs just now, if it has one."""
    return _capture.get()


@contextmanager
def capturing(calls_left: int | None = None) -> Iterator[Capture]:
    """Holds back what is handed out inside."""
    token = _capture.set(Capture(calls_left))
    try:
        capture = _capture.get()
        assert capture is not None
        yield capture
    finally:
        _capture.reset(token)
