"""References within a JSON schema: what they lead to, and which of them lead back to where they are."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import unquote

import networkx


def referred(root: Mapping[str, Any], reference: str) -> Any:
    """What a reference within a schema leads to (`#/$defs/Name`); None where there is nothing."""
    found: Any = root
    for part in unquote(reference).removeprefix("#").split("/")[1:]:
        name = part.replace("~1", "/").replace("~0", "~")
        if isinstance(found, Mapping):
            found = found.get(name)
        elif isinstance(found, list) and name.isdecimal() and int(name) < len(found):
            found = found[int(name)]
        else:
            return None
    return found if reference.startswith("#") else None


def circular_references(root: Mapping[str, Any]) -> frozenset[int]:
    """The ids of the parts of a schema that refer to something which holds them: of a type that holds itself."""
    graph: networkx.DiGraph[int] = networkx.DiGraph()
    references = []
    for part in _parts(root):
        inner = part.values() if isinstance(part, Mapping) else part
        graph.add_edges_from((id(part), id(each)) for each in inner if isinstance(each, Mapping | list))
        if isinstance(part, Mapping) and isinstance(part.get("$ref"), str):
            target = referred(root, part["$ref"])
            if isinstance(target, Mapping | list):
                graph.add_edge(id(part), id(target))
                references.append((id(part), id(target)))
    component = {
        part: number for number, parts in enumerate(networkx.strongly_connected_components(graph)) for part in parts
    }
    return frozenset(part for part, target in references if component[part] == component[target])


def _parts(root: Mapping[str, Any]) -> Iterator[Mapping[str, Any] | list[Any]]:
    """Everything in a schema that holds something, itself too."""
    waiting: list[Mapping[str, Any] | list[Any]] = [root]
    while waiting:
        part = waiting.pop()
        yield part
        inner = part.values() if isinstance(part, Mapping) else part
        waiting += [each for each in inner if isinstance(each, Mapping | list)]
