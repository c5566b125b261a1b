"""vote: of the texts along the last dimension the one that most say."""

from collections.abc import Sequence
from functools import partial
from typing import Any

from hdsl.future.flight import Element
from hdsl.future.future_tensor import FutureTensor, make_future
from hdsl.future.node import Coordinates, Node, Spending, pull_all
from hdsl.future.status import Status
from hdsl.future.trajectory import Trajectory
from hdsl.ops.demanded import demand_of, sources_of
from hdsl.ops.element import tensor_operation
from hdsl.ops.outcomes import none_left
from hdsl.ops.passing import Place, element_of, give, is_absent, judged_elements
from hdsl.ops.passthrough import PassThrough
from hdsl.ops.site import Site
from hdsl.tensor.gradients import judgement
from hdsl.tensor.text_tensor import home_of


def winner(elements: Sequence[Element]) -> Element:
    """The text that most of those say that succeeded, of ties the one said first; as sure as its share of the votes.

    Blanks around a text make no difference. With nobody left it is failed if any failed, else absent.
    """
    texts = [text for text, status in elements if status.is_confidence]
    if not texts:
        return none_left(elements)
    votes: dict[str, int] = {}
    for text in texts:
        votes[text.strip()] = votes.get(text.strip(), 0) + 1
    most = max(votes, key=lambda said: votes[said])
    first = next(text for text in texts if text.strip() == most)
    return first, Status.confidence(votes[most] / len(texts))


class Vote(PassThrough):
    """Failed and absent elements have no vote.

    Those that say something else than the better text learn it, failed ones too; the others learn that they were right.
    """

    operation = "vote"

    @staticmethod
    def forward(ctx: Any, x: FutureTensor, name: str) -> FutureTensor:
        """The scalar of the input's shape without its last dimension."""
        node = x.ft_node
        shape = node.shape[:-1]
        asked = sources_of(demand_of("gather", shape, (node,)), (node,))

        def sources(coordinates: Coordinates) -> list[tuple[Node, Coordinates]]:
            return list(asked(coordinates))

        async def generate(coordinates: Coordinates, trajectory: Trajectory, spending: Spending) -> Element:
            return winner(await pull_all(sources(coordinates), trajectory))

        result = make_future(generate, shape, place=home_of(node.static), name=name, sources=sources, inline=True)
        ctx.teach = partial(_teach, result.ft_node, sources)
        return result


def _teach(result: Node, sources: Any) -> None:
    for coordinates, judged in judged_elements(result):
        better = judged.better.strip()
        voters: list[Place] = sources(coordinates)
        for place in voters:
            entry = element_of(place)
            if entry is not None and not is_absent(place):
                said = entry.coefficient >= 0 and entry.text.strip() == better
                give(place, judgement(entry.text, entry.text if said else judged.better, judged.count))


@tensor_operation
def vote(x: FutureTensor, *, site: Site) -> FutureTensor:
    """The most frequent text of the last dimension of `x`, of ties the first."""
    return Vote.future(x, site.name)
