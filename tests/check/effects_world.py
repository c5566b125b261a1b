"""A world that records what is done to it: operations with effects, sessions, answers by a seed, a varied scheduler.

The functions are the entry points of `WORLD`'s operations. Each gives the scheduler's other work a chance first, as
often as the schedule says; what fails and what is decided depends on the seed of the answers alone.
"""

import asyncio
import hashlib
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import combinations, product
from math import prod
from random import Random

from hdsl.future.context import RunContext, use_context
from hdsl.future.future_tensor import FutureTensor
from hdsl.future.loop import run_sync
from hdsl.future.owed import Owed
from hdsl.future.status import Status
from hdsl.graph.program import OpenedSession, Program
from hdsl.kernel.request import Answer, Request
from hdsl.ops.site import Pull
from hdsl.run.lower import Binding, lower
from hdsl.storage.pack import Pack

ALLOWED = '[operations]\nallow = ["tests.check.effects_world:*", "tests.meaning.disguises:*"]\n'
"""The configuration of files that use the operations."""

OPERATIONS = """\
type Kind { "yes", "no" }

op look(shell: session[*S]) -> text[*S] !read = "tests.check.effects_world:look"
op type_in(x: text[*S], shell: session[*S]) -> text[*S] !write = "tests.check.effects_world:type_in"
op confirm(x: text[*S], shell: session[*S]) -> text[*S] !read !fails = "tests.check.effects_world:confirm"
op peek(x: text[*S]) -> text[*S] !read = "tests.check.effects_world:peek"
op note(x: text[*S]) -> text[*S] !write = "tests.check.effects_world:note"
op judge(x: text[*S]) -> text[*S] !fails = "tests.check.effects_world:judge"
op decide(x: text[*S]) -> Kind[*S] = "tests.check.effects_world:decide"
"""

FILES = "files"
Coordinates = tuple[int, ...]
Event = tuple[str, Coordinates]
"""A node at its coordinates: it acts once."""


@dataclass(frozen=True)
class Act:
    """What one element did: to a session by its handle, or to the files."""

    event: Event
    thing: str
    writes: bool
    began: int
    ended: int

    def meets(self, other: "Act") -> bool:
        """Whether both are on one thing and one of them changes it; files are those of a coordinate."""
        mine, others = self.event[1], other.event[1]
        shared = min(len(mine), len(others))
        here = self.thing != FILES or mine[:shared] == others[:shared]
        return self.thing == other.thing and here and (self.writes or other.writes)


class Shell:
    """A session of which only the handle matters."""

    def __init__(self, handle: str) -> None:
        self.handle = handle


@dataclass
class World:
    """The terminal of a run and what was done in it. `answers`, `schedule`: seeds. `slow`: what takes longer."""

    answers: int
    schedule: Random
    slow: Mapping[Event, int] = field(default_factory=dict)
    pace: Sequence[int] = (0, 0, 1, 2, 5, 12)
    acts: list[Act] = field(default_factory=list)
    begun: list[Event] = field(default_factory=list)
    """What was begun, in order, whether or not it was done."""
    clock: int = 0
    opened: int = 0

    async def open(self, name: str = "") -> Shell:
        self.opened += 1
        return Shell(f"shell {self.opened}")

    def session(self, handle: str) -> Shell:
        return Shell(handle)

    async def close(self) -> None:
        pass

    async def elapse(self, event: Event) -> None:
        """Lets others go first for a while."""
        for _ in range(self.slow.get(event, self.schedule.choice(self.pace))):
            await asyncio.sleep(0)

    async def act(self, pull: Pull, thing: str, *, writes: bool) -> None:
        """Does something for a while."""
        event = (pull.site.name, pull.coordinates)
        began = self.tick()
        self.begun.append(event)
        await self.elapse(event)
        self.acts.append(Act(event, thing, writes, began, self.tick()))

    def tick(self) -> int:
        self.clock += 1
        return self.clock

    def drawn(self, *words: object) -> float:
        """A number by the seed of the answers and these words."""
        digest = hashlib.blake2b(repr((self.answers, words)).encode(), digest_size=8).digest()
        return int.from_bytes(digest, "big") / 2**64


