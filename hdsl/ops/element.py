"""Operations as functions: element functions lifted to tensors, and operations that take tensors themselves."""

import asyncio
import inspect
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from functools import cache, partial
from types import FunctionType
from typing import Any, cast

import torch

from hdsl.future.context import RunContext, current_context
from hdsl.future.flight import Element
from hdsl.future.future_tensor import FutureTensor, make_future
from hdsl.future.node import Coordinates, Node, Spending, pull_all
from hdsl.future.trajectory import NO_TRAJECTORY, Trajectory
from hdsl.ops.demanded import demand_of, sources_of
from hdsl.ops.guarded import GuardedSession, UndeclaredKernel
from hdsl.ops.isolated import run_isolated
from hdsl.ops.learning import Lesson
from hdsl.ops.leaving import awaited_without_leaving, without_leaving
from hdsl.ops.marks import BLOCKING, ISOLATED, TENSOR_OPERATION
from hdsl.ops.marks import blocking as blocking
from hdsl.ops.marks import tensor_operation as tensor_operation
from hdsl.ops.outcomes import unmet
from hdsl.ops.passthrough import PassThrough
from hdsl.ops.results import SURE as SURE
from hdsl.ops.results import Lists, as_element
from hdsl.ops.site import Pull, Site
from hdsl.storage.store import Shape
from hdsl.tensor.differentiable import reflecting
from hdsl.tensor.reflection import BackwardFunction
from hdsl.tensor.text_tensor import home_of

_OWN = __name__.partition(".")[0]


def is_tensor_operation(function: Callable[..., Any]) -> bool:
    """Whether a function takes whole FutureTensors."""
    return bool(getattr(function, TENSOR_OPERATION, False))


def apply_operation(
    function: Callable[..., Any],
    inputs: Sequence[torch.Tensor | None],
    options: Mapping[str, Any],
    site: Site,
) -> FutureTensor:
    """Applies the function an operation is declared with, of either kind, to its inputs and options."""
    if is_tensor_operation(function):
        return cast(FutureTensor, function(*inputs, **options, site=site))
    return lift(function, inputs, options, site)


def lift(
    function: Callable[..., Any],
    inputs: Sequence[torch.Tensor | None],
    options: Mapping[str, Any] | None = None,
    site: Site | None = None,
) -> FutureTensor:
    """The element function over whole tensors.

    An element pulls its inputs concurrently, each to its end. Where one is absent the function does not run and the
    element is absent; else where one failed (the first by position) it fails with that input's text and cause.
    """
    return _Lift.future(function, dict(options or {}), site or Site(), *inputs)


def element_coordinates(shape: Shape, coordinates: Coordinates, result: Shape | None = None) -> Coordinates:
    """Which element of an input belongs to a result's coordinates: the leading ones, 0 where a size of 1 is repeated.

    With the `result`'s shape, a size of 1 that is 1 there too is not a repetition, and its coordinate is kept.
    """
    if shape == result:
        return coordinates
    repeated = (size == 1 and (result is None or result[at] != 1) for at, size in enumerate(shape))
    return tuple(0 if once else coordinate for once, coordinate in zip(repeated, coordinates, strict=False))


class _Lift(PassThrough):
    """Texts by the element function; numbers pass through, and texts as `Lesson` says."""

    operation = "lift"

    @staticmethod
    def forward(
        ctx: Any, function: Callable[..., Any], options: dict[str, Any], site: Site, *inputs: FutureTensor | None
    ) -> FutureTensor:
        nodes = [None if given is None else given.ft_node for given in inputs]
        present = [node for node in nodes if node is not None]
        shape = site.shape if site.shape is not None else widest_shape(present)
        context = current_context()
        call = _Call(function, options, site, [node is not None for node in nodes], context)

        sources = sources_of(demand_of("elementwise", shape, present), present)
        rank = max((len(node.shape) for node in present), default=0)
        lists = Lists(function, site) if site.shape is not None and len(shape) == rank + 1 else None

        async def generate(coordinates: Coordinates, trajectory: Trajectory, spending: Spending) -> Element:
            elements = await pull_all(sources(coordinates), trajectory)
            if (ended := unmet(elements)) is not None:
                return ended
            texts = [text for text, _ in elements]
            if lists is None:
                result = call(texts, coordinates, trajectory, spending)
                return as_element(await _awaited(result) if isinstance(result, Awaitable) else result, site)
            return await lists.element(coordinates, lambda: _awaited(call(texts, coordinates, trajectory, spending)))

        place = home_of(present[0].static) if present else None
        result = make_future(generate, shape, place=place, name=site.name, sources=sources, inline=True)

        def input_coordinates(node: Node, coordinates: Coordinates) -> Coordinates:
            return element_coordinates(node.shape, coordinates, shape)

        lesson = Lesson(function, options, site, nodes, result.ft_node, input_coordinates, context)
        ctx.function = function
        ctx.about = lambda: options
        ctx.teach = lambda: lesson.teach(ctx.needs_input_grad[3:])
        return result

    @classmethod
    def named(cls, ctx: Any) -> str:
        return operation_name(ctx.function)

    @classmethod
    def backward_function(cls, ctx: Any) -> BackwardFunction:
        return lift_backward(ctx.function)


