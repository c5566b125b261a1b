"""Asking the kernel for one element: the budget is charged, the answer counted and judged."""

from collections.abc import Sequence
from dataclasses import fields, is_dataclass, replace
from hashlib import blake2b
from typing import Any

from hdsl.future.flight import Element
from hdsl.future.status import Status
from hdsl.ground.labels import label_of
from hdsl.ground.secrets import Redactor
from hdsl.kernel.request import Answer, Kernel, KernelNotConfigured, Label, Request
from hdsl.ops.site import Pull
from hdsl.ops.unwrapping import unwrapped

_SEED_BITS = 31


async def ask_kernel(request: Request, pull: Pull) -> Element:
    """The kernel's answer to a request, as an element; one that is refused or carries none of the labels has failed.

    Raises BudgetSpent where no call is left, and KernelUnreachable.
    """
    kernel = _kernel_of(pull)
    meter = pull.context.meter
    if meter is not None:
        meter.charge(pull.site.name)
    redact = pull.context.redactor
    place = f"{pull.context.scope}{pull.site.name}{list(pull.coordinates)}"
    asked = replace(request, place=place)
    answer = await kernel.answer(_redacted(asked, redact) if redact else asked)
    pull.spending.add(answer.usage)
    if meter is not None:
        meter.add(pull.site.name, answer.usage)
    text = redact(answer.text)
    if request.correction is not None:
        text = unwrapped(text, request.correction)
    return text, _judged(replace(answer, text=text, refused=redact(answer.refused)), request.labels)


def seed_of(name: str, coordinates: Sequence[int]) -> int:
    """The seed of a node's element: the same in every run, its own for each coordinate; 31 bits, as servers take."""
    place = f"{name}{list(coordinates)}".encode()
    return int.from_bytes(blake2b(place, digest_size=4).digest(), "big") % (1 << _SEED_BITS)


def _redacted(value: Any, redact: Redactor) -> Any:
    """Plain data with each text redacted."""
    if isinstance(value, str):
        return redact(value)
    if isinstance(value, tuple):
        return tuple(_redacted(each, redact) for each in value)
    if is_dataclass(value) and not isinstance(value, type):
        return replace(value, **{each.name: _redacted(getattr(value, each.name), redact) for each in fields(value)})
    return value


def _kernel_of(pull: Pull) -> Kernel:
    if pull.context.kernel is None:
        raise KernelNotConfigured("nothing here answers: the run has no kernel")
    return pull.context.kernel


def _judged(answer: Answer, labels: Sequence[Label]) -> Status:
    if answer.overflowed:
        return Status(Status.kContextOverflow.coefficient, answer.refused or Status.kContextOverflow.cause)
    if answer.refused:
        return Status.failed_because(answer.refused)
    names = [label.text for label in labels]
    if names and label_of(answer.text, names) is None:
        return Status.failed_because(f"the answer carries none of the labels {', '.join(map(repr, names))}")
    return Status.confidence(1.0)
