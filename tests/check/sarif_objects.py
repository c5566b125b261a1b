"""The objects of SARIF 2.1.0 that are written here, as its standard defines them: names, kinds and what must be there.

No copy of the published JSON schema is among the packages of this project; this is its part for what `hdsl` writes.
"""

from collections.abc import Iterator
from typing import Any, NamedTuple


class Property(NamedTuple):
    """`kind` is a Python type, or the name of an object below; `listed` where it is an array of these, all distinct."""

    kind: type | str
    listed: bool = False
    least: int | None = None
    """The least number, or the least number of items."""
    among: tuple[str, ...] = ()


TEXT = Property(str)
MESSAGE = Property("message")

OBJECTS: dict[str, tuple[frozenset[str], dict[str, Property]]] = {
    "log": (
        frozenset({"version", "runs"}),
        {"$schema": TEXT, "version": Property(str, among=("2.1.0",)), "runs": Property("run", listed=True, least=0)},
    ),
    "run": (
        frozenset({"tool"}),
        {
            "tool": Property("tool"),
            "columnKind": Property(str, among=("utf16CodeUnits", "unicodeCodePoints")),
            "artifacts": Property("artifact", listed=True, least=0),
            "results": Property("result", listed=True, least=0),
        },
    ),
    "tool": (frozenset({"driver"}), {"driver": Property("toolComponent")}),
    "toolComponent": (
        frozenset({"name"}),
        {"name": TEXT, "version": TEXT, "rules": Property("reportingDescriptor", listed=True, least=0)},
    ),
    "reportingDescriptor": (
        frozenset({"id"}),
        {
            "id": TEXT,
            "name": TEXT,
            "shortDescription": Property("multiformatMessageString"),
            "fullDescription": Property("multiformatMessageString"),
            "help": Property("multiformatMessageString"),
            "defaultConfiguration": Property("reportingConfiguration"),
        },
    ),
    "multiformatMessageString": (frozenset({"text"}), {"text": TEXT, "markdown": TEXT}),
    "reportingConfiguration": (
        frozenset(),
        {"level": Property(str, among=("none", "note", "warning", "error"))},
    ),
    "artifact": (frozenset(), {"location": Property("artifactLocation")}),
    "artifactLocation": (frozenset(), {"uri": TEXT}),
    "result": (
        frozenset({"message"}),
        {
            "ruleId": TEXT,
            "ruleIndex": Property(int, least=-1),
            "level": Property(str, among=("none", "note", "warning", "error")),
            "message": MESSAGE,
            "locations": Property("location", listed=True, least=0),
            "relatedLocations": Property("location", listed=True, least=0),
            "fixes": Property("fix", listed=True, least=0),
        },
    ),
    "message": (frozenset({"text"}), {"text": TEXT}),
    "location": (
        frozenset(),
        {"id": Property(int, least=-1), "physicalLocation": Property("physicalLocation"), "message": MESSAGE},
    ),
    "physicalLocation": (
        frozenset({"artifactLocation"}),
        {"artifactLocation": Property("artifactLocation"), "region": Property("region")},
    ),
    "region": (
        frozenset(),
        {
            "startLine": Property(int, least=1),
            "startColumn": Property(int, least=1),
            "endLine": Property(int, least=1),
            "endColumn": Property(int, least=1),
        },
    ),
    "fix": (
        frozenset({"artifactChanges"}),
        {"description": MESSAGE, "artifactChanges": Property("artifactChange", listed=True, least=1)},
    ),
    "artifactChange": (
        frozenset({"artifactLocation", "replacements"}),
        {
            "artifactLocation": Property("artifactLocation"),
            "replacements": Property("replacement", listed=True, least=1),
        },
    ),
    "replacement": (
        frozenset({"deletedRegion"}),
        {"deletedRegion": Property("region"), "insertedContent": Property("artifactContent")},
    ),
    "artifactContent": (frozenset(), {"text": TEXT}),
}


def violations(value: Any, name: str = "log", path: str = "") -> Iterator[str]:
    """Where a value is not the object of this name."""
    if not isinstance(value, dict):
        yield f"{path} is not a {name}"
        return
    required, properties = OBJECTS[name]
    yield from (f"{path} has no {key}" for key in sorted(required - value.keys()))
    for key, item in value.items():
        if key not in properties:
            yield f"{path}.{key} is not a property of a {name}"
        else:
            yield from _property(item, properties[key], f"{path}.{key}")


def _property(value: Any, wanted: Property, path: str) -> Iterator[str]:
    if not wanted.listed:
        yield from _single(value, wanted, path)
        return
    if not isinstance(value, list) or len(value) < (wanted.least or 0):
        yield f"{path} is not a list, or too short"
        return
    if any(value.count(item) > 1 for item in value):
        yield f"{path} holds one item twice"
    for i, item in enumerate(value):
        yield from _single(item, wanted._replace(least=None), f"{path}[{i}]")


def _single(value: Any, wanted: Property, path: str) -> Iterator[str]:
    if isinstance(wanted.kind, str):
        yield from violations(value, wanted.kind, path)
    elif type(value) is not wanted.kind:
        yield f"{path} is not a {wanted.kind.__name__}"
    elif wanted.among and value not in wanted.among:
        yield f"{path} is none of {wanted.among}"
    elif wanted.least is not None and value < wanted.least:
        yield f"{path} is under {wanted.least}"
