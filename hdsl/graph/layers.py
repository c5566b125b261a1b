"""Where the boxes of a drawing stand: in layers from top to bottom, arrows going down, few of them crossing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

GAP, LANE, ROW = 28, 14, 56
"""Pixels between boxes of a layer, for an arrow that passes a layer, and between layers."""

_SWEEPS = 6
_MOST_PASSING = 4000
"""Arrows that pass layers beyond which they are drawn straight: nobody could follow them anyway."""


@dataclass(frozen=True, slots=True)
class Layout:
    """The left upper corner of each box, the points that each arrow passes between its ends, and the size of all."""

    corners: Mapping[str, tuple[float, float]]
    bends: Mapping[int, tuple[tuple[float, float], ...]]
    width: float
    height: float


def laid_out(sizes: Mapping[str, tuple[float, float]], arrows: Sequence[tuple[str, str]]) -> Layout:
    """The layout of boxes of these sizes. Arrows are from box to box; those of a circle are drawn upwards."""
    levels = _levels(sizes, arrows)
    count = max(levels.values(), default=-1) + 1
    layers: list[list[_Place]] = [[] for _ in range(count)]
    for name, level in levels.items():
        layers[level].append(name)
    chains = _chains(arrows, levels)
    for number, passed in chains.items():
        for level in passed:
            layers[level].append((number, level))
    _untangle(layers, arrows, levels, chains)
    widths = {place: (sizes[place][0] if isinstance(place, str) else LANE) for layer in layers for place in layer}
    centres = _centred(layers, widths, _neighbours(arrows, levels, chains))
    tops, height = _tops(layers, sizes)
    corners = {
        name: (centres[name] - sizes[name][0] / 2, tops[level] + (_height(layers[level], sizes) - sizes[name][1]) / 2)
        for name, level in levels.items()
    }
    bends = {
        number: tuple(
            point
            for level in passed
            for point in (
                (centres[number, level], tops[level]),
                (centres[number, level], tops[level] + _height(layers[level], sizes)),
            )
        )
        for number, passed in chains.items()
    }
    width = max((centres[place] + widths[place] / 2 for place in centres), default=0.0)
    return Layout(corners, bends, width, height)


_Place = str | tuple[int, int]
"""A box, or an arrow (by its number) where it passes a layer."""


def _levels(sizes: Mapping[str, object], arrows: Sequence[tuple[str, str]]) -> dict[str, int]:
    """The layer of each box: below all that it takes; what takes nothing stands just above its first user.

    The boxes of a circle, which only a damaged record has, share a layer.
    """
    import networkx

    graph: networkx.DiGraph[str] = networkx.DiGraph()
    graph.add_nodes_from(sizes)
    graph.add_edges_from(arrows)
    acyclic = networkx.condensation(graph)
    levels = dict.fromkeys(sizes, 0)
    for level, generation in enumerate(networkx.topological_generations(acyclic)):
        levels.update((name, level) for each in generation for name in acyclic.nodes[each]["members"])
    for name in [each for each in sizes if not graph.pred[each] and graph.succ[each]]:
        levels[name] = min(levels[user] for user in graph.succ[name]) - 1
    return levels


def _chains(arrows: Sequence[tuple[str, str]], levels: Mapping[str, int]) -> dict[int, range]:
    """The layers that each arrow passes."""
    passed = {
        number: range(levels[source] + 1, levels[target])
        for number, (source, target) in enumerate(arrows)
        if levels[target] > levels[source] + 1
    }
    return passed if sum(map(len, passed.values())) <= _MOST_PASSING else {}


def _neighbours(
    arrows: Sequence[tuple[str, str]], levels: Mapping[str, int], chains: Mapping[int, range]
) -> dict[_Place, tuple[list[_Place], list[_Place]]]:
    """What each place is joined with, above and below."""
    found: dict[_Place, tuple[list[_Place], list[_Place]]] = {}
    for number, (source, target) in enumerate(arrows):
        way: list[_Place] = [source, *((number, level) for level in chains.get(number, ())), target]
        if levels[source] < levels[target]:
            for upper, lower in pairwise(way):
                found.setdefault(upper, ([], []))[1].append(lower)
                found.setdefault(lower, ([], []))[0].append(upper)
    return found


def _untangle(
    layers: list[list[_Place]],
    arrows: Sequence[tuple[str, str]],
    levels: Mapping[str, int],
    chains: Mapping[int, range],
) -> None:
    """Orders each layer by where its neighbours stand, down and up again."""
    neighbours = _neighbours(arrows, levels, chains)
    for sweep in range(_SWEEPS):
        side = sweep % 2
        turned = layers if not side else layers[::-1]
        for above, layer in pairwise(turned):
            position: dict[_Place, float] = {place: at for at, place in enumerate(above)}
            here: dict[_Place, float] = {place: at for at, place in enumerate(layer)}
            wanted = {
                place: _mean([position[each] for each in _joined(neighbours, place, side) if each in position], at)
                for place, at in here.items()
            }
            layer.sort(key=wanted.__getitem__)


def _joined(neighbours: Mapping[_Place, tuple[list[_Place], list[_Place]]], place: _Place, side: int) -> list[_Place]:
    return neighbours[place][side] if place in neighbours else []


def _centred(
    layers: Sequence[Sequence[_Place]],
    widths: Mapping[_Place, float],
    neighbours: Mapping[_Place, tuple[list[_Place], list[_Place]]],
) -> dict[_Place, float]:
    """The middle of each place: near what it is joined with, in the order of its layer, without overlap."""
    centres: dict[_Place, float] = {}
    for layer in layers:
        at = 0.0
        for place in layer:
            centres[place] = at + widths[place] / 2
            at += widths[place] + GAP
    for sweep in range(_SWEEPS):
        side = sweep % 2
        for layer in layers if not side else layers[::-1]:
            wanted = [_mean([centres[each] for each in _joined(neighbours, place, side)], centres[place])
                      for place in layer]  # fmt: skip
            _spread(layer, wanted, widths, centres)
    left = min((centres[place] - widths[place] / 2 for place in centres), default=0.0)
    return {place: centre - left for place, centre in centres.items()}


def _spread(
    layer: Sequence[_Place], wanted: Sequence[float], widths: Mapping[_Place, float], centres: dict[_Place, float]
) -> None:
    """Puts places where they are wanted as far as there is room: from the left, from the right, and between the two."""

    def apart(one: _Place, other: _Place) -> float:
        return (widths[one] + widths[other]) / 2 + GAP

    left, right = list(wanted), list(wanted)
    for at in range(1, len(layer)):
        left[at] = max(left[at], left[at - 1] + apart(layer[at - 1], layer[at]))
    for at in range(len(layer) - 2, -1, -1):
        right[at] = min(right[at], right[at + 1] - apart(layer[at], layer[at + 1]))
    for place, one, other in zip(layer, left, right, strict=True):
        centres[place] = (one + other) / 2


def _tops(layers: Sequence[Sequence[_Place]], sizes: Mapping[str, tuple[float, float]]) -> tuple[list[float], float]:
    tops, at = [], 0.0
    for layer in layers:
        tops.append(at)
        at += _height(layer, sizes) + ROW
    return tops, max(0.0, at - ROW)


def _height(layer: Sequence[_Place], sizes: Mapping[str, tuple[float, float]]) -> float:
    return max((sizes[place][1] for place in layer if isinstance(place, str)), default=0.0)


def _mean(values: Sequence[float], otherwise: float) -> float:
    return sum(values) / len(values) if values else otherwise
