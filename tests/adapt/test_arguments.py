"""JSON schemas of tools as types: whatever a server lists is declared so that it checks, and values arrive as sent."""

import json
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hdsl.adapt.json_schema import schema_of_structure
from hdsl.adapt.tool_module import module_text, operation_names
from hdsl.check.session import check_file
from hdsl.structure.reading import read_strictly
from hdsl.structure.structures import Field, ListOf, Plain, Record, Structure
from hdsl.tools.arguments import MOST_FIELDS, Array, AsJson, Object, SchemaTooLarge, Value, arguments_of, json_of
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


def structure_of(value: Value) -> Structure:
    """What a text of the language is made of that holds such a value."""
    match value:
        case AsJson():
            return Plain("text")
        case Array(item=item):
            return ListOf(structure_of(item))
        case Object(arguments=arguments):
            return Record(tuple(Field(each.name, structure_of(each.value), each.optional, "") for each in arguments))
        case _:
            return value


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


def fields_of(value: Value) -> int:
    """The fields that a value comes to where it is written out."""
    match value:
        case Array(item=item):
            return fields_of(item)
        case Object(arguments=arguments):
            return sum(1 + fields_of(each.value) for each in arguments)
    return 0


def shared(width: int, height: int) -> dict[str, Any]:
    """A schema of a few lines that comes to `width ** height` fields: each type holds the next one several times."""
    types: dict[str, Any] = {f"T{height}": {"type": "object", "properties": {"x": {"type": "string"}}}}
    for level in range(height):
        inner = {"$ref": f"#/$defs/T{level + 1}"}
        types[f"T{level}"] = {"type": "object", "properties": {f"f{number}": inner for number in range(width)}}
    return {"type": "object", "properties": {"whole": {"$ref": "#/$defs/T0"}, "y": {"type": "integer"}}, "$defs": types}


def test_shared_types_are_read_once_and_written_out_within_a_limit() -> None:
    small = arguments_of(shared(2, 3)).arguments[0].value
    assert fields_of(small) == 2 + 4 + 8 + 8
    for schema in (shared(30, 7), shared(3, 400)):
        found = arguments_of(schema)
        assert 1 < fields_of(found) <= MOST_FIELDS
        assert json_of({"whole": '{"f0": 1}', "y": 2}, Object((found.arguments[1],))) == {"y": 2}
    wide = {"type": "object", "properties": {f"a{number}": {"type": "string"} for number in range(MOST_FIELDS + 1)}}
    with pytest.raises(SchemaTooLarge, match="501 arguments, and 500 are the most"):
        arguments_of(wide)
    definition = {"name": "wide", "inputSchema": wide}
    with pytest.raises(SchemaTooLarge, match=r"the tool `wide` cannot be declared: .* --tool"):
        module_text(Lock(Path("tools.lock"), ServerAddress(command=("x",)), {"wide": PinnedTool(definition)}), "")
    held = {"type": "object", "properties": {"wide": wide, "id": {"type": "integer"}}}
    assert [type(each.value) for each in arguments_of(held).arguments] == [AsJson, Plain]


def test_a_type_that_holds_itself_is_json_where_it_does() -> None:
    fields = {name: {"$ref": "#/$defs/a~1Node"} for name in map(str, range(20))}
    node = {"type": "object", "properties": {"name": {"type": "string"}, **fields}}
    schema = {
        "type": "object",
        "properties": {"root": {"$ref": "#/$defs/a~1Node"}, "loop": {"$ref": "#/$defs/One"}, "all": {"$ref": "#"}},
        "$defs": {"a/Node": node, "One": {"$ref": "#/$defs/Other"}, "Other": {"anyOf": [{"$ref": "#/$defs/One"}]}},
    }
    root, loop, whole = (each.value for each in arguments_of(schema).arguments)
    assert isinstance(root, Object) and [each.name for each in root.arguments][:2] == ["name", "_0"]
    assert {each.value for each in root.arguments} == {Plain("text"), AsJson("a type that holds itself")}
    assert loop == whole == AsJson("a type that holds itself")
