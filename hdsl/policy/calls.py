"""Functions that are being read, and those that start themselves beside themselves."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass


@dataclass
class _Frame:
    """A function that is being read: how deep it began, how often it called itself, and whether beside itself."""

    depth: int
    again: int = 0
    beside: bool = False


class Calls:
    """A function that calls itself again and again is slow; in a pipeline or in the background it is a fork bomb."""

    def __init__(self) -> None:
        self._frames: dict[str, _Frame] = {}
        self._depth = 0

    def __contains__(self, name: str) -> bool:
        return name in self._frames

    def multiplies(self) -> bool:
        """Whether a function that is being read has been found to start itself more than once at a time."""
        return any(frame.beside and frame.again > 1 for frame in self._frames.values())

    def call_again(self, name: str) -> bool:
        """Notes that a function calls itself; whether it does so more than once at a time."""
        frame = self._frames[name]
        frame.again += 1
        frame.beside = frame.beside or self._depth > frame.depth
        return frame.beside and frame.again > 1

    @contextmanager
    def inside(self, name: str) -> Iterator[None]:
        """Its body is read."""
        self._frames[name] = _Frame(self._depth)
        try:
            yield
        finally:
            del self._frames[name]

    @contextmanager
    def beside(self, others: bool) -> Iterator[None]:
        """What is read runs at the same time as others."""
        self._depth += others
        try:
            yield
        finally:
            self._depth -= others

    @contextmanager
    def waited_for(self) -> Iterator[None]:
        """What is read is a substitution: the command that has it waits for it."""
        outer = self._depth
        self._depth = next((frame.depth for frame in reversed(self._frames.values())), 0)
        try:
            yield
        finally:
            self._depth = outer
