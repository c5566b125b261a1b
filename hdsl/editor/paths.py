"""The names in paths: the nodes that a stub names one inside the other, and the fields of a record."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from hdsl.check.library import library
from hdsl.check.names import find_callable
from hdsl.check.project import PRELUDE
from hdsl.editor.workspace import Workspace
from hdsl.graph.typed import Module
from hdsl.syntax import tree
from hdsl.syntax.tree import Name, Span


def parts_of(path: Name) -> list[Name]:
    """The names of a path, each where it stands; of one that is written with blanks inside the first alone."""
    parts = path.text.split(".")
    if path.span.end - path.span.start != len(path.text):
        parts = parts[:1]
    found: list[Name] = []
    start = path.span.start
    for part in parts:
        found.append(Name(part, Span(start, start + len(part))))
        start += len(part) + 1
    return found


def nodes_of(
    workspace: Workspace, module: Module, harness: str, path: Sequence[Name]
) -> Iterator[tuple[Name, Module, Name]]:
    """For each name of a path into a harness of a module: the module and the place of the node that it names."""
    for part in path:
        declared = _declaration(workspace, module, harness)
        node = None if declared is None else _node(declared, part.text)
        if node is None:
            return
        yield part, module, node.name
        if not isinstance(node.value, tree.Call):
            return
        signature = find_callable(module, library()[PRELUDE], node.value.operation.text)
        if signature is None or not signature.is_harness:
            return
        found = module.reachable.get(signature.module) or library().get(signature.module)
        if found is None:
            return
        module, harness = found, signature.name


def fields_of(
    workspace: Workspace, module: Module, kind: Name, path: Sequence[Name]
) -> Iterator[tuple[Name, Module, Name]]:
    """For each name of a path into a type: the module and the place of the field that it names."""
    for part in path:
        alias, dot, last = kind.text.rpartition(".")
        declaring = module.uses.get(alias) if dot else module
        record = None if declaring is None else _record(workspace, declaring, last)
        field = None if record is None else next((each for each in record.fields if each.name.text == part.text), None)
        if declaring is None or field is None:
            return
        yield part, declaring, field.name
        if not isinstance(field.type, Name):
            return
        module, kind = declaring, field.type


def _declaration(workspace: Workspace, module: Module, name: str) -> tree.Harness | None:
    items = workspace.tree_of(module).items
    return next((item for item in items if isinstance(item, tree.Harness) and item.name.text == name), None)


def _record(workspace: Workspace, module: Module, name: str) -> tree.RecordDeclaration | None:
    items = workspace.tree_of(module).items
    records = (item for item in items if isinstance(item, tree.RecordDeclaration))
    return next((item for item in records if item.name.text == name), None)


def _node(harness: tree.Harness, name: str) -> tree.Node | None:
    nodes = (each for each in harness.body if isinstance(each, tree.Node))
    return next((each for each in nodes if each.name.text == name), None)
