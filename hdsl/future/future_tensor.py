"""FutureTensor: a scalar torch tensor of value 1 that stands for a text tensor which is computed when it is pulled."""

import asyncio
import operator
import os
import uuid
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from math import prod
from pathlib import Path
from typing import Any, Protocol, SupportsIndex, SupportsInt

import torch

from hdsl.future.context import RunContext, current_context
from hdsl.future.flight import Element, InFlight, land, release_all
from hdsl.future.loop import background_loop, on_background_loop, run_sync
from hdsl.future.node import Coordinates, Generate, Node, Sources, Spending
from hdsl.future.status import Status
from hdsl.future.trajectory import NO_TRAJECTORY, Trajectory, as_trajectory
from hdsl.storage.layout import coordinates_of, decode, flat_index, link_file
from hdsl.storage.store import Shape, ShapeMismatch
from hdsl.tensor.text_tensor import Place, attach, home_at, home_of, read_text, store_of, tensor_over

AsyncGet = Callable[[list[int], Trajectory], Awaitable[Element]]


class Pull(Protocol):
    """What gives an element when it is awaited."""

    def __call__(
        self, coordinates: Sequence[SupportsIndex], trajectory: str = NO_TRAJECTORY
    ) -> Coroutine[Any, Any, Element]:
        """The text and status at coordinates."""


AT_ONCE = 4096
"""How many elements ft_forward has under way at once; kernels and terminals have bounds of their own below it."""


class FutureTensor(torch.Tensor):
    """Texts to come. Torch sees a bfloat16 1; what torch computes from it are plain tensors.

    `FutureTensor(relative_to, ft_async_get, ft_shape_schema)`: `ft_async_get(coordinates, trajectory)` gives
    `(text, Status)` of one element, whose coordinates are a list, and is asked at most once for each; with None the
    elements are those that are written. Results go to `relative_to`; the schema is the shape, of anything that is an
    integer. With `live` it is asked at each pull. The context in use at the construction is kept.
    """

    __torch_function__ = torch._C._disabled_torch_function_impl  # type: ignore[assignment]

    ft_node: Node
    ft_shape_schema: list[Any]
    """The shape of the texts as it was given."""

    def __new__(
        cls,
        relative_to: Place,
        ft_async_get: AsyncGet | None,
        ft_shape_schema: Sequence[SupportsIndex | SupportsInt],
        *,
        live: bool = False,
        name: str = "",
    ) -> "FutureTensor":
        """A FutureTensor over a generator written by hand."""
        shape = shape_of(ft_shape_schema)
        future = make_future(_generator(ft_async_get), shape, place=relative_to, live=live, name=name)
        future.ft_shape_schema = list(ft_shape_schema)
        return future

    @staticmethod
    def around(node: Node) -> "FutureTensor":
        """A new scalar around a node."""
        scalar = torch.ones((), dtype=torch.bfloat16).as_subclass(FutureTensor)
        scalar.ft_node = node
        scalar.ft_shape_schema = list(node.shape)
        return scalar

    @property
    def ft_static_tensor(self) -> torch.Tensor:
        """The text tensor of the results so far, coefficient 0 where there is none; what is written to it counts."""
        self.ft_node.shared = True
        return self.ft_node.static

    @property
    def ft_initial_static_tensor(self) -> torch.Tensor:
        """`ft_static_tensor`, by its other name."""
        return self.ft_static_tensor

    @property
    def ft_capacity_shape(self) -> list[int]:
        """The shape of the texts. Another one may be set as long as nothing is computed; else ValueError."""
        return list(self.ft_node.shape)

    @ft_capacity_shape.setter
    def ft_capacity_shape(self, shape: Sequence[SupportsIndex | SupportsInt]) -> None:
        wanted = shape_of(shape)
        if wanted == self.ft_node.shape:
            return
        if self.ft_node.started:
            raise ValueError(
                f"the shape {self.ft_capacity_shape} has computed elements and cannot become {list(wanted)}"
            )
        home = home_of(self.ft_node.static)
        self.ft_node.reshape(attach(torch.zeros(wanted, dtype=torch.bfloat16), home.new(str(uuid.uuid4()), wanted)))
        self.ft_shape_schema = list(wanted)

    @property
    def ft_incremental_concated_tensors(self) -> list[torch.Tensor]:
        """Always empty; kept for its users."""
        return []

    @property
    def ft_forwarded(self) -> bool:
        """Whether every element is computed, failed ones included.

        Set to True, what is not computed is absent, and nothing is asked any more; set to False, it is asked again.
        """
        return self.ft_node.complete

    @ft_forwarded.setter
    def ft_forwarded(self, forwarded: bool) -> None:
        self.ft_node.closed = bool(forwarded)

    @property
    def ft_async_get(self) -> Pull:
        """`await ft_async_get(coordinates, trajectory)`: the text and status of one element.

        From whichever event loop it is awaited. The generator runs on hdsl's event loop. It may wait for an
        `asyncio.Event` or a `Semaphore` of another one, and goes on up to a tenth of a second after that has let it.
        Another generator can be assigned, which gives the elements that are not computed yet.
        """
        return self._async_get

    @ft_async_get.setter
    def ft_async_get(self, async_get: AsyncGet) -> None:
        self.ft_node.generate = _generator(async_get)

    async def _async_get(self, coordinates: Sequence[SupportsIndex], trajectory: str = NO_TRAJECTORY) -> Element:
        shape = self.ft_node.shape
        flat = flat_index([operator.index(each) for each in coordinates], shape)
        pull = self.ft_node.get(coordinates_of(flat, shape), as_trajectory(trajectory))
        if on_background_loop():
            return await pull
        return await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(pull, background_loop()))

    def ft_forward(self, prompt_tensor: torch.Tensor | None = None) -> None:
        """Computes all elements that are not computed yet, concurrently, and returns when they are durable.

        `prompt_tensor`, a text tensor of this shape (else ShapeMismatch), gives each element its trajectory. A failed
        element is computed.
        """
        try:
            run_sync(self.ft_pull_all(prompt_tensor))
        finally:
            for home in (self.ft_node.context.home, home_of(self.ft_node.static)):
                home.flush()

    async def ft_pull_all(self, prompt_tensor: torch.Tensor | None = None) -> None:
        """What ft_forward runs, for callers on hdsl's event loop."""
        await _pull_all(self.ft_node, prompt_tensor)

    def ft_get_materialized_value(self, coordinates: Sequence[int]) -> tuple[float, Path]:
        """The coefficient and a file with the text of one element."""
        flat = flat_index(coordinates, self.ft_node.shape)
        static = self.ft_node.static
        return float(static.view(-1)[flat]), store_of(static).path(flat)

    def ft_reset_materialized_value(
        self,
        coordinates: Sequence[int],
        coefficient: float,
        filepath: str | os.PathLike[str] | None = None,
        symlink: bool = False,
        *,
        text: str | None = None,
    ) -> None:
        """Replaces one element by the content of a file, or by a text; neither, or a coefficient of 0, removes it.

        With `symlink` the element becomes a link to the file. FileNotFoundError where there is no such file.
        """
        at = coordinates_of(flat_index(coordinates, self.ft_node.shape), self.ft_node.shape)
        if text is not None and filepath is not None:
            raise TypeError("an element is replaced by a file or by a text, not by both")
        if (text is None and filepath is None) or coefficient == 0.0:
            self.ft_node.forget(at)
            return
        content = _content_of(filepath) if filepath is not None else text or ""
        self.ft_node.store_element(at, (content, Status(float(coefficient))))
        if symlink and filepath is not None:
            self.ft_node.shared = True
            link_file(Path(filepath).resolve(), store_of(self.ft_node.static).path(flat_index(at, self.ft_node.shape)))


