"""Asking the kernel for one element: the budget is charged, the answer counted and judged."""

from collections.abc import Sequence
from dataclasses import replace
from hashlib import blake2b
from itertools import count
from typing import Any

from hdsl.future.context import BudgetSpent
from hdsl.future.flight import Element
from hdsl.future.status import Status
from hdsl.ground.fields import field_names, has_fields
from hdsl.ground.secrets import Redactor
from hdsl.kernel.labelled import Outside, read_answer
from hdsl.kernel.request import Answer, Kernel, KernelNotConfigured, Kind, LimitReached, Rejection, Request, Usage
from hdsl.ops.site import Pull, Site
from hdsl.ops.unwrapping import unwrapped
from hdsl.structure.structures import OneOf

_SEED_BITS = 31


async def ask_kernel(request: Request, pull: Pull) -> Element:
    """The kernel's answer to a request, as an element; one that is refused or outside its type has failed.

    One outside its type is asked for again, with what was wrong: as often as the node says, else once, where the budget
    leaves a question beyond the static bound. Raises BudgetSpent where no call is left, and KernelUnreachable.
    """
    redact = pull.context.redactor
    place = f"{pull.context.scope}{pull.site.name}{list(pull.coordinates)}"
    asked = _as_the_node_says(replace(request, place=place), pull.site)
    _charge(pull)
    for again in count(1):
        sent = _redacted(asked, redact) if redact else asked
        answer = await _answered(sent, pull)
        note_usage(answer.usage, pull)
        for _ in range(1, answer.usage.calls):
            _charge(pull)  # an agent has called its model more than once
        text = redact(answer.text)
        if request.correction is not None:
            text = unwrapped(text, request.correction)
        read = _read(text, answer, sent)
        if not isinstance(read, Outside):
            return read, Status.confidence(1.0)
        if not _may_ask_again(answer, again, request, pull):
            return text, _failed(answer, read, redact)
        wrong = "was too long and was cut" if answer.cut else read.reason
        rejection = Rejection(text, _told(wrong, request))
        asked = replace(asked, rejected=(*asked.rejected, rejection))
    raise AssertionError("unreachable: the loop has no end")


def _as_the_node_says(request: Request, site: Site) -> Request:
    """A request with what is written at the node that asks."""
    return replace(
        request,
        name=site.name,
        purpose=site.purpose,
        temperature=site.temperature if request.temperature is None else request.temperature,
        max_tokens=site.max_tokens if request.max_tokens is None else request.max_tokens,
        model=request.model or site.model,
    )


def question(kind: Kind, text: str, task: str, pull: Pull) -> Request:
    """What a node asks about a text: in a loop with its goal and turns, of its type, with the seed of the element."""
    return Request(
        kind,
        text,
        task,
        pull.trajectory.goal,
        pull.trajectory.turns,
        positions=pull.trajectory.positions,
        labels=pull.site.labels,
        form=pull.site.form,
        seed=seed_of(pull.site.name, pull.coordinates),
    )


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
    kind = type(value)
    if has_fields(kind):
        return kind(**{name: _redacted(getattr(value, name), redact) for name in field_names(kind)})
    return value


async def _answered(request: Request, pull: Pull) -> Answer:
    """The kernel's answer; BudgetSpent where a limit of the whole run is reached."""
    try:
        return await _kernel_of(pull).answer(request)
    except LimitReached as reached:
        note_usage(reached.usage, pull)
        raise BudgetSpent(str(reached)) from None


def _kernel_of(pull: Pull) -> Kernel:
    if pull.context.kernel is None:
        raise KernelNotConfigured("nothing here answers: the run has no kernel")
    return pull.context.kernel


def _charge(pull: Pull) -> None:
    if pull.context.meter is not None:
        pull.context.meter.charge(pull.site.name)


def note_usage(usage: Usage, pull: Pull) -> None:
    """Counts what was spent for an element."""
    pull.spending.add(usage)
    if pull.context.meter is not None:
        pull.context.meter.add(pull.site.name, usage)


def _read(text: str, answer: Answer, request: Request) -> str | Outside:
    """The answer as its type writes it; one that the kernel refused is outside, for the kernel's reason."""
    if answer.overflowed or answer.refused:
        return Outside(answer.refused)
    return text if request.wanted is None else read_answer(text, request.wanted)


def _may_ask_again(answer: Answer, times: int, request: Request, pull: Pull) -> bool:
    """Whether the question is put once more, which is charged."""
    if request.wanted is None or answer.final or (answer.refused and not answer.cut):
        return False
    if pull.site.retries is not None:
        if times > pull.site.retries:
            return False
        _charge(pull)
        return True
    if request.work is not None:
        return False  # an agent may need all the calls that its node declares once more
    meter = pull.context.meter
    return times == 1 and (meter is None or meter.charge_beyond(pull.site.name))


def _told(wrong: str, request: Request) -> str:
    """What a model is told of an answer that cannot be taken."""
    if isinstance(request.form, OneOf):
        return (
            f"That cannot be taken: the answer {wrong}. Repeat the answer of one of the examples, and say nothing else."
        )
    if not request.labels:
        return (
            f"That cannot be taken: the answer {wrong}. Answer with one JSON object of the fields that are asked for."
        )
    labels = request.labels
    exact = [label.text for label in labels if not label.text.endswith(":")]
    carriers = [label.text for label in labels if label.text.endswith(":")]
    ways = [f"one of {', '.join(exact)} and nothing else"] if exact else []
    if carriers:
        ways.append(f"an answer that begins with {' or '.join(carriers)}")
    return f"That cannot be taken: the answer {wrong}. Answer with {', or with '.join(ways)}."


def _failed(answer: Answer, outside: Outside, redact: Redactor) -> Status:
    if answer.overflowed:
        return Status(Status.kContextOverflow.coefficient, redact(answer.refused) or Status.kContextOverflow.cause)
    return Status.failed_because(redact(answer.refused) if answer.refused else f"the answer {outside.reason}")
