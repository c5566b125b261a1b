"""A program as text, dot and HTML, its nodes coloured by how much of a loss is put on them."""

import html
import json
from collections.abc import Mapping
from typing import NamedTuple

from hdsl.graph.program import Node, NodeArgument, Program, TableArgument

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


def to_html(program: Program, blame: Mapping[str, Blame], run: str) -> str:
    """One page that stands alone: a box a node in the order of the data, which opens to show its evidence."""
    boxes = "\n".join(_box(path, node, blame.get(path, NO_BLAME)) for path, node in program.nodes.items())
    title = html.escape(f"{program.name}: blame")
    about = f"By the reflection {html.escape(run)}. The redder a node, the more of the loss is put on it."
    head = f'<head>\n<meta charset="utf-8">\n<title>{title}</title>\n{_STYLE}\n</head>'
    body = f"<body>\n<h1>{title}</h1>\n<p>{about}</p>\n{boxes}\n</body>"
    return f'<!doctype html>\n<html lang="en">\n{head}\n{body}\n</html>\n'


def colour(share: float) -> str:
    """From white, for no blame, to red."""
    other = round(255 - 155 * min(1.0, max(0.0, share)))
    return f"#ff{other:02x}{other:02x}" if share > 0 else "#ffffff"


_STYLE = (
    "<style>body{font:16px/1.4 sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#111;background:#fff}"
    "details{border:1px solid #999;border-radius:4px;margin:.5rem 0}summary{padding:.5rem;cursor:pointer}"
    "dl{margin:.5rem 1rem;display:grid;grid-template-columns:max-content auto;gap:.2rem 1rem}dd{margin:0}"
    "code{font-family:monospace}</style>"
)


def _box(path: str, node: Node, found: Blame) -> str:
    facts = {
        "operation": f"{node.shown}({', '.join(_taken(node))})",
        "share of the loss": f"{found.share:.0%}",
        "ran": f"{found.ran} times, failed {found.failed}",
        "examples": ", ".join(map(str, found.examples)) or "none",
    }
    listed = "".join(f"<dt>{name}</dt><dd><code>{html.escape(fact)}</code></dd>" for name, fact in facts.items())
    return (
        f'<details style="background:{colour(found.share)}"><summary><code>{html.escape(path)}</code> '
        f"{found.share:.0%}</summary><dl>{listed}</dl></details>"
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
