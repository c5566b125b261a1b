"""Functions that workers of the tests run."""

import os
import signal
import time
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from hdsl.ground.errors import HdslError


def doubled(setup: Any, ask: Any) -> Any:
    """Each number times the factor of the setup; what is printed harms nothing."""

    def run(elements: Sequence[int]) -> Iterator[tuple[int, int]]:
        for at, element in enumerate(elements):
            print("this is not a frame")
            yield at, element * setup

    return run


def asking(setup: Any, ask: Any) -> Any:
    """What is answered to each element."""

    def run(elements: Sequence[int]) -> Iterable[tuple[int, Any]]:
        questions = [ask({"element": element}) for element in elements]
        return [(at, _plain(question.result(100))) for at, question in enumerate(questions)]

    return run


def _plain(answer: tuple[str, int, bytes]) -> list[Any]:
    return [*answer[:2], answer[2].hex()]


def failing(setup: Any, ask: Any) -> Any:
    """Raises on the element of the setup; on others it waits until it is stopped."""

    def run(elements: Sequence[int]) -> Iterator[tuple[int, int]]:
        for at, element in enumerate(elements):
            if element == setup["element"]:
                while not Path(setup["folder"], "begun").exists():
                    time.sleep(0.01)
                raise HdslError("this element is wrong")
            try:
                Path(setup["folder"], "begun").touch()
                time.sleep(600)
            finally:
                Path(setup["folder"], f"cleaned-{element}").touch()
            yield at, element

    return run


def deadly(setup: Any, ask: Any) -> Any:
    """Kills its process on the elements of the setup, as often as it says; each attempt leaves a mark."""

    def run(elements: Sequence[int]) -> Iterator[tuple[int, int]]:
        for at, element in enumerate(elements):
            marks = list(Path(setup["folder"]).glob(f"{element}-*"))
            if element in setup["elements"] and len(marks) < setup["times"]:
                Path(setup["folder"], f"{element}-{len(marks)}").touch()
                os.kill(os.getpid(), signal.SIGKILL)
            yield at, element * 2

    return run
