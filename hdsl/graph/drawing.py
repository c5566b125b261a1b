"""Boxes and arrows as an SVG: the one way in which a graph is drawn."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal
from unicodedata import east_asian_width

from hdsl.graph.layers import laid_out
from hdsl.ground.display import one_line
from hdsl.ground.page import escaped

_CHARACTER, _LINE, _PADDING, _MARGIN, _LID = 7.3, 17, 9, 14, 7
_WIDEST = 44
"""Characters that a line of a box has at most; the rest of it is in the title."""


@dataclass(frozen=True, slots=True)
class Box:
    """One box. `link`: the name of a place of the page that it leads to; empty in a file of its own."""

    name: str
    lines: tuple[str, ...]
    shape: Literal["node", "table"] = "node"
    fill: str = "#ffffff"
    is_bold: bool = False
    link: str = ""


@dataclass(frozen=True, slots=True)
class Arrow:
    """From one box to another."""

    source: str
    target: str
    label: str = ""


def draw(boxes: Sequence[Box], arrows: Sequence[Arrow], title: str) -> str:
    """One `<svg>` element with everything in it."""
    named = {box.name: box for box in boxes}
    known = [arrow for arrow in arrows if arrow.source in named and arrow.target in named]
    shown = {box.name: tuple(one_line(line, _WIDEST) for line in box.lines) for box in boxes}
    sizes = {name: _size(shown[name], named[name]) for name in named}
    layout = laid_out(sizes, [(arrow.source, arrow.target) for arrow in known])
    parts = [_arrow(arrow, layout.corners, sizes, layout.bends.get(number, ())) for number, arrow in enumerate(known)]
    labels: dict[str, list[str]] = {}
    for arrow in known:
        if arrow.label:
            labels.setdefault(arrow.source, []).append(arrow.label)
    parts += [_label(", ".join(texts), layout.corners[name], sizes[name]) for name, texts in labels.items()]
    parts += [_box(box, shown[box.name], layout.corners[box.name], sizes[box.name]) for box in boxes]
    width, height = round(layout.width + 2 * _MARGIN), round(layout.height + 2 * _MARGIN)
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" '
        f'viewBox="{-_MARGIN} {-_MARGIN} {width} {height}" font-family="ui-monospace, monospace" font-size="12">'
    )
    marker = (
        '<defs><marker id="arrow" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="8" markerHeight="8" orient="auto">'
        '<path d="M0 0 8 4 0 8z" fill="#555"/></marker></defs>'
    )
    ground = f'<rect x="{-_MARGIN}" y="{-_MARGIN}" width="{width}" height="{height}" fill="#ffffff"/>'
    return "\n".join([head, f"<title>{escaped(title)}</title>", marker, ground, *parts, "</svg>"]) + "\n"


def _size(lines: Sequence[str], box: Box) -> tuple[float, float]:
    longest = max((sum(2 if east_asian_width(each) in "WF" else 1 for each in line) for line in lines), default=1)
    lid = 2 * _LID if box.shape == "table" else 0
    return longest * _CHARACTER + 2 * _PADDING, len(lines) * _LINE + 2 * _PADDING - 4 + lid


def _box(box: Box, lines: Sequence[str], corner: tuple[float, float], size: tuple[float, float]) -> str:
    (x, y), (width, height) = corner, size
    line = f'fill="{escaped(box.fill)}" stroke="#333" stroke-width="{2 if box.is_bold else 1}"'
    if box.shape == "table":
        curve = f"a{width / 2:.1f} {_LID} 0 0 0 {width:.1f} 0"
        body = f"M{x:.1f} {y + _LID:.1f}v{height - 2 * _LID:.1f}{curve}v{2 * _LID - height:.1f}"
        outline = (
            f'<path d="{body}a{width / 2:.1f} {_LID} 0 0 0 {-width:.1f} 0z" {line}/>'
            f'<path d="M{x:.1f} {y + _LID:.1f}{curve}" fill="none" stroke="#333"/>'
        )
    else:
        outline = f'<rect x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}" rx="4" {line}/>'
    first = y + _PADDING + 10 + (_LID if box.shape == "table" else 0)
    texts = "".join(
        f'<text x="{x + width / 2:.1f}" y="{first + at * _LINE:.1f}" text-anchor="middle" fill="{colour}"{weight}>'
        f"{escaped(text)}</text>"
        for at, text in enumerate(lines)
        for colour, weight in [("#111", ' font-weight="bold"') if at == 0 else ("#444", "")]
    )
    inside = f"<title>{escaped(chr(10).join(box.lines))}</title>{outline}{texts}"
    return f'<a href="#{escaped(box.link)}">{inside}</a>' if box.link else f"<g>{inside}</g>"


def _arrow(
    arrow: Arrow,
    corners: Mapping[str, tuple[float, float]],
    sizes: Mapping[str, tuple[float, float]],
    bends: Sequence[tuple[float, float]],
) -> str:
    """A curve from the lower edge of a box to the upper edge of another."""
    (x, y), (width, height) = corners[arrow.source], sizes[arrow.source]
    (end_x, end_y), end_width = corners[arrow.target], sizes[arrow.target][0]
    points = [(x + width / 2, y + height), *bends, (end_x + end_width / 2, end_y)]
    path = f"M{points[0][0]:.1f} {points[0][1]:.1f}"
    for (from_x, from_y), (to_x, to_y) in pairwise(points):
        middle = (from_y + to_y) / 2
        path += f"C{from_x:.1f} {middle:.1f} {to_x:.1f} {middle:.1f} {to_x:.1f} {to_y:.1f}"
    return f'<path d="{path}" fill="none" stroke="#555" marker-end="url(#arrow)"/>'


def _label(text: str, corner: tuple[float, float], size: tuple[float, float]) -> str:
    """What stands below a box, where its arrows begin."""
    at = f'x="{corner[0] + size[0] / 2 + 5:.1f}" y="{corner[1] + size[1] + 13:.1f}"'
    return f'<text {at} font-size="11" fill="#174ea6">{escaped(one_line(text, _WIDEST))}</text>'
