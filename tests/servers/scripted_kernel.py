"""A scripted kernel and ready-made inputs, for tests of operations without a server."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from hdsl.future.context import BudgetSpent
from hdsl.future.flight import Element
from hdsl.future.future_tensor import FutureTensor
from hdsl.future.status import Status
from hdsl.kernel.request import Answer, Request, Usage


class ScriptedKernel:
    """Answers by a function of the request, or with one text; keeps the requests."""

    name = "scripted"

    def __init__(self, script: Callable[[Request], Answer | str] | str) -> None:
        self.requests: list[Request] = []
        self._script = script

    async def answer(self, request: Request) -> Answer:
        self.requests.append(request)
        found = self._script if isinstance(self._script, str) else self._script(request)
        return Answer(found, usage=Usage(1, 0, 5, 2)) if isinstance(found, str) else found

    async def close(self) -> None:
        pass


@dataclass
class CountingMeter:
    """A meter with a budget of calls."""

    budget: int = 1000
    charged: list[str] = field(default_factory=list)
    spent: Usage = field(default_factory=Usage)

    def charge(self, site_name: str) -> None:
        if len(self.charged) >= self.budget:
            raise BudgetSpent(f"no call is left for {site_name}")
        self.charged.append(site_name)

    def charge_beyond(self, site_name: str) -> bool:
        if len(self.charged) >= self.budget:
            return False
        self.charged.append(site_name)
        return True

    def add(self, site_name: str, usage: Usage) -> None:
        self.spent += usage


def leaf(folder: Path, texts: Sequence[str | Element], shape: Sequence[int] | None = None) -> FutureTensor:
    """A FutureTensor of given texts (or elements), one dimension unless a shape is given."""
    sizes = [len(texts)] if shape is None else list(shape)
    pulled: list[tuple[int, ...]] = []

    async def get(coordinates: tuple[int, ...], trajectory: str) -> Element:
        pulled.append(coordinates)
        flat = 0
        for coordinate, size in zip(coordinates, sizes, strict=True):
            flat = flat * size + coordinate
        element = texts[flat]
        return (element, Status.confidence(1.0)) if isinstance(element, str) else element

    tensor = FutureTensor(folder, get, sizes)
    tensor.pulled = pulled
    return tensor


def failed(text: str, cause: str) -> Element:
    """An element that has failed."""
    return text, Status.failed_because(cause)
