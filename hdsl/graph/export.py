"""A program as JSON, as dot, as mermaid, as an SVG and as a page."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from hdsl.graph.drawing import Arrow, Box, draw
from hdsl.graph.program import ConstantArgument, Node, NodeArgument, Option, Program, Switch, TableArgument, Text
from hdsl.graph.shapes import shown_shape
from hdsl.graph.typed import OptionReference
from hdsl.graph.types import shown_type
from hdsl.ground.page import escaped, facts, page, table

NOTHING: Mapping[str, str] = {}


def to_json(program: Program) -> str:
    """The program as one JSON object: its inputs, options, nodes and result."""
    return json.dumps(plain(program), indent=2, ensure_ascii=False) + "\n"


def plain(program: Program) -> dict[str, Any]:
    """The program as plain data, as `to_json` writes it and `drawing` draws it."""
    return {
        "version": 1,
        "harness": program.name,
        "file": program.module,
        "inputs": [
            {"name": wanted.name, "type": shown_type(wanted.type), "shape": list(wanted.shape)}
            for wanted in program.inputs
        ],
        "options": [
            {
                "name": option.name,
                "type": option.kind if isinstance(option.kind, str) else "op",
                "default": option.default,
            }
            for option in program.options
        ],
        "nodes": [_node(node) for node in program.nodes.values()],
        "result": program.result,
        "experiences": [
            {"name": key, "type": shown_type(table.type), "rows": len(table.rows), "file": table.module}
            for key, table in program.tables.items()
        ],
    }


def _node(node: Node) -> dict[str, Any]:
    (line, column), (end_line, end_column) = (node.source.position(offset) for offset in node.span)
    text = {"text": node.what.shown(node.arguments)} if isinstance(node.what, Text) else {}
    return {
        "path": node.path,
        "operation": node.shown,
        "type": node.type.name,
        "labels": list(node.type.label_texts),
        "shape": list(node.shape),
        "effects": [str(effect) for effect in node.effects],
        "inputs": [_argument(argument) for argument in node.arguments],
        "options": {name: _option(value) for name, value in node.options.items()},
        **text,
        "cases": list(node.what.labels) if isinstance(node.what, Switch) else [],
        "file": node.module,
        "span": {
            "start": {"line": line, "column": column, "offset": node.span.start},
            "end": {"line": end_line, "column": end_column, "offset": node.span.end},
        },
    }


def _option(value: Option) -> object:
    if isinstance(value, OptionReference):
        return {"option": value.name}
    return list(value) if isinstance(value, tuple) else value


def _argument(argument: object) -> dict[str, Any] | None:
    match argument:
        case NodeArgument(path=path):
            return {"node": path}
        case ConstantArgument(texts=texts):
            return {"text": texts if isinstance(texts, str) else list(texts)}
        case TableArgument(key=key):
            return {"experience": key}
        case _:
            return None


def to_dot(program: Program) -> str:
    """The program in graphviz's language: one box a node, effects in its label, experiences as cylinders."""
    graph = plain(program)
    lines = [f"digraph {json.dumps(program.name)} {{", "  rankdir=TB;", '  node [shape=box, fontname="monospace"];']
    for node in graph["nodes"]:
        style = ", style=bold" if node["path"] == program.result else ""
        label = json.dumps("\n".join(_lines(node)), ensure_ascii=False)
        lines.append(f"  {json.dumps(node['path'])} [label={label}{style}];")
    for key in program.tables:
        lines.append(f"  {json.dumps(_table_box(key))} [label={json.dumps(key)}, shape=cylinder];")
    for arrow in _arrows(graph):
        shown = f" [label={json.dumps(arrow.label, ensure_ascii=False)}]" if arrow.label else ""
        lines.append(f"  {json.dumps(arrow.source)} -> {json.dumps(arrow.target)}{shown};")
    return "\n".join([*lines, "}"]) + "\n"


def to_mermaid(program: Program) -> str:
    """The program as a mermaid flowchart."""
    graph = plain(program)
    names = [*program.nodes, *map(_table_box, program.tables)]
    identifiers = {name: f"n{number}" for number, name in enumerate(names)}
    lines = ["flowchart TD"]
    for node in graph["nodes"]:
        shown = "<br/>".join(map(_escaped, _lines(node)))
        lines.append(f'  {identifiers[node["path"]]}["{shown}"]')
    for key in program.tables:
        lines.append(f'  {identifiers[_table_box(key)]}[("{key}")]')
    for arrow in _arrows(graph):
        shown = f'|"{_escaped(arrow.label)}"|' if arrow.label else ""
        lines.append(f"  {identifiers[arrow.source]} -->{shown} {identifiers[arrow.target]}")
    return "\n".join(lines) + "\n"


