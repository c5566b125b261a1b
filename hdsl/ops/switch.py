"""switch: evaluates the condition, then the branch whose label it carries, and no other."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from hdsl.future.flight import Element
from hdsl.future.future_tensor import FutureTensor, make_future
from hdsl.future.node import Coordinates, Node, Spending
from hdsl.future.status import Status
from hdsl.future.trajectory import Trajectory
from hdsl.ground.labels import label_of
from hdsl.ops.demanded import demand_of, sources_of
from hdsl.ops.element import element_coordinates, tensor_operation, widest_shape
from hdsl.ops.passing import Place, element_of, pass_on
from hdsl.ops.passthrough import PassThrough
from hdsl.ops.site import Site
from hdsl.storage.layout import all_coordinates
from hdsl.tensor.text_tensor import home_of

Label = str | None
"""A case's label; None for else."""

Match = Callable[[str, Sequence[str]], str | None]
"""Which of the labels a text carries."""


class Switch(PassThrough):
    """A failed condition fails the switch; so does one that no case matches, and names the labels.

    An absent condition makes it absent.
    """

    operation = "switch"

    @staticmethod
    def forward(
        ctx: Any, match: Match, labels: Sequence[Label], name: str, condition: FutureTensor, *branches: FutureTensor
    ) -> FutureTensor:
        """The scalar of the branches' shape."""
        asked = condition.ft_node
        nodes = [branch.ft_node for branch in branches]
        shape = widest_shape(nodes)

        def at(node: Node, coordinates: Coordinates) -> Coordinates:
            return element_coordinates(node.shape, coordinates, shape)

        sources = sources_of(demand_of("choose", shape, (asked, *nodes)), (asked, *nodes))

        async def generate(coordinates: Coordinates, trajectory: Trajectory, spending: Spending) -> Element:
            text, status = await asked.get(at(asked, coordinates), trajectory)
            if not status.is_confidence:
                return text, status
            branch = chosen(text)
            if branch is None:
                named = ", ".join(repr(label) for label in labels)
                return text, Status.failed_because(f"{_shortened(text)!r} is none of the labels {named}")
            return await branch.get(at(branch, coordinates), trajectory)

        def number_of(text: str) -> int | None:
            label = match(text, [label for label in labels if label is not None])
            return labels.index(label) if label in labels else None

        def chosen(text: str) -> Node | None:
            number = number_of(text)
            return None if number is None else nodes[number]

        def taken(coordinates: Coordinates) -> Place:
            """The branch that was taken; the condition where it failed or no case matched."""
            asking = (asked, at(asked, coordinates))
            condition = element_of(asking)
            branch = None if condition is None or condition.coefficient < 0 else chosen(condition.text)
            return asking if branch is None else (branch, at(branch, coordinates))

        def selected(coordinates: Coordinates) -> int | None:
            """The number of the branch that was taken; None where none was."""
            condition = element_of((asked, at(asked, coordinates)))
            return None if condition is None or condition.coefficient < 0 else number_of(condition.text)

        def about() -> dict[str, Any]:
            numbers = {at: selected(at) for at in all_coordinates(shape)}
            return {
                "branches": branches,
                "labels": tuple(labels),
                "selected_index": next(iter(numbers.values())) if len({*numbers.values()}) == 1 else numbers,
            }

        ctx.about = about
        place = home_of(nodes[0].static)
        result = make_future(generate, shape, place=place, name=name, sources=sources, inline=True)
        ctx.teach = partial(pass_on, result.ft_node, taken)
        return result


@tensor_operation
def switch(condition: FutureTensor, cases: Sequence[tuple[Label, FutureTensor]], *, site: Site) -> FutureTensor:
    """The branch of the first case whose label the stripped condition carries; a label of None is else."""
    return _switched(label_of, condition, cases, site.name)


def ft_switch(condition: FutureTensor, branches: Sequence[tuple[str, str, str, FutureTensor]]) -> FutureTensor:
    """The branch `(symbol, summary, description, branch)` whose symbol the condition is or begins with, the first."""
    return _switched(_beginning_of, condition, [(symbol, branch) for symbol, _, _, branch in branches], "")


def _switched(
    match: Match, condition: FutureTensor, cases: Sequence[tuple[Label, FutureTensor]], name: str
) -> FutureTensor:
    if not cases:
        raise ValueError("a switch has at least one case")
    labels, branches = zip(*cases, strict=True)
    return Switch.future(match, labels, name, condition, *branches)


def _beginning_of(text: str, symbols: Sequence[str]) -> str | None:
    stripped = text.strip()
    return next((symbol for symbol in symbols if stripped.startswith(symbol)), None)


def _shortened(text: str, limit: int = 200) -> str:
    stripped = text.strip()
    return stripped if len(stripped) <= limit else stripped[:limit] + "…"
