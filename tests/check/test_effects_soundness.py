"""The rules of order are proven to be right, on random harnesses over a world that records what is done to it.

A file that checks does the same in the same order whatever the scheduler does. A file refused for order has, for some
answers, two orders. The search for them is bounded; and where an element is needed in two ways, as one of all elements
and as one by itself, the checker does not see that what one way has done the other finds done: such files are left out.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from random import Random

import pytest

from hdsl.check.session import check_file
from hdsl.graph.cost import reached
from hdsl.graph.inline import inline
from hdsl.graph.loops import is_effectful
from hdsl.graph.places import places_of
from hdsl.graph.program import Program
from hdsl.storage.pack import Pack
from tests.check.effects_graphs import effect_graph
from tests.check.effects_world import ALLOWED, Event, World, orders, overlapping, run

GRAPHS = 60
LONG = 60


@dataclass(frozen=True)
class Graph:
    """A random file, what is wrong with it, and its program."""

    text: str
    codes: frozenset[str]
    program: Program


@pytest.fixture(scope="module")
def graphs(tmp_path_factory: pytest.TempPathFactory) -> list[Graph]:
    folder = tmp_path_factory.mktemp("graphs")
    made = [read_graph(effect_graph(Random(seed)), folder) for seed in range(GRAPHS)]
    assert sum(not graph.codes for graph in made) > GRAPHS / 2
    assert sum(graph.codes == {"HG501"} for graph in made) > GRAPHS / 20
    return made


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pack]:
    pack = Pack(tmp_path_factory.mktemp("world") / "pack.sqlite")
    yield pack
    pack.close()


def read_graph(text: str, folder: Path) -> Graph:
    path = folder / "main.hg"
    path.write_text(text, encoding="utf-8")
    (folder / "hdsl.toml").write_text(ALLOWED, encoding="utf-8")
    checked = check_file(path)
    assert checked.module is not None
    errors = [each for each in checked.diagnostics if each.severity == "error"]
    assert all(each.code.startswith("HG5") for each in errors), (errors, text)
    main = checked.module.harnesses["main"]
    if any(each.place.span.start < main.signature.span.start for each in errors):
        return Graph(text, frozenset({"elsewhere"}), inline(checked.module, main))
    return Graph(text, frozenset(each.code for each in errors), inline(checked.module, main))


def race(graph: Graph, home: Pack, answers: int, schedules: int) -> str | None:
    """Two acts of which one is not always before the other, for one seed of answers among schedules; None if none is.

    The first schedule is even; the others make a few of the acts long.
    """
    first: dict[frozenset[Event], Event] = {}
    seen: list[Event] = []
    for schedule in range(schedules):
        random = Random(answers * 1000 + schedule)
        world = World(answers, random)
        if seen:
            world.slow = dict.fromkeys(random.sample(seen, min(len(seen), random.choice((1, 1, 2, 3)))), LONG)
            world.pace = random.choice(((0,), world.pace))
        acts = run(graph.program, world, home)
        for pair in overlapping(acts):
            return f"{pair} at once, answers {answers}"
        for events, earlier in orders(acts).items():
            if first.setdefault(events, earlier) != earlier:
                return f"{events} in two orders, answers {answers}"
        seen = sorted({*seen, *(act.event for act in acts)})
    return None


def is_needed_in_two_ways(program: Program) -> bool:
    places = places_of(program, reached(program))
    return any(len(places.of_node.get(node.path, ())) > 1 for node in program.nodes.values() if is_effectful(node))


def test_a_file_that_checks_has_one_order_whatever_the_scheduler_does(graphs: list[Graph], home: Pack):
    for graph in graphs:
        if not graph.codes:
            for answers in range(2):
                assert race(graph, home, answers, 4) is None, graph.text


def test_a_file_refused_for_order_has_two_orders_for_some_answers(graphs: list[Graph], home: Pack):
    for graph in graphs:
        if graph.codes == {"HG501"} and not is_needed_in_two_ways(graph.program):
            assert any(race(graph, home, answers, 12) for answers in range(16)), graph.text
