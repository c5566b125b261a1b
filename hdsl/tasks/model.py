"""Plain data of tasks: what may become one, what became one, and what was dropped and why."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

KINDS = ("masked", "docstring", "code", "tests", "stack")
TRAIN, VALID, SEALED = PARTS = ("train", "valid", "sealed")


@dataclass(frozen=True, slots=True)
class Region:
    """Whole lines of a file that an answer takes the place of, and the indentation it gets."""

    file: str
    first: int
    last: int
    indent: str


@dataclass(frozen=True, slots=True)
class Task:
    """A question that a repository asks of itself, and its answer."""

    key: str
    """Names it in its repository."""
    given: Mapping[str, str]
    """The harness's inputs."""
    answer: str
    whole: str
    """The code that it is about, with nothing hidden, by which copies of it are found."""
    home: str
    """The definition it is taken from: tasks of one are in one part."""
    file: str
    lines: tuple[int, int]
    form: str = ""
    """Which of its kind it is, as `short`."""
    place: Mapping[str, Any] = field(default_factory=dict)
    """What judging an answer takes, as JSON."""


@dataclass(frozen=True, slots=True)
class Dropped:
    """Something that did not become a task."""

    reason: str


class Watch(Protocol):
    """Is told of progress."""

    def __call__(self, stage: str, done: int, total: int) -> None:
        """`done` of `total` steps of a stage are done."""
