"""Rules of what is owed: it stands on its own feet, asks no model, and its effects belong to nothing else."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from hdsl.check import findings
from hdsl.check.diagnostic import Related
from hdsl.check.effect_harness import EffectHarness
from hdsl.graph.loops import is_effectful
from hdsl.graph.places import Place, Places, PlaceStage, behind
from hdsl.graph.program import Node, NodeArgument
from hdsl.graph.things import Thing, may_be_same


def owed_faults(harness: EffectHarness, places: Places) -> bool:
    """Reports what cannot be owed; whether anything is."""
    found = False
    told: set[str] = set()
    for node in harness.nodes:
        if not node.meaning.owes:
            continue
        if _need_each_other(harness, node):
            found = True
            continue
        for place in places.of_node[node.path]:
            pair = _pair(places.stages[place])
            shared = places.shared[place]
            parts = [behind(places.stages, stage.places) - shared for stage in pair]
            found = _asks(harness, node, parts[1]) or found
            found = _used_elsewhere(harness, places, node, place, parts, told) or found
    return found


def _pair(stages: list[PlaceStage]) -> tuple[PlaceStage, PlaceStage]:
    """The stage that is owed, and the one in front of it, the other way round."""
    at = next(number for number, stage in enumerate(stages) if stage.is_owed)
    return stages[at - 1], stages[at]


def _need_each_other(harness: EffectHarness, node: Node) -> bool:
    paths = [argument.path for argument in node.arguments if isinstance(argument, NodeArgument)]
    for needing, needed in (paths[::-1], paths) if len(paths) == 2 else ():
        if needed in harness.needed([needing]):
            names = [harness.statement(each) for each in (needing, needed)]
            related = [Related("it needs the other", harness.place(needing))]
            harness.tell(findings.effects.OwedNeedsFirst(harness.statement(node.path), *names), node.path, related)
            return True
    return False


def _asks(harness: EffectHarness, node: Node, owed: Iterable[Place]) -> bool:
    for place in sorted(owed):
        asking = harness.program.nodes[place.path]
        if any(effect.name == "llm" for effect in asking.effects):
            related = [Related("it asks a model", harness.place(place.path))]
            names = (harness.statement(node.path), harness.statement(place.path))
            harness.tell(findings.effects.OwedAsksModel(*names), node.path, related)
            return True
    return False


def _used_elsewhere(
    harness: EffectHarness, places: Places, node: Node, place: Place, parts: list[frozenset[Place]], told: set[str]
) -> bool:
    for part in parts:
        for effect, user in _elsewhere(harness, places, place, part):
            if effect in told:
                return True
            told.add(effect)
            related = [Related("the effect", harness.place(effect)), Related("used here", harness.place(user))]
            names = [harness.statement(each) for each in (node.path, effect, user)]
            harness.tell(findings.effects.OwedUsedElsewhere(*names), node.path, related)
            return True
    return False


def _elsewhere(
    harness: EffectHarness, places: Places, place: Place, part: frozenset[Place]
) -> Iterator[tuple[str, str]]:
    """Effects of one part of what a place ends with that something else needs, with what needs them."""
    nodes = harness.program.nodes
    effects = {each for each in part if is_effectful(nodes[each.path])}
    carrying = {each for each in part if behind(places.stages, [each]) & effects} if effects else set()
    for user in places.order:
        if user in part or user == place:
            continue
        for stage in places.stages[user]:
            for source in stage.places:
                if source in carrying:
                    yield min(behind(places.stages, [source]) & effects).path, user.path
    for effect in effects:
        for other in places.of_node[effect.path]:
            if other not in part and may_be_same(Thing("", effect.coordinates), Thing("", other.coordinates)):
                yield effect.path, effect.path
        if _is_for_several(harness, place, effect):
            yield effect.path, place.path


def _is_for_several(harness: EffectHarness, place: Place, effect: Place) -> bool:
    """Whether several elements of a place need one element of an effect."""
    shape = harness.program.nodes[place.path].shape
    wide = {each.axis for each, size in zip(place.coordinates, shape, strict=True) if size != 1}
    return not place.axes & wide <= effect.axes
