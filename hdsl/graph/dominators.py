"""Dominators of a graph that is asked from its result: what is needed through one node alone."""

from collections.abc import Hashable, Mapping, Sequence
from typing import TypeVar

Name = TypeVar("Name", bound=Hashable)


def immediate_dominators(
    order: Sequence[Name], needed_by: Mapping[Name, Sequence[Name]], nowhere: Name
) -> dict[Name, Name]:
    """For each node the nearest one that every need of it goes through; `nowhere` where there is none.

    `order`: all nodes, each before those that need it. `needed_by`: who needs a node.
    """
    position = {path: i for i, path in enumerate(order)}
    dominators: dict[Name, Name] = {}

    def meet(one: Name, other: Name) -> Name:
        """The lowest node that dominates both; later nodes stand nearer to the result."""
        while one != other:
            if nowhere in (one, other):
                return nowhere
            if position[one] < position[other]:
                one = dominators[one]
            else:
                other = dominators[other]
        return one

    for path in reversed(order):
        users = needed_by[path]
        common = users[0] if users else nowhere
        for user in users[1:]:
            common = meet(common, user)
        dominators[path] = common
    return dominators
