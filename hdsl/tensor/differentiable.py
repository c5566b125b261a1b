"""Backward functions that can be looked at: by a policy when they run, and by a second backward through them.

With `create_graph=True` the gradients of an operation hang together with those of its result, so that the backward of
a gradient goes through each operation once, from the one next to the anchor to the loss.
"""

from collections.abc import Callable, Sequence
from functools import wraps
from typing import Any, cast

import torch
from torch.autograd import Function
from torch.autograd.function import once_differentiable

from hdsl.tensor.reflection import BackwardFunction, Named, Numbers, Reflection, Seen, current_policy
from hdsl.tensor.text_tensor import is_text_tensor, store_of

SEEN, FUNCTION = "hdsl_seen", "hdsl_backward"
"""Where the context of an operation keeps what it is of, and a backward function other than that of its class."""


def note_seen(ctx: Any, seen: Seen, fn: BackwardFunction | None = None) -> None:
    """Says what an operation is of, so that its backward is a reflection; `fn` in place of its class's backward."""
    setattr(ctx, SEEN, seen)
    if fn is not None:
        setattr(ctx, FUNCTION, fn)


def reflecting(backward: BackwardFunction, name: str) -> BackwardFunction:
    """A backward function that asks the policy, and can be differentiated; the function itself where neither is due."""
    own = cast(BackwardFunction, getattr(backward, "__wrapped__", backward))

    @wraps(own)
    def reflected(ctx: Any, *grad_outputs: Any) -> tuple[Any, ...]:
        seen: Seen | None = getattr(ctx, SEEN, None)
        graph = torch.is_grad_enabled()
        policy = current_policy()
        if seen is None or not (graph or policy is not None):
            return own(ctx, *grad_outputs)
        plain = [gradient.detach() for gradient in grad_outputs]

        def run() -> Numbers:
            with torch.no_grad():
                return own(ctx, *plain)

        def passed() -> Numbers:
            needed = zip(ctx.needs_input_grad, seen.shapes, strict=True)
            return tuple(_passed_to(shape, plain[0]) if wants else None for wants, shape in needed)

        reflection = Reflection(getattr(ctx, FUNCTION, reflected), seen, plain, run, passed)
        numbers = reflection.decide(policy).numbers
        return _hang_together(reflection, grad_outputs, numbers) if graph else numbers

    reflected.__name__ = reflected.__qualname__ = f"{name}_backward"
    return reflected


def named_tensor(tensor: object) -> Named | None:
    """A text tensor as policies are shown it; None for what has no texts."""
    return Named("", store_of(tensor)) if isinstance(tensor, torch.Tensor) and is_text_tensor(tensor) else None


def differentiable(
    name: str, named: Callable[[object], Named | None] = named_tensor
) -> Callable[[type[Function]], type[Function]]:
    """Makes the backward of a function over text tensors a reflection, under the name of its operation."""

    def decorate(kind: type[Function]) -> type[Function]:
        own = kind.forward

        @wraps(own)
        def forward(ctx: Any, *arguments: Any) -> Any:
            made = own(ctx, *arguments)
            results = made if isinstance(made, tuple) else (made,)
            shapes = tuple(tuple(each.shape) if isinstance(each, torch.Tensor) else None for each in arguments)
            note_seen(ctx, Seen(name, known(*map(named, results)), known(*map(named, arguments)), shapes))
            return made

        kind.forward = staticmethod(forward)  # type: ignore[method-assign]
        kind.backward = staticmethod(reflecting(kind.backward, name))  # type: ignore[method-assign]
        return kind

    return decorate


def known(*found: Named | None) -> tuple[Named, ...]:
    """Those that are there."""
    return tuple(each for each in found if each is not None)


def connected(number: torch.Tensor) -> torch.Tensor:
    """The number, as one that a backward can begin with."""
    return cast(torch.Tensor, _Connected.apply(number, _beginning()))  # type: ignore[no-untyped-call]


def _passed_to(shape: tuple[int, ...] | None, gradient: torch.Tensor) -> torch.Tensor | None:
    """The gradient as that of an argument of a shape; None where it does not fit, as a table's."""
    if shape == ():
        return gradient.sum()
    return gradient.clone() if shape == tuple(gradient.shape) else None


def _beginning() -> torch.Tensor:
    return torch.zeros((), dtype=torch.bfloat16, requires_grad=True)


def _hang_together(reflection: Reflection, before: Sequence[torch.Tensor], numbers: Numbers) -> Numbers:
    """The numbers, as results of the gradients they come from."""
    given = [number for number in numbers if number is not None]
    if not given:
        return numbers
    arguments = (reflection, len(before), _beginning(), *before, *given)
    tracked = iter(_Second.apply(*arguments))  # type: ignore[no-untyped-call]
    return tuple(None if number is None else next(tracked) for number in numbers)


class _Second(Function):
    """A reflection as a step of the second derivative, which hands on the number it gets."""

    @staticmethod
    def forward(
        ctx: Any, reflection: Reflection, count: int, beginning: torch.Tensor, *tensors: torch.Tensor
    ) -> tuple[torch.Tensor, ...]:
        ctx.reflection = reflection
        ctx.before = [(tensor.shape, tensor.dtype) for tensor in tensors[:count]]
        ctx.given = len(tensors) - count
        return tuple(tensor.clone() for tensor in tensors[count:])

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, *grad_outputs: torch.Tensor) -> tuple[torch.Tensor | None, ...]:
        ctx.reflection.decide_again()
        number = torch.stack([gradient.float().sum() for gradient in grad_outputs]).sum()
        handed_on = (number.to(dtype).expand(shape).clone() for shape, dtype in ctx.before)
        return (None, None, None, *handed_on, *(None for _ in range(ctx.given)))


class _Connected(Function):
    """A number as it is."""

    @staticmethod
    def forward(ctx: Any, number: torch.Tensor, beginning: torch.Tensor) -> torch.Tensor:
        return number.clone()

    @staticmethod
    def backward(ctx: Any, *grad_outputs: torch.Tensor) -> tuple[torch.Tensor | None, ...]:
        return grad_outputs[0], None
