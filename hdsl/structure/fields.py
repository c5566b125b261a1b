"""A field of a record as a text: read, and put into the record in the place of what it was."""

from collections.abc import Iterator, Mapping, Sequence

from hdsl.structure.reading import NotOfStructure, read_strictly, value_of
from hdsl.structure.structures import ListOf, Record, Structure, found_at
from hdsl.structure.writing import Value, plain, written


def field_text(text: str, record: Record, names: Sequence[str]) -> str | None:
    """The field that a path of names leads to, as a text; None if it is absent. Raises NotOfStructure."""
    value = value_of(text, record)
    for name in names:
        assert isinstance(value, dict)
        if name not in value:
            return None
        value = value[name]
    return plain(value)


def with_field(text: str, record: Record, names: Sequence[str], better: str) -> str:
    """The record with another text for a field. Raises NotOfStructure if the field cannot hold it."""
    found = found_at(record, names)
    if found is None:
        raise NotOfStructure(f'has no field "{".".join(names)}"')
    whole = value_of(text, record)
    assert isinstance(whole, dict)
    inner = whole
    for name in names[:-1]:
        step = inner.setdefault(name, {})
        assert isinstance(step, dict)
        inner = step
    inner[names[-1]] = value_of(better, found[0])
    return read_strictly(written(whole), record)


def items_of(text: str, structure: ListOf) -> list[str]:
    """The items of a list, each as a text. Raises NotOfStructure."""
    value = value_of(text, structure)
    assert isinstance(value, list)
    return [plain(each) for each in value]


def with_items(text: str, structure: ListOf, better: Mapping[int, str]) -> str:
    """The list with other items at some places. Raises NotOfStructure for one that cannot be an item."""
    value = value_of(text, structure)
    assert isinstance(value, list)
    return written([value_of(better[at], structure.item) if at in better else each for at, each in enumerate(value)])


def values_alone(text: str, structure: Structure | None) -> str:
    """What a text says without the names of its fields, a value a line; a text that is not a record as it is."""
    if not isinstance(structure, Record | ListOf):
        return text
    try:
        value = value_of(text, structure)
    except NotOfStructure:
        return text
    return "\n".join(_leaves(value))


def _leaves(value: Value) -> Iterator[str]:
    match value:
        case dict():
            for each in value.values():
                yield from _leaves(each)
        case list():
            for each in value:
                yield from _leaves(each)
        case _:
            yield plain(value)
