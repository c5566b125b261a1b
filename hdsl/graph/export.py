"""A program as JSON, as dot, and as mermaid."""

import json
from collections.abc import Callable
from typing import Any

from hdsl.graph.program import ConstantArgument, Node, NodeArgument, Option, Program, Switch, TableArgument, Text
from hdsl.graph.shapes import shown_shape
from hdsl.graph.typed import OptionReference
from hdsl.graph.types import shown_type


def to_json(program: Program) -> str:
    """The program as one JSON object: its inputs, options, nodes and result."""
    value = {
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
    return json.dumps(value, indent=2, ensure_ascii=False) + "\n"


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
    lines = [f"digraph {json.dumps(program.name)} {{", "  rankdir=TB;", '  node [shape=box, fontname="monospace"];']
    for node in program.nodes.values():
        style = ", style=bold" if node.path == program.result else ""
        label = json.dumps(chr(10).join(_label(node)), ensure_ascii=False)
        lines.append(f"  {json.dumps(node.path)} [label={label}{style}];")
    for key in program.tables:
        lines.append(f"  {json.dumps('experience ' + key)} [label={json.dumps(key)}, shape=cylinder];")
    for source, target, label in _edges(program, lambda key: "experience " + key):
        shown = f" [label={json.dumps(label, ensure_ascii=False)}]" if label else ""
        lines.append(f"  {json.dumps(source)} -> {json.dumps(target)}{shown};")
    return "\n".join([*lines, "}"]) + "\n"


def to_mermaid(program: Program) -> str:
    """The program as a mermaid flowchart."""
    identifiers = {path: f"n{i}" for i, path in enumerate([*program.nodes, *(f"e {key}" for key in program.tables)])}
    lines = ["flowchart TD"]
    for node in program.nodes.values():
        shown = "<br/>".join(map(_escaped, _label(node)))
        lines.append(f'  {identifiers[node.path]}["{shown}"]')
    for key in program.tables:
        lines.append(f'  {identifiers[f"e {key}"]}[("{key}")]')
    for source, target, label in _edges(program, lambda key: f"e {key}"):
        shown = f'|"{_escaped(label)}"|' if label else ""
        lines.append(f"  {identifiers[source]} -->{shown} {identifiers[target]}")
    return "\n".join(lines) + "\n"


def _escaped(text: str) -> str:
    """A text that mermaid shows as it is."""
    return text.translate({ord(character): f"#{ord(character)};" for character in '#"<>&\n'})


def _label(node: Node) -> list[str]:
    effects = "".join(f" {effect}" for effect in node.effects)
    return [node.path, f"{node.shown}{effects}", f"{node.type.name}{shown_shape(node.shape)}"]


def _edges(program: Program, table: Callable[[str], str]) -> list[tuple[str, str, str]]:
    edges: list[tuple[str, str, str]] = []
    for node in program.nodes.values():
        for position, argument in enumerate(node.arguments):
            label = ""
            if isinstance(node.what, Switch) and position:
                label = node.what.labels[position - 1] or "else"
            if isinstance(argument, NodeArgument):
                edges.append((argument.path, node.path, label))
            elif isinstance(argument, TableArgument):
                edges.append((table(argument.key), node.path, label))
    return edges