class Model:
    """Answers by the seed of the answers."""

    name = "drawn"

    def __init__(self, world: World) -> None:
        self._world = world

    async def answer(self, request: Request) -> Answer:
        await self._world.elapse(("model", ()))
        return Answer(f"answer {request.seed}")

    async def close(self) -> None:
        pass


def _world(pull: Pull) -> World:
    world = pull.context.terminal
    assert isinstance(world, World)
    return world


async def look(shell: Shell, *, pull: Pull) -> str:
    await _world(pull).act(pull, shell.handle, writes=False)
    return pull.site.name


async def type_in(x: str, shell: Shell, *, pull: Pull) -> tuple[str, Status]:
    await _world(pull).act(pull, shell.handle, writes=True)
    return x, _status(pull, 0.05)


async def confirm(x: str, shell: Shell, *, pull: Pull) -> tuple[str, Status]:
    await _world(pull).act(pull, shell.handle, writes=False)
    return x, _status(pull, 0.5)


async def peek(x: str, *, pull: Pull) -> tuple[str, Status]:
    await _world(pull).act(pull, FILES, writes=False)
    return x, _status(pull, 0.05)


async def note(x: str, *, pull: Pull) -> str:
    await _world(pull).act(pull, FILES, writes=True)
    return x


async def judge(x: str, *, pull: Pull) -> tuple[str, Status]:
    await _world(pull).elapse((pull.site.name, pull.coordinates))
    return x, _status(pull, 0.5)


async def decide(x: str, *, pull: Pull) -> str:
    world = _world(pull)
    await world.elapse((pull.site.name, pull.coordinates))
    return "yes" if world.drawn(pull.site.name, pull.coordinates) < 0.5 else "no"


def _status(pull: Pull, chance: float) -> Status:
    fails = _world(pull).drawn(pull.site.name, pull.coordinates) < chance
    return Status.failed_because("drawn") if fails else Status.confidence(1.0)


def run(
    program: Program, world: World, home: Pack, owed: Owed | None = None, interrupted_after: int | None = None
) -> list[Act]:
    """Runs a program without dimensions in the world; what was done, sessions by what opened them.

    `interrupted_after`: how often others are given a chance before the run is ended.
    """
    shapes = {wanted.name: [int(size) for size in wanted.shape] for wanted in program.inputs}
    inputs = {name: ["task"] * prod(shape) for name, shape in shapes.items()}
    with use_context(RunContext(Model(world), world, home=home, owed=owed or Owed())):  # type: ignore[arg-type]
        lowered = lower(program, Binding({}, inputs, {}, {}), [program.result])
    run_sync(_pulled(lowered[program.result], interrupted_after))
    names = {}
    for path, node in program.nodes.items():
        if isinstance(node.what, OpenedSession) and path in lowered:
            for at in product(*map(range, lowered[path].ft_capacity_shape)):
                names[run_sync(lowered[path].ft_async_get(at))[0]] = f"{path}{list(at)}"
    return [replace(act, thing=names.get(act.thing, act.thing)) for act in world.acts]


async def _pulled(result: FutureTensor, interrupted_after: int | None) -> None:
    pulling = asyncio.create_task(result.ft_pull_all())
    if interrupted_after is not None:
        for _ in range(interrupted_after):
            await asyncio.sleep(0)
        pulling.cancel()
    await asyncio.wait({pulling})
    if not pulling.cancelled():
        pulling.result()


def overlapping(acts: list[Act]) -> set[tuple[Event, Event]]:
    """The pairs of acts on one thing that were not one after the other."""
    return {
        (one.event, other.event) for one, other in _meeting(acts) if one.began < other.ended and other.began < one.ended
    }


def orders(acts: list[Act]) -> dict[frozenset[Event], Event]:
    """Of each two acts that meet the one that came first."""
    return {
        frozenset((one.event, other.event)): min(one, other, key=lambda act: act.began).event
        for one, other in _meeting(acts)
    }


def _meeting(acts: list[Act]) -> Iterator[tuple[Act, Act]]:
    by_thing: dict[str, list[Act]] = defaultdict(list)
    for act in acts:
        by_thing[act.thing].append(act)
    for group in by_thing.values():
        yield from ((one, other) for one, other in combinations(group, 2) if one.meets(other))
