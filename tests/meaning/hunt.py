"""Hunts for a file that checks and then does two effects in two orders, or asks for what its demand does not say."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from random import Random

from hdsl.check.session import check_file
from hdsl.graph.inline import inline
from hdsl.ops.held import UndeclaredDemand
from hdsl.storage.pack import Pack
from tests.check.effects_world import ALLOWED, Event, World, orders, overlapping, run
from tests.meaning.disguises import all_held, disguised_graph

LIES = ("payload(", "speculate(", "first_line(")
"""Operations of `disguises` that do otherwise than they say, or say nothing."""


@dataclass(frozen=True)
class Hunted:
    """One random file: whether it checks, whether a run of it was ended for its demand, and what is wrong."""

    text: str
    checks: bool
    was_held: bool
    wrong: str


def hunt(seeds: range, folder: Path, schedules: int = 10) -> Iterator[Hunted]:
    """Checks the files of these seeds, and runs those that check under shuffled schedules."""
    pack = Pack(folder / "pack.sqlite")
    try:
        with all_held():
            for seed in seeds:
                yield _hunted(disguised_graph(Random(seed)), folder / "main.hg", pack, seed, schedules)
    finally:
        pack.close()


def _hunted(text: str, path: Path, pack: Pack, seed: int, schedules: int) -> Hunted:
    path.write_text(text, encoding="utf-8")
    path.with_name("hdsl.toml").write_text(ALLOWED, encoding="utf-8")
    checked = check_file(path)
    if checked.has_errors or checked.module is None:
        return Hunted(text, False, False, "")
    program = inline(checked.module, checked.module.harnesses["main"])
    first: dict[frozenset[Event], Event] = {}
    was_held = False
    for schedule in range(schedules):
        world = World(seed, Random(schedule))
        try:
            acts = run(program, world, pack)
        except UndeclaredDemand as error:
            was_held = True
            if not any(lie in text for lie in LIES):
                return Hunted(text, True, True, f"held though it does as it says: {error}")
            acts = []
        for pair in overlapping(acts):
            return Hunted(text, True, was_held, f"{pair} at once")
        for events, earlier in orders(acts).items():
            if first.setdefault(events, earlier) != earlier:
                return Hunted(text, True, was_held, f"{events} in two orders")
    return Hunted(text, True, was_held, "")
