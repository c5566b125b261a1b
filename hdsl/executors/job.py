"""What executors do: elements of a job, each once, whoever does it and however often a worker is lost."""

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from hdsl.ground.errors import ELEMENT_FAILED, WRONG_USAGE, HdslError

Ask = Callable[[Any], "Future[Any]"]
"""Of a worker: puts a question, plain data, to who started the job. The answer is any value that can be pickled."""

Run = Callable[[Sequence[Any]], Iterable[tuple[int, Any]]]
"""Of a worker: does some elements, concurrently if it likes; each, with its position among them, once it is done.

If it has a `close`, that is called when the next job comes, and at the end.
"""


@dataclass(frozen=True, slots=True)
class Job:
    """What is done with each element: `function` is `module:name` of a function (setup, ask) -> Run.

    `setup` and elements are pickled on their way to a worker. What comes back is plain data: nothing that a worker says
    is run here. `at_once`: how many elements a worker is given together.
    """

    function: str
    setup: Any = None
    at_once: int = 1


Answer = Callable[[int, Any], "Future[Any]"]
"""Answers a question of a worker, given which worker it is. An element that is done again is done by another worker."""

Done = Callable[[int, Any], None]
"""Told of each element when it is done: its number and its result."""


class Executor(Protocol):
    """Who does the elements of jobs. `name` is what `--executor` calls it."""

    name: str
    workers: int
    folder: Path
    """Where workers on this machine keep temporary files."""

    def map(
        self, job: Job, elements: Sequence[Any], *, answer: Answer | None = None, done: Done | None = None
    ) -> list[Any]:
        """The results of all elements, in their order. Each is accepted once, and `done` is told of it in this thread.

        An element whose worker is lost is done again. Raises ElementRaised for the first that raised, and WorkersLost.
        """
        ...

    def close(self) -> None:
        """Ends all workers."""
        ...


class ElementRaised(HdslError):  # noqa: N818 - says what happened
    """A worker's function raised. `kind`: the name of the exception; `element`: on which element, -1 for none."""

    def __init__(self, kind: str, message: str, exit_code: int = WRONG_USAGE, element: int = -1) -> None:
        super().__init__(message or kind)
        self.kind, self.exit_code, self.element = kind, exit_code, element


class WorkersLost(HdslError):  # noqa: N818 - says what happened
    """Workers died again and again; the message says on what, and what they said last."""

    exit_code = ELEMENT_FAILED


class WorkerNotStarted(HdslError):  # noqa: N818 - says what happened
    """No worker could be started; the message says what its command said."""

    exit_code = WRONG_USAGE


class AskFailed(Exception):  # noqa: N818 - says what happened
    """Told to a worker: its question could not be answered. `kind` is the name of what was raised there."""

    def __init__(self, kind: str, message: str, exit_code: int) -> None:
        super().__init__(message)
        self.kind, self.exit_code = kind, exit_code