def operation_name(function: Callable[..., Any]) -> str:
    """What the operation of an element function is called: by the function, where it is ours by what it stands in."""
    inner = _innermost(function)
    name = getattr(inner, "__name__", "") or "function"
    if (getattr(inner, "__module__", None) or "").partition(".")[0] == _OWN:
        name = inner.__qualname__.partition(".")[0].lstrip("_").removeprefix("ft_")
    return name if name.isidentifier() else "function"


def lift_backward(function: Callable[..., Any]) -> BackwardFunction:
    """The backward function of all uses of an element function, by which reflections know it."""
    inner = _innermost(function)
    defined = f"{getattr(inner, '__module__', '')}:{getattr(inner, '__qualname__', '')}"
    return _backward_of(defined, operation_name(function))


@cache
def _backward_of(defined: str, name: str) -> BackwardFunction:
    return reflecting(PassThrough.backward, name)


class _Call:
    """An element function with its options bound, called with the texts of the inputs that are there."""

    def __init__(
        self,
        function: Callable[..., Any],
        options: dict[str, Any],
        site: Site,
        present: Sequence[bool],
        context: RunContext,
    ) -> None:
        self._function = partial(function, **options)
        self._site = site
        self._present = present
        self._plain = all(present) and not any(site.sessions)
        self._sessions = (*site.sessions, *(False for _ in present[len(site.sessions) :]))
        self._context = _allowed(context, site)
        self._wants_pull = _wants_pull(function)
        self._in_thread = _runs_in_thread(function)
        self._is_isolated = bool(getattr(function, ISOLATED, False))
        if self._is_isolated and (self._wants_pull or any(site.sessions)):
            raise TypeError(f"`{function.__name__}` is isolated: it can take texts and options, and nothing of the run")

    def __call__(
        self, texts: Sequence[str], coordinates: Coordinates, trajectory: Trajectory, spending: Spending
    ) -> Any:
        """What the function returns, perhaps to be awaited."""
        arguments = texts if self._plain else self._arguments(texts)
        function = self._function
        if self._is_isolated:
            return run_isolated(function.func, arguments, function.keywords)
        if self._wants_pull:
            shown = NO_TRAJECTORY if self._site.alone else trajectory
            function = partial(function, pull=Pull(self._site, coordinates, shown, self._context, spending))
        return asyncio.to_thread(without_leaving, function, *arguments) if self._in_thread else function(*arguments)

    def _arguments(self, texts: Sequence[str]) -> list[Any]:
        remaining = iter(texts)
        given = (next(remaining) if present else None for present in self._present)
        return [
            self._session(text) if session and text is not None else text
            for text, session in zip(given, self._sessions, strict=True)
        ]

    def _session(self, handle: str) -> Any:
        if self._context.terminal is None:
            raise RuntimeError("there is no terminal in this run")
        session = self._context.terminal.session(handle)
        effects = self._site.effects
        return session if effects is None else GuardedSession(session, self._site.name, effects)


def _allowed(context: RunContext, site: Site) -> RunContext:
    """What an element function may use of a run: the kernel only where its operation declares that it asks one."""
    if site.effects is None or "llm" in site.effects:
        return context
    return replace(context, kernel=UndeclaredKernel(site.name))


def _wants_pull(function: Callable[..., Any]) -> bool:
    if type(function) is FunctionType and not function.__dict__:  # as most are: inspect takes far longer to say it
        code = function.__code__
        return "pull" in code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]
    try:
        return "pull" in inspect.signature(function).parameters
    except ValueError:
        return False  # a built-in that does not say what it takes


def _runs_in_thread(function: Callable[..., Any]) -> bool:
    """Functions of users may block, whatever they say; those of hdsl say so, and async ones wait on the event loop."""
    if getattr(function, BLOCKING, False):
        return True
    inner = _innermost(function)
    module = getattr(inner, "__module__", None) or ""
    return module.partition(".")[0] != _OWN and not inspect.iscoroutinefunction(inner)


def _innermost(function: Callable[..., Any]) -> Any:
    inner: Any = function
    while isinstance(inner, partial):
        inner = inner.func
    return inner


def widest_shape(nodes: Sequence[Node]) -> Shape:
    """The shape of the input with most dimensions, sizes of 1 widened by the others; ValueError where none is known."""
    if not nodes:
        raise ValueError("an operation without inputs needs the shape of its result")
    shape = list(max(nodes, key=lambda node: len(node.shape)).shape)
    for node in nodes:
        for dimension, size in enumerate(node.shape):
            if shape[dimension] == 1:
                shape[dimension] = size
            elif size not in (1, shape[dimension]):
                raise ValueError(f"shapes {[list(node.shape) for node in nodes]} do not fit together")
    return tuple(shape)


async def _awaited(result: Any) -> Any:
    """What is awaited in the end."""
    while isinstance(result, Awaitable):
        # A task of its own: what is awaited may ask which task it is in, and this one may not be the last.
        result = await awaited_without_leaving(asyncio.ensure_future(result))
    return result
