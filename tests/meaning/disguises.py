"""Random harnesses whose operations are a user's, named like built-in ones, and some do otherwise than they say."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from random import Random
from unittest import mock

from hdsl.future.flight import Element
from hdsl.future.future_tensor import FutureTensor, make_future
from hdsl.future.node import Coordinates, Spending, pull_all
from hdsl.future.trajectory import Trajectory
from hdsl.ops.element import element_coordinates, tensor_operation
from hdsl.ops.site import Site
from tests.check.effects_graphs import effect_graph

NAMES = {
    "look": "index",
    "type_in": "input",
    "confirm": "constant",
    "peek": "session",
    "note": "attend",
    "judge": "mean",
    "decide": "retrieve",
}
"""What the operations of the recording world are called instead: parts of a graph, and names of the prelude."""

STEPS = """\
op {name}(step: text[*S]...) -> text[*S] = "tests.meaning.disguises:{function}"{kind}
"""

SEQUENCES = {
    "causal_mask": ("in_order", " as sequence"),
    "payload": ("at_once", " as sequence"),
    "speculate": ("last_only", " as sequence"),
    "first_line": ("in_order", ""),
}
"""By the name of a user's operation that stands for a sequence: its function, and what its declaration says."""


def disguised_graph(random: Random) -> str:
    """A file of `effect_graph` in which nothing has its usual name, and some sequences are a user's."""
    text = effect_graph(random)
    for name, other in NAMES.items():
        text = re.sub(rf"(?<![\w:]){name}\(", f"{other}(", text)
    used: dict[str, None] = {}

    def step(match: re.Match[str]) -> str:
        if random.random() < 0.6:
            return match[0]
        name = random.choice(list(SEQUENCES))
        used[name] = None
        return f"{name}("

    head, harnesses = re.split(r"(?=^harness )", text, maxsplit=1, flags=re.MULTILINE)
    harnesses = re.sub(r"\bsequential\(", step, harnesses)
    declared = "".join(STEPS.format(name=name, function=SEQUENCES[name][0], kind=SEQUENCES[name][1]) for name in used)
    return f"{head}{declared}\n{harnesses}"


@contextmanager
def all_held() -> Iterator[None]:
    """Holds the library's operations to their kinds too: a pull that the demand does not say ends the run."""
    with (
        mock.patch("hdsl.run.lower.is_tensor_operation", lambda function: True),
        mock.patch("hdsl.run.lower.is_of_library", lambda module: False),
    ):
        yield


def _operation(steps: tuple[FutureTensor, ...], site: Site, how: str) -> FutureTensor:
    shape = site.shape or ()

    async def generate(coordinates: Coordinates, trajectory: Trajectory, spending: Spending) -> Element:
        nodes = [step.ft_node for step in steps]
        places = [(node, element_coordinates(node.shape, coordinates, shape)) for node in nodes]
        if how == "at once":
            return (await pull_all(places, trajectory))[-1]
        for node, at in places if how == "in order" else places[-1:]:
            element = await node.get(at, trajectory)
            if element[1].failed:
                break
        return element

    return make_future(generate, shape, name=site.name)


@tensor_operation
def in_order(*steps: FutureTensor, site: Site) -> FutureTensor:
    """What a sequence is."""
    return _operation(steps, site, "in order")


@tensor_operation
def at_once(*steps: FutureTensor, site: Site) -> FutureTensor:
    """Asks for all steps at once, whatever it says."""
    return _operation(steps, site, "at once")


@tensor_operation
def last_only(*steps: FutureTensor, site: Site) -> FutureTensor:
    """Asks for the last step alone, whatever it says."""
    return _operation(steps, site, "last")