def shape_of(schema: Sequence[SupportsIndex | SupportsInt]) -> Shape:
    """A shape of sizes that are integers in whatever form; ValueError for one that has no value yet, as a symbol."""
    return tuple(_size(size) for size in schema)


def _generator(async_get: AsyncGet | None) -> Generate:
    """A generator written by hand as a node takes it."""

    async def generate(coordinates: Coordinates, trajectory: Trajectory, spending: Spending) -> Element:
        if async_get is None:
            return "", Status.absent
        return await async_get(list(coordinates), trajectory)

    return generate


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
    if prompt_tensor is not None and tuple(prompt_tensor.shape) != node.shape:
        raise ShapeMismatch(f"prompts of shape {list(prompt_tensor.shape)} for elements of shape {list(node.shape)}")
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


def _size(size: object) -> int:
    try:
        number = operator.index(size)  # type: ignore[arg-type]
    except TypeError:
        try:
            number = int(size)  # type: ignore[call-overload]
        except (TypeError, ValueError):
            raise ValueError(
                f"the size {size!r} has no value: a dimension is an integer here; give the most elements it may have"
            ) from None
        if number != size:
            raise ValueError(f"a dimension has a whole number of elements, not {size!r}") from None
    if number < 0:
        raise ValueError(f"a dimension has 0 or more elements, not {number}")
    return number


def _content_of(file: str | os.PathLike[str]) -> str:
    try:
        return decode(Path(file).read_bytes())
    except FileNotFoundError:
        raise FileNotFoundError(f"there is no file {os.fspath(file)!r}; for a text, write text=…") from None
