"""The base of operations over FutureTensors: builds the result in forward, passes both channels in backward."""

from collections.abc import Callable, Mapping
from typing import Any, ClassVar, cast

import torch

from hdsl.future.future_tensor import FutureTensor
from hdsl.tensor.differentiable import known, named_tensor, note_seen, reflecting
from hdsl.tensor.reflection import BackwardFunction, Named, Seen
from hdsl.tensor.text_tensor import store_of


class PassThrough(torch.autograd.Function):
    """An operation whose inputs all get the number of the result as it is.

    The texts' gradients go the way that forward left in `ctx.teach`, a function without arguments; else they end here.
    What forward leaves in `ctx.about`, a function that returns a dict, is shown to policies with the backward.
    """

    operation: ClassVar[str] = ""
    """Its name in reflections; empty for what is a part of an operation, or gives a number to begin with."""

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        cls.backward = staticmethod(reflecting(cls.backward, cls.operation))  # type: ignore[method-assign]

    @classmethod
    def future(cls, *arguments: Any) -> FutureTensor:
        """The result of the operation, linked to its inputs for autograd."""
        result = cast(FutureTensor, cls.apply(*arguments))  # type: ignore[no-untyped-call]
        ctx: Any = result.grad_fn  # what forward had as its context
        if cls.operation and ctx is not None:
            shapes = tuple(tuple(each.shape) if isinstance(each, torch.Tensor) else None for each in arguments)
            about: Callable[[], Mapping[str, Any]] = getattr(ctx, "about", dict)
            results, inputs = known(named_text(result)), known(*map(named_text, arguments))
            seen = Seen(cls.named(ctx), results, inputs, shapes, about)
            note_seen(ctx, seen, cls.backward_function(ctx))
        return result

    @classmethod
    def named(cls, ctx: Any) -> str:
        """The name of the operation that was applied."""
        return cls.operation

    @classmethod
    def backward_function(cls, ctx: Any) -> BackwardFunction | None:
        """The backward function of the operation that was applied; None for that of the class."""
        return None

    @staticmethod
    def backward(ctx: Any, *grad_outputs: Any) -> tuple[Any, ...]:
        """The gradient (a scalar) for each argument that wants one."""
        teach: Callable[[], None] | None = getattr(ctx, "teach", None)
        if teach is not None:
            teach()
        (gradient,) = grad_outputs
        return tuple(gradient if needed else None for needed in ctx.needs_input_grad)


def named_text(tensor: object) -> Named | None:
    """The texts of a FutureTensor, with the name of its node, or of a text tensor; None for what has none."""
    if isinstance(tensor, FutureTensor):
        return Named(tensor.ft_node.name, store_of(tensor.ft_node.static))
    return named_tensor(tensor)
