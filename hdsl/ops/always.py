"""always: its first input, and once that has begun its second after it, however it ended and whatever ends the run."""

import asyncio
from contextlib import suppress
from functools import partial
from typing import Any

from hdsl.future.context import current_context
from hdsl.future.flight import Element
from hdsl.future.future_tensor import FutureTensor, make_future
from hdsl.future.node import Coordinates, Spending, pull_all
from hdsl.future.status import Status
from hdsl.future.trajectory import Trajectory
from hdsl.ops.demanded import demand_of, sources_of
from hdsl.ops.element import tensor_operation, widest_shape
from hdsl.ops.outcomes import ABSENT, unmet
from hdsl.ops.passing import Place, pass_on
from hdsl.ops.passthrough import PassThrough
from hdsl.ops.site import Site
from hdsl.tensor.text_tensor import home_of


class Always(PassThrough):
    """The first input's text, failed where either failed; numbers pass to both, texts to the first."""

    operation = "always"

    @staticmethod
    def forward(ctx: Any, site: Site, x: FutureTensor, then: FutureTensor) -> FutureTensor:
        """The scalar of the inputs' shape."""
        nodes = (x.ft_node, then.ft_node)
        shape = widest_shape(nodes)
        owed = current_context().owed

        sources = sources_of(demand_of("ensure", shape, nodes), nodes)

        async def generate(coordinates: Coordinates, trajectory: Trajectory, spending: Spending) -> Element:
            first, last = sources(coordinates)
            ended = unmet(await pull_all(shared(first, last), trajectory))
            if ended is not None:
                return ended

            async def pay(*, is_ending: bool) -> Element:
                node, at = last
                work = node.get(at, trajectory)
                return await owed.pay(debt, (site.name, coordinates), work, site.owed_seconds, is_ending=is_ending)

            debt = owed.begin((site.name, coordinates))
            node, at = first
            try:
                text, status = await node.get(at, trajectory)
            except (Exception, asyncio.CancelledError):
                with suppress(Exception):  # what ended the first is what ends the run
                    await pay(is_ending=True)
                raise
            _, after = await pay(is_ending=False)
            if status.is_absent or after.is_absent:
                return ABSENT
            return text, status if status.failed or not after.failed else Status(after.coefficient, after.cause)

        def kept(coordinates: Coordinates) -> Place:
            """The element whose text the result has."""
            return next(iter(sources(coordinates)))

        place = home_of(nodes[0].static)
        result = make_future(generate, shape, place=place, name=site.name, sources=sources, inline=True)
        ctx.teach = partial(pass_on, result.ft_node, kept)
        return result


def shared(one: Place, other: Place) -> list[Place]:
    """The elements that both need, in the order in which the first reaches them; not what is behind these."""
    needed = {other}
    waiting = [other]
    while waiting:
        node, at = waiting.pop()
        following = {place for place in node.sources(at) if not place[0].live} - needed
        needed |= following
        waiting.extend(following)
    found: dict[Place, None] = {}
    seen = {one}
    waiting = [one]
    while waiting:
        place = waiting.pop()
        if place in needed:
            found[place] = None
            continue
        node, at = place
        following_in_order = [each for each in node.sources(at) if each not in seen]
        seen.update(following_in_order)
        waiting.extend(reversed(following_in_order))
    return list(found)


@tensor_operation
def always(x: FutureTensor, then: FutureTensor, *, site: Site) -> FutureTensor:
    """`x`; once it has begun, `then` after it. If `then` alone failed, the text of `x`, failed."""
    return Always.future(site, x, then)


def ft_always(x: FutureTensor, then: FutureTensor) -> FutureTensor:
    """`always` by hand."""
    return always(x, then, site=Site())
