"""What tests of graphs share: a run that records, and nodes made of plain functions."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from hdsl.future.context import PullRecord, RunContext, use_context
from hdsl.future.flight import Element
from hdsl.future.future_tensor import FutureTensor
from hdsl.future.loop import run_sync
from hdsl.future.status import Status
from hdsl.ops.element import apply_operation
from hdsl.ops.forwarded import ft_make_forwarded
from hdsl.ops.site import Site

SURE = Status.confidence(1.0)


@dataclass
class Trace:
    """The evaluations in the order in which they ended."""

    records: list[PullRecord] = field(default_factory=list)

    def on_pull(self, record: PullRecord) -> None:
        self.records.append(record)

    @property
    def steps(self) -> list[str]:
        """Named evaluations as `name[0, 1]`."""
        return [f"{record.node}{list(record.coordinates)}" for record in self.records if record.node]

    def of(self, *names: str) -> list[str]:
        """The steps of some nodes."""
        return [step for step in self.steps if step.partition("[")[0] in names]


@contextmanager
def tracing(**context: Any) -> Iterator[Trace]:
    """A context with a recorder in it."""
    trace = Trace()
    with use_context(RunContext(recorder=trace, **context)):
        yield trace


def leaf(texts: Sequence[Any], shape: Sequence[int] | None = None) -> FutureTensor:
    """Texts that are there."""
    from hdsl.future.context import current_context

    return ft_make_forwarded(current_context().home, shape or [len(texts)], texts)


def node(name: str, function: Callable[..., Any], *inputs: FutureTensor | None, **site: Any) -> FutureTensor:
    """An operation of one element."""
    return apply_operation(function, inputs, {}, Site(name, **site))


def pulled(future: FutureTensor, *coordinates: int) -> Element:
    """One element."""
    return run_sync(future.ft_async_get(coordinates))


def texts_of(future: FutureTensor) -> list[str]:
    """All texts, computed now, in row-major order."""
    from hdsl.tensor.text_tensor import read_texts

    future.ft_forward()
    return [text or "" for text in read_texts(future.ft_static_tensor)]
