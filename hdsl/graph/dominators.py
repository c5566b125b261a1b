"""Dominators of a graph that is asked from its result: what is needed through one node alone."""

from collections.abc import Mapping, Sequence


def immediate_dominators(order: Sequence[str], needed_by: Mapping[str, Sequence[str]]) -> dict[str, str]:
    """For each node the nearest one that every need of it goes through; empty where there is none.

    `order`: all nodes, each before those that need it. `needed_by`: who needs a node.
    """
    position = {path: i for i, path in enumerate(order)}
    dominators: dict[str, str] = {}
    for path in reversed(order):
        users = needed_by[path]
        common = users[0] if users else ""
        for user in users[1:]:
            common = _meet(common, user, dominators, position)
        dominators[path] = common
    return dominators


def _meet(one: str, other: str, dominators: Mapping[str, str], position: Mapping[str, int]) -> str:
    """The lowest node that dominates both; later nodes stand nearer to the result."""
    while one != other:
        if not one or not other:
            return ""
        if position[one] < position[other]:
            one = dominators[one]
        else:
            other = dominators[other]
    return one