def to_svg(program: Program) -> str:
    """The program as a drawing: a box a node, a cylinder an experience."""
    return drawing(plain(program))


def to_html(program: Program) -> str:
    """One page that stands alone: the drawing, and what is known of each node."""
    graph = plain(program)
    links = node_links(graph)
    about = "\n".join(_about(node, links[node["path"]]) for node in graph["nodes"])
    columns = ["name", "type", "rows in the file", "file"]
    body = (
        f"<h1>{escaped(program.name)}</h1>\n<p>The graph of {escaped(program.module)}: {len(program.nodes)} nodes; "
        f'its result is <code>{escaped(program.result)}</code>.</p>\n<div class="wide">\n'
        f"{drawing(graph, links=links)}</div>\n<h2>Nodes</h2>\n{about}"
    )
    if graph["experiences"]:
        rows = [[each["name"], each["type"], each["rows"], each["file"]] for each in graph["experiences"]]
        body += f"\n<h2>Experience</h2>\n{table(columns, rows)}"
    return page(f"{program.name}: graph", body)


def node_links(graph: Mapping[str, Any]) -> dict[str, str]:
    """By the path of each node, the name of the place of a page where it is told about."""
    return {node["path"]: f"node-{number}" for number, node in enumerate(graph["nodes"])}


def drawing(
    graph: Mapping[str, Any],
    *,
    links: Mapping[str, str] = NOTHING,
    fills: Mapping[str, str] = NOTHING,
    added: Mapping[str, str] = NOTHING,
) -> str:
    """A program that `plain` made plain data as one `<svg>`.

    By the paths of its nodes: where each leads to on the page, its colour, and a line more.
    """
    boxes = [
        Box(
            node["path"],
            (*_lines(node), *filter(None, [added.get(node["path"])])),
            fill=fills.get(node["path"], "#ffffff"),
            is_bold=node["path"] == graph["result"],
            link=links.get(node["path"], ""),
        )
        for node in graph["nodes"]
    ]
    boxes += [Box(_table_box(each["name"]), (each["name"],), "table", "#eef3fb") for each in graph["experiences"]]
    return draw(boxes, list(_arrows(graph)), graph["harness"])


def _lines(node: Mapping[str, Any]) -> list[str]:
    effects = "".join(f" {effect}" for effect in node["effects"])
    return [node["path"], f"{node['operation']}{effects}", f"{node['type']}{shown_shape(tuple(node['shape']))}"]


def _arrows(graph: Mapping[str, Any]) -> Iterator[Arrow]:
    for node in graph["nodes"]:
        cases = [None, *node["cases"]] if node["cases"] else []
        for position, taken in enumerate(node["inputs"]):
            label = (cases[position] or "else") if cases and position else ""
            match taken:
                case {"node": path}:
                    yield Arrow(path, node["path"], label)
                case {"experience": key}:
                    yield Arrow(_table_box(key), node["path"], label)


def _table_box(key: str) -> str:
    """The name of the box of an experience, which may be named like a node."""
    return f"experience {key}"


def _about(node: Mapping[str, Any], place: str) -> str:
    taken = [each.get("node") or each.get("experience") for each in node["inputs"] if each is not None]
    options = (f"{name}={json.dumps(value, ensure_ascii=False)}" for name, value in node["options"].items())
    listed = facts(
        [
            ("operation", node["operation"]),
            ("type", f"{node['type']}{shown_shape(tuple(node['shape']))}"),
            ("labels", ", ".join(node["labels"])),
            ("effects", " ".join(node["effects"])),
            ("takes", ", ".join(filter(None, taken))),
            ("options", ", ".join(options)),
            ("text", node.get("text", "")),
            ("written in", f"{node['file']}:{node['span']['start']['line']}"),
        ]
    )
    return (
        f'<details id="{place}" open><summary><code>{escaped(node["path"])}</code> '
        f'<span class="quiet">{escaped(node["operation"])}</span></summary>{listed}</details>'
    )


def _escaped(text: str) -> str:
    """A text that mermaid shows as it is."""
    return text.translate({ord(character): f"#{ord(character)};" for character in '#"<>&\n'})
