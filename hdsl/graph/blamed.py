"""A program as text, dot, SVG and a page, its nodes coloured by how much of a loss is put on them."""

import json
from collections.abc import Mapping
from typing import NamedTuple

from hdsl.graph.export import NOTHING, drawing, node_links, plain
from hdsl.graph.program import Node, NodeArgument, Program, TableArgument
from hdsl.ground.page import escaped, facts, page

BAR = 20


class Blame(NamedTuple):
    """What a reflection found of a node: its share of the loss (0 to 1), the lines of the examples behind it."""

    share: float
    examples: tuple[int, ...] = ()
    ran: int = 0
    failed: int = 0


NO_BLAME = Blame(0.0)


def to_text(program: Program, blame: Mapping[str, Blame]) -> str:
    """One line a node, in order: a bar of its share, its path, its operation and what it takes."""
    width = max((len(path) for path in program.nodes), default=0)
    lines = []
    for path, node in program.nodes.items():
        found = blame.get(path, NO_BLAME)
        bar = "#" * round(found.share * BAR)
        examples = f"  examples {_listed(found.examples)}" if found.examples else ""
        taken = ", ".join(_taken(node))
        lines.append(f"{bar:<{BAR}} {found.share:>4.0%}  {path:<{width}}  {node.shown}({taken}){examples}")
    return "\n".join(lines) + "\n"


def to_dot(program: Program, blame: Mapping[str, Blame]) -> str:
    """The program in graphviz's language; the more loss a node has, the redder it is."""
    lines = [f"digraph {json.dumps(program.name)} {{", '  node [shape=box, style=filled, fontname="monospace"];']
    for path, node in program.nodes.items():
        found = blame.get(path, NO_BLAME)
        label = json.dumps(f"{path}\n{node.shown}\n{found.share:.0%} of the loss", ensure_ascii=False)
        lines.append(f'  {json.dumps(path)} [label={label}, fillcolor="{colour(found.share)}"];')
    for source, target, _ in program.edges():
        lines.append(f"  {json.dumps(source)} -> {json.dumps(target)};")
    return "\n".join([*lines, "}"]) + "\n"


def to_svg(program: Program, blame: Mapping[str, Blame]) -> str:
    """The program as a drawing; the more loss a node has, the redder it is."""
    return _drawn(program, blame)


def to_html(program: Program, blame: Mapping[str, Blame], run: str) -> str:
    """One page that stands alone: the drawing, and for each node what the reflection found of it."""
    links = node_links(plain(program))
    boxes = "\n".join(_box(path, node, blame.get(path, NO_BLAME), links[path]) for path, node in program.nodes.items())
    title = f"{program.name}: blame"
    about = f"By the reflection {escaped(run)}. The redder a node, the more of the loss is put on it."
    drawn = f'<div class="wide">\n{_drawn(program, blame, links)}</div>'
    return page(title, f"<h1>{escaped(title)}</h1>\n<p>{about}</p>\n{drawn}\n<h2>Nodes</h2>\n{boxes}")


def _drawn(program: Program, blame: Mapping[str, Blame], links: Mapping[str, str] = NOTHING) -> str:
    found = {path: blame.get(path, NO_BLAME) for path in program.nodes}
    return drawing(
        plain(program),
        links=links,
        fills={path: colour(each.share) for path, each in found.items()},
        added={path: f"{each.share:.0%} of the loss" for path, each in found.items()},
    )


def colour(share: float) -> str:
    """From white, for no blame, to red."""
    other = round(255 - 155 * min(1.0, max(0.0, share)))
    return f"#ff{other:02x}{other:02x}" if share > 0 else "#ffffff"


def _box(path: str, node: Node, found: Blame, place: str) -> str:
    listed = facts(
        [
            ("operation", f"{node.shown}({', '.join(_taken(node))})"),
            ("share of the loss", f"{found.share:.0%}"),
            ("ran", f"{found.ran} times, failed {found.failed}"),
            ("examples", ", ".join(map(str, found.examples)) or "none"),
        ]
    )
    is_blamed = ' class="failed"' if found.share > 0 else ""
    return (
        f'<details id="{place}"><summary><code>{escaped(path)}</code> <span{is_blamed}>{found.share:.0%}</span>'
        f"</summary>{listed}</details>"
    )


def _taken(node: Node) -> list[str]:
    """What a node takes: nodes by their paths, tables by their keys."""
    return [
        each.path if isinstance(each, NodeArgument) else each.key
        for each in node.arguments
        if isinstance(each, NodeArgument | TableArgument)
    ]


def _listed(lines: tuple[int, ...], most: int = 8) -> str:
    shown = ", ".join(map(str, lines[:most]))
    return f"{shown}, …" if len(lines) > most else shown
