"""FutureTensor: a scalar torch tensor of value 1 that stands for a text tensor which is computed when it is pulled."""

import asyncio
import uuid
from collections.abc import Awaitable, Callable, Sequence
from math import prod
from pathlib import Path

import torch

from hdsl.future.context import RunContext, current_context
from hdsl.future.flight import Element, InFlight, land, release_all
from hdsl.future.loop import background_loop, on_background_loop, run_sync
from hdsl.future.node import Coordinates, Generate, Node, Sources, Spending
from hdsl.future.status import Status
from hdsl.future.trajectory import NO_TRAJECTORY, Trajectory, as_trajectory
from hdsl.tensor.layout import coordinates_of, decode, flat_index
from hdsl.tensor.store import Shape
from hdsl.tensor.text_tensor import Place, attach, home_at, home_of, read_text, store_of, tensor_over

AsyncGet = Callable[[Coordinates, Trajectory], Awaitable[Element]]

AT_ONCE = 4096
"""How many elements ft_forward has under way at once; kernels and terminals have bounds of their own below it."""


class FutureTensor(torch.Tensor):
    """Texts to come. Torch sees a bfloat16 1; what torch computes from it are plain tensors.

    `FutureTensor(relative_to, async_get, schema)`: `async_get(coordinates, trajectory)` gives `(text, Status)` of one
    element and is asked at most once for each; results go to `relative_to`; `schema` is the shape. With `live` it is
    asked at each pull. The context in use at the construction is kept.
    """

    __torch_function__ = torch._C._disabled_torch_function_impl  # type: ignore[assignment]

    ft_node: Node

    def __new__(
        cls,
        relative_to: Place,
        async_get: AsyncGet,
        schema: Sequence[int],
        *,
        live: bool = False,
        name: str = "",
    ) -> "FutureTensor":
        """A FutureTensor over a generator written by hand."""

        async def generate(coordinates: Coordinates, trajectory: Trajectory, spending: Spending) -> Element:
            return await async_get(coordinates, trajectory)

        return make_future(generate, tuple(schema), place=relative_to, live=live, name=name)

    @staticmethod
    def around(node: Node) -> "FutureTensor":
        """A new scalar around a node."""
        scalar = torch.ones((), dtype=torch.bfloat16).as_subclass(FutureTensor)
        scalar.ft_node = node
        return scalar

    @property
    def ft_static_tensor(self) -> torch.Tensor:
        """The text tensor of the results so far; coefficient 0 where there is none yet."""
        return self.ft_node.static

    @property
    def ft_capacity_shape(self) -> list[int]:
        """The shape of the texts."""
        return list(self.ft_node.shape)

    @property
    def ft_shape_schema(self) -> list[int]:
        """The shape of the texts as it was given."""
        return list(self.ft_node.shape)

    @property
    def ft_incremental_concated_tensors(self) -> list[torch.Tensor]:
        """Always empty; kept for its users."""
        return []

    @property
    def ft_forwarded(self) -> bool:
        """Whether every element is computed, failed ones included."""
        return self.ft_node.complete

    async def ft_async_get(self, coordinates: Sequence[int], trajectory: str = NO_TRAJECTORY) -> Element:
        """The text and status of one element; from whichever event loop it is awaited."""
        shape = self.ft_node.shape
        pull = self.ft_node.get(coordinates_of(flat_index(coordinates, shape), shape), as_trajectory(trajectory))
        if on_background_loop():
            return await pull
        return await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(pull, background_loop()))

    def ft_forward(self, prompt_tensor: torch.Tensor | None = None) -> None:
        """Computes all elements that are not computed yet, concurrently, and returns when they are durable.

        `prompt_tensor`, a text tensor of this shape, gives each element its trajectory. A failed element is computed.
        """
        try:
            run_sync(self.ft_pull_all(prompt_tensor))
        finally:
            for home in (self.ft_node.context.home, home_of(self.ft_static_tensor)):
                home.flush()

    async def ft_pull_all(self, prompt_tensor: torch.Tensor | None = None) -> None:
        """What ft_forward runs, for callers on hdsl's event loop."""
        await _pull_all(self.ft_node, prompt_tensor)

    def ft_get_materialized_value(self, coordinates: Sequence[int]) -> tuple[float, Path]:
        """The coefficient and a file with the text of one element."""
        flat = flat_index(coordinates, self.ft_node.shape)
        static = self.ft_static_tensor
        return float(static.view(-1)[flat]), store_of(static).path(flat)

    def ft_reset_materialized_value(
        self, coordinates: Sequence[int], coefficient: float, text: str | Path | None
    ) -> None:
        """Replaces one element by a text or a file's content; None, or a coefficient of 0, makes it not computed."""
        at = coordinates_of(flat_index(coordinates, self.ft_node.shape), self.ft_node.shape)
        if text is None or coefficient == 0.0:
            self.ft_node.forget(at)
        else:
            content = decode(text.read_bytes()) if isinstance(text, Path) else text
            self.ft_node.store_element(at, (content, Status(coefficient)))


def make_future(
    generate: Generate,
    shape: Shape,
    *,
    place: Place | None = None,
    name: str = "",
    sources: Sources | None = None,
    inline: bool = False,
    live: bool = False,
) -> FutureTensor:
    """A FutureTensor over a generator of this package, as Node takes it; `place` is the context's home by default."""
    context = current_context()
    static = _static_tensor(shape, context, place, name)
    node = Node(generate, static, context, name=name, sources=sources, inline=inline, live=live)
    return FutureTensor.around(node)


def _static_tensor(shape: Shape, context: RunContext, place: Place | None, name: str) -> torch.Tensor:
    home = context.home if place is None else home_at(place)
    if name and context.stable_names:
        return tensor_over(home.new(name, shape))
    return attach(torch.zeros(shape, dtype=torch.bfloat16), home.new(str(uuid.uuid4()), shape))


async def _pull_all(node: Node, prompt_tensor: torch.Tensor | None) -> None:
    places = asyncio.Semaphore(AT_ONCE)
    ended: list[BaseException] = []
    flights: list[InFlight] = []

    def note_end(task: "asyncio.Task[Element]") -> None:
        if not task.cancelled() and (error := task.exception()) is not None:
            ended.append(error)
        places.release()

    try:
        for flat in range(prod(node.shape)):
            if node.is_done(flat):
                continue
            await places.acquire()
            if ended:
                break
            pull = node.begin(coordinates_of(flat, node.shape), _prompt_of(prompt_tensor, flat))
            if isinstance(pull, InFlight):
                pull.task.add_done_callback(note_end)
                flights.append(pull)
            else:
                places.release()
                if flat % 64 == 0:
                    await asyncio.sleep(0)
        await land(flights)
    finally:
        await release_all(flights)


def _prompt_of(prompt_tensor: torch.Tensor | None, flat: int) -> Trajectory:
    return NO_TRAJECTORY if prompt_tensor is None else as_trajectory(read_text(prompt_tensor, flat) or "")
