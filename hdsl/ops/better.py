"""Asking the kernel for better texts: what a backward does where the better text does not follow from the expected."""

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import count, islice
from typing import TypeVar

from hdsl.future.context import RunContext, RunEnded
from hdsl.future.flight import Element
from hdsl.future.loop import run_sync, run_together
from hdsl.future.status import Status
from hdsl.future.trajectory import NO_TRAJECTORY
from hdsl.kernel.request import Correction, KernelUnreachable, Request, Usage
from hdsl.ops.asking import ask_kernel, seed_of
from hdsl.ops.site import Pull, Site
from hdsl.storage.store import Store
from hdsl.tensor.gradients import Gradients, gradient_registry, text_gradient
from hdsl.tensor.handing import current_capture
from hdsl.tensor.three_way import Refused, TextGradient, merge_gradients

Key = TypeVar("Key", bound=Hashable)


@dataclass(frozen=True, slots=True)
class Asked:
    """One question that a backward asked. `failed` says why there is no answer; empty where there is one."""

    request: Request
    answer: str
    failed: str
    usage: Usage


_NO_CALL_LEFT = Status.failed_because("the policy of this backward allows no more model calls")


def ask_for_better(requests: Mapping[Key, Request], context: RunContext, name: str = "") -> dict[Key, Element]:
    """The kernel's answers to all requests, asked concurrently; each is charged to the node `name`.

    An answer that is refused, or an error, fails its element and no other; so does what a policy allows no call for.
    Raises RunEnded and KernelUnreachable.
    """
    capture = current_capture()
    allowed = len(requests) if capture is None else capture.may_ask(len(requests))
    asking = dict(islice(requests.items(), allowed))
    answers: dict[Key, Element] = {key: ("", _NO_CALL_LEFT) for key in requests if key not in asking}
    if asking:
        for key, (element, usage) in run_sync(_ask_all(asking, Site(name), context)).items():
            answers[key] = element
            if capture is not None:
                capture.asked.append(Asked(asking[key], element[0], element[1].cause, usage))
    return answers


def without_conflicts(
    store: Store, gradients: Mapping[int, Sequence[TextGradient]], context: RunContext, name: str = ""
) -> Gradients:
    """The gradients of each element as one: merged where they go together, else the kernel's better text.

    Where the kernel has none, what more asked for is followed and the rest is kept as refused.
    """
    texts = {index: store.read(index) or "" for index in gradients}
    merged = {index: merge_gradients(texts[index], wanted) for index, wanted in gradients.items()}
    asked = {
        index: Request("gradient", "", correction=Correction("merge", texts[index], expected=found.conflicting))
        for index, found in merged.items()
        if found.conflicting
    }
    answers = ask_for_better(asked, context, name)
    result: Gradients = {}
    for index, found in merged.items():
        text, status = answers.get(index, (found.text, None))
        answered = status is not None and not status.failed
        if not answered:
            gradient_registry().refuse(store.uid, index, found.refused)
        result[index] = text_gradient(texts[index], text if answered else found.text)
    return result


def refuse_failed(uid: str, index: int, element: Element) -> None:
    """Keeps that there is no better text for an element, and why."""
    gradient_registry().refuse(uid, index, [Refused(TextGradient("", element[0]), 1, element[1].cause)])


async def _ask(request: Request, pull: Pull) -> tuple[Element, Usage]:
    seeded = replace(request, seed=seed_of(pull.site.name, pull.coordinates))
    try:
        element = await ask_kernel(seeded, pull)
    except (RunEnded, KernelUnreachable):
        raise
    except Exception as error:
        element = "", Status.failed_because(f"{type(error).__name__}: {error}")
    return element, pull.spending.usage


async def _ask_all(
    requests: Mapping[Key, Request], site: Site, context: RunContext
) -> dict[Key, tuple[Element, Usage]]:
    pulls = (Pull(site, (number,), NO_TRAJECTORY, context) for number in count())
    answers = await run_together(map(_ask, requests.values(), pulls))
    return dict(zip(requests, answers, strict=True))
