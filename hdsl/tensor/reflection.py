"""One reflection: a backward that is about to run, or one looked at in the second derivative; and who decides."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

import torch

from hdsl.storage.layout import coordinates_of
from hdsl.storage.store import Store
from hdsl.tensor.gradients import Judged, RefusedFor, gradient_registry, peek_judged, text_gradient
from hdsl.tensor.handing import Asked, Handed, capturing
from hdsl.tensor.three_way import Refused

BackwardFunction = Callable[..., tuple[Any, ...]]
"""The backward of an operation, of its context and the gradients of its results."""

Numbers = tuple[torch.Tensor | None, ...]
"""The gradients of numbers, one for each argument of an operation; None where it has none."""


class PolicyConflictError(RuntimeError):
    """A policy is active already: policies do not nest."""


@dataclass(frozen=True, slots=True)
class Named:
    """A text tensor, with the name of the node that it belongs to; empty where it has none, as in scripts."""

    name: str
    store: Store


@dataclass(frozen=True, slots=True)
class Seen:
    """What a backward is of: its operation, the text tensors it made and took, and what else is known of it.

    `shapes`: those of the arguments of its forward that are tensors, None for the others. `about` says the rest by
    name, as far as it is known when it is asked.
    """

    operation: str
    results: tuple[Named, ...]
    inputs: tuple[Named, ...]
    shapes: tuple[tuple[int, ...] | None, ...]
    about: Callable[[], Mapping[str, Any]] = dict


@dataclass(frozen=True, slots=True)
class Element:
    """What the consumers of one element of a result found of it."""

    uid: str
    index: int
    coordinates: tuple[int, ...]
    judged: Judged


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a reflection says: what it hands out and the gradients of the numbers; what it asked, and what that cost.

    `refused` says why nothing is handed out; empty where it was not refused. `denied`: how many questions were not
    asked because the policy allowed no more calls.
    """

    handed: tuple[Handed, ...]
    numbers: Numbers
    asked: tuple[Asked, ...] = ()
    refused: str = ""
    denied: int = 0


class Reflection:
    """One backward. A policy is given it, and returns its outcome: its own one, another one, or a refusal."""

    def __init__(
        self,
        fn: BackwardFunction,
        seen: Seen,
        grad_outputs: Sequence[torch.Tensor],
        run: Callable[[], Numbers],
        passed: Callable[[], Numbers],
    ) -> None:
        self.fn = fn
        """The backward function, always the same one for the same operation."""
        self.seen = seen
        self.elements = tuple(element for result in seen.results for element in _elements(result))
        """The elements that consumers judged."""
        self.is_second = False
        """Whether it is looked at in the second derivative: it has run, and what it handed out may have been used."""
        self._grad_outputs = tuple(grad_outputs)
        self._run = run
        self._passed = passed
        self._own: Outcome | None = None
        self._decided: Outcome | None = None

    @property
    def operation(self) -> str:
        """The name of the operation."""
        return self.seen.operation

    @property
    def node(self) -> str:
        """The node of the `.hg` that it belongs to; empty in scripts."""
        return self.seen.results[0].name if self.seen.results else ""

    @property
    def inputs(self) -> dict[str, Any]:
        """The arguments of the backward function by name, and `grad_input`, what it gave, once that is known."""
        found: dict[str, Any] = {"grad_output": _one(self._grad_outputs), **self.seen.about()}
        known = self._decided or self._own
        if known is not None:
            found["grad_input"] = _one([number for number in known.numbers if number is not None])
        return found

    def outcome(self, calls: int | None = None) -> Outcome:
        """What the backward says. It runs once, and may ask the kernel `calls` times (None: without limit)."""
        if self._decided is not None:
            return self._decided
        if self._own is None:
            with capturing(calls) as capture:
                numbers = self._run()
            self._own = Outcome(tuple(capture.handed), numbers, tuple(capture.asked), denied=capture.denied)
        return self._own

    def answered(self, handed: Sequence[Handed]) -> Outcome:
        """An outcome that hands out something else; the backward need not have run. Numbers pass."""
        return Outcome(tuple(handed), self._passed())

    def refused(self, cause: str) -> Outcome:
        """An outcome that hands out nothing and keeps what was wanted as refused. What was asked stays counted."""
        refusals = tuple(
            RefusedFor(each.uid, each.index, tuple(Refused(gradient, each.judged.count, cause) for gradient in wanted))
            for each in self.elements
            if (wanted := text_gradient(each.judged.text, each.judged.better))
        )
        known = self._decided or self._own
        return Outcome(refusals, self._passed(), () if known is None else known.asked, cause)

    def decide(self, policy: "Policy | None") -> Outcome:
        """Asks the policy, and hands out what it decides; what was decided before is taken back where it differs."""
        before = self._decided
        outcome = self.outcome() if policy is None else policy.reflect(self)
        if not isinstance(outcome, Outcome):
            raise TypeError(f"the policy {type(policy).__name__} returned {type(outcome).__name__}, not an Outcome")
        if outcome is before:
            return outcome
        if before is not None:
            for each in before.handed:
                each.retract()
        elif self._own is None:
            for result in self.seen.results:
                gradient_registry().take(result.store.uid)
        for each in outcome.handed:
            each.release()
        self._decided = outcome
        return outcome

    def decide_again(self) -> None:
        """The second derivative: the policy that is active by now is asked about what was decided in the first."""
        policy = current_policy()
        if policy is not None:
            self.is_second = True
            try:
                self.decide(policy)
            finally:
                self.is_second = False


class Policy:
    """What happens with reflections while it is active. This one lets them be.

    A subclass overrides `reflect` to answer, change or refuse a reflection, or `dispatch` to be told of it.
    """

    def reflect(self, reflection: Reflection) -> Outcome:
        """The outcome of a reflection: by default its own one, of which `dispatch` is told."""
        outcome = reflection.outcome()
        self.dispatch(reflection.fn, reflection.inputs)
        return outcome

    def dispatch(self, fn: BackwardFunction, arg_name2inputs: Mapping[str, Any]) -> torch.Tensor:
        """Told of a backward function that ran, and of its arguments by name. What it returns is not used."""
        return torch.ones(())


_policy: ContextVar[Policy | None] = ContextVar("hdsl_policy", default=None)


def current_policy() -> Policy | None:
    """The policy that is active."""
    return _policy.get()


@contextmanager
def dispatch_policy(policy: Policy) -> Iterator[Policy]:
    """Makes a policy the active one for the backward passes inside. PolicyConflictError where one is active already."""
    if _policy.get() is not None:
        raise PolicyConflictError("a policy is active already; policies do not nest, but a policy can use another")
    token = _policy.set(policy)
    try:
        yield policy
    finally:
        _policy.reset(token)


def _elements(result: Named) -> Iterator[Element]:
    for index, judged in peek_judged(result.store).items():
        yield Element(result.store.uid, index, coordinates_of(index, result.store.shape), judged)


def _one(numbers: Sequence[torch.Tensor]) -> torch.Tensor | tuple[torch.Tensor, ...] | None:
    """The one gradient as it is; None for none, several as a tuple."""
    if len(numbers) == 1:
        return numbers[0]
    return tuple(numbers) or None
