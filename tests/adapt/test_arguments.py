"""JSON schemas of tools as types: whatever a server lists is declared so that it checks, and values arrive as sent."""

import json
import tempfile
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from hdsl.adapt.json_schema import schema_of_structure
from hdsl.adapt.tool_module import module_text, operation_names
from hdsl.check.session import check_file
from hdsl.structure.reading import read_strictly
from hdsl.tools.arguments import AsJson, Object, arguments_of, json_of, structure_of
from hdsl.tools.lock import Lock, PinnedTool, ServerAddress, lock_text, read_lock

WORDS = st.text(max_size=12)
KEYS = st.text(min_size=1, max_size=8)
PLAIN = st.sampled_from(
    [
        {"type": "string"},
        {"type": "integer"},
        {"type": "number"},
        {"type": "boolean"},
        {"type": ["string", "null"]},
        {"anyOf": [{"type": "integer"}, {"type": "null"}]},
        {"anyOf": [{"type": "integer"}, {"type": "string"}]},
        {"$ref": "#/$defs/Loop"},
        {"type": "array"},
        {"type": "object"},
        {"enum": ["a", "b"]},
        {},
        True,
        None,
    ]
)


def objects(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    return st.builds(
        lambda properties, required, said: {
            "type": "object",
            "properties": properties,
            "required": [key for key in properties if key in required],
            "description": said,
        },
        st.dictionaries(KEYS, inner, max_size=4),
        st.sets(KEYS, max_size=4),
        WORDS,
    )


SCHEMAS = st.recursive(
    PLAIN | st.builds(lambda enum: {"type": "string", "enum": enum}, st.lists(WORDS, max_size=4)),
    lambda inner: objects(inner) | st.builds(lambda items: {"type": "array", "items": items}, inner),
    max_leaves=8,
)
TOOLS = st.dictionaries(KEYS, st.tuples(objects(SCHEMAS), WORDS, st.none() | objects(SCHEMAS)), min_size=1, max_size=3)


@settings(max_examples=25, deadline=None)
@given(TOOLS, WORDS)
def test_whatever_a_server_lists_is_declared_so_that_it_checks(tools: dict[str, Any], server: str) -> None:
    loop = {"Loop": {"type": "object", "properties": {"next": {"$ref": "#/$defs/Loop"}}}}
    names = operation_names(tools)
    pinned = {}
    for name, (schema, said, output) in tools.items():
        definition = {"name": name, "description": said, "inputSchema": {**schema, "$defs": loop}}
        pinned[names[name]] = PinnedTool(definition if output is None else {**definition, "outputSchema": output})
    with tempfile.TemporaryDirectory() as folder:
        lock = Lock(Path(folder, "tools.lock"), ServerAddress(command=("server",)), pinned)
        lock.path.write_bytes(lock_text(lock).encode("utf-8", "backslashreplace"))
        file = lock.path.with_suffix(".hg")
        text = module_text(lock, server)
        file.write_text(text, "utf-8")
        errors = [each.message for each in check_file(file).diagnostics if each.severity == "error"]
        assert errors == [], text
        assert {name: tool.name for name, tool in read_lock(lock.path).tools.items()} == {
            name: tool.name for name, tool in pinned.items()
        }


def values_of(value: Any) -> st.SearchStrategy[Any]:
    """What a record may hold: as the tool is to get it."""
    match value:
        case AsJson():
            return st.recursive(st.integers() | st.text(max_size=4), lambda inner: st.lists(inner, max_size=2))
        case Object(arguments=arguments):
            needed = {each.key: values_of(each.value) for each in arguments if not each.optional}
            nulls = {each.key: values_of(each.value) | st.none() for each in arguments if each.is_null_if_absent}
            optional = {
                each.key: values_of(each.value) for each in arguments if each.optional and not each.is_null_if_absent
            }
            return st.fixed_dictionaries({**needed, **nulls}, optional=optional)
    structure = structure_of(value)
    match schema_of_structure(structure):
        case {"enum": enum}:
            return st.sampled_from(enum)
        case {"type": "array"}:
            return st.lists(values_of(value.item), max_size=2)
        case {"type": "integer"}:
            return st.integers(-(10**9), 10**9)
        case {"type": "number"}:
            return st.integers(-(10**6), 10**6).map(lambda number: number / 8)
        case {"type": "boolean"}:
            return st.booleans()
    return st.text(max_size=6)


def as_record(given: Any, value: Any) -> Any:
    """The value as a record of the language holds it."""
    match value:
        case AsJson():
            return json.dumps(given)
        case Object(arguments=arguments):
            return {
                each.name: as_record(given[each.key], each.value)
                for each in arguments
                if given.get(each.key) is not None or (each.key in given and isinstance(each.value, AsJson))
            }
    return [as_record(each, value.item) for each in given] if isinstance(given, list) else given


@settings(max_examples=25, deadline=None)
@given(objects(SCHEMAS), st.data())
def test_values_arrive_as_they_are_meant(schema: dict[str, Any], data: st.DataObject) -> None:
    wanted = arguments_of(schema)
    if not wanted.arguments:
        return
    sent = data.draw(values_of(wanted))
    text = read_strictly(json.dumps(as_record(sent, wanted)), structure_of(wanted))
    assert json_of(json.loads(text), wanted) == sent
