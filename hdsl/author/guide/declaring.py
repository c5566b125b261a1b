"""The declarations of a file: types of labels and of fields, tables of rows, and the head of the harness."""

from collections.abc import Generator
from dataclasses import dataclass, field

from hdsl.author.guide.literals import text_of
from hdsl.author.guide.rules import Rules, quoted
from hdsl.graph.typed import ExperienceTable
from hdsl.graph.types import TEXT, DescribedLabels, ExperienceOf, Type
from hdsl.structure.structures import Choice, ChoiceLabel, Field, ListOf, Plain, Record, Structure
from hdsl.syntax.tree import Span

_LABEL = r'"[a-z][a-z_]{2,10}:?"'
_FIELD_TYPES = ("text", "int", "float", "bool", "list(text)")
_COMMENT = "[A-Z][A-Za-z0-9 ,'-]{5,80}"
_MOST = 6
"""How many labels or fields a type has at most."""


@dataclass
class Declared:
    """What a file has declared."""

    types: dict[str, Type] = field(default_factory=dict)
    tables: list[ExperienceTable] = field(default_factory=list)


def declarations(declared: Declared, taken: set[str], most: int, purpose: str) -> Generator[str, str, str]:
    """Some declarations, and the head of the harness up to its bracket; the name of the harness."""
    for left in range(most, -1, -1):
        rules = Rules()
        name = rules.pattern("[a-z][a-z_]{2,12}", taken)
        comment = quoted(purpose) if purpose else f'{rules.pattern(_COMMENT)} "."'
        starts = [f'"# " {comment} "\\nharness " {name} "("']
        if left:
            capital = rules.pattern("[A-Z][a-z]{2,11}", {*declared.types, "None", "True", "False"})
            starts.append(f'"type " {capital} " {{"')
            starts += [
                f'"experience " {name} {quoted(f": {kind.name} -> {value.name} = [")}'
                for kind, value in _columns(declared)
            ]
        text = yield rules.grammar([rules.either(starts)])
        words = text.replace("(", " ").replace(":", " ").split()
        if text.startswith("#"):
            return text.rpartition("harness ")[2][:-1]
        taken.add(words[1])
        if text.startswith("type"):
            declared.types[words[1]] = yield from _type(words[1], declared)
        else:
            yield from _rows(text, declared)
    raise AssertionError("a file ends with its harness")


def _columns(declared: Declared) -> list[tuple[Type, Type]]:
    labels = [each for each in declared.types.values() if each.labels is not None]
    return [(key, value) for key in (TEXT, *labels) for value in (TEXT, *labels)]


def _type(name: str, declared: Declared) -> Generator[str, str, Type]:
    """The labels or the fields of a type, each a segment."""
    labels: list[ChoiceLabel] = []
    fields: list[Field] = []
    while True:
        rules = Rules()
        label = rules.pattern(_LABEL, {rf'"{each.text.rstrip(":")}:?"' for each in labels})
        options: list[str] = []
        said = f'[": " {rules.string(40)}]'
        records = [each.name for each in declared.types.values() if isinstance(each.form, Record)]
        is_last = len(labels) + len(fields) + 1 >= _MOST
        closing = quoted(" }\n\n")
        separator = rules.either([closing, *([] if is_last else ['","'])])
        if not fields:
            after = separator if labels else '","'
            options.append(f"{label} {said} {after}")
            if records:
                carrier = rules.pattern(_LABEL.replace(":?", ":"), {rf'"{each.text.rstrip(":")}:?"' for each in labels})
                options.append(f"{carrier} {rules.either(quoted(f' {each}') for each in records)} {said} {after}")
        if not labels:
            word = rules.pattern("[a-z][a-z_]{1,10}", {each.name for each in fields})
            choices = [each.name for each in declared.types.values() if each.labels is not None and each.form is None]
            kinds = rules.either(quoted(f": {each}") for each in (*_FIELD_TYPES, *choices))
            options.append(f'{word} {kinds} ["?"] [" " {rules.string(40)}] {separator}')
        written = yield rules.grammar([f'" " {rules.either(options)}'])
        text = written.removeprefix(" ")
        if text.startswith('"'):
            labels.append(_label(text, declared))
        else:
            fields.append(_field(text, declared))
        if text.endswith("\n"):
            break
    if fields:
        return Type("text", name, None, Record(tuple(fields), name))
    described = DescribedLabels((each.text, "") for each in labels)
    choice = Choice(tuple(labels), name)
    return Type("text", name, described, choice if choice.has_records else None)


def _label(text: str, declared: Declared) -> ChoiceLabel:
    label, rest = text[1:].split('"', 1)
    record = rest.split(":")[0].split(",")[0].split("}")[0].strip()
    found = declared.types.get(record)
    payload = found.form if found is not None and isinstance(found.form, Record) and not rest.startswith(":") else None
    return ChoiceLabel(label, "", payload)


def _field(text: str, declared: Declared) -> Field:
    name, rest = text.split(": ", 1)
    kind = rest.split(" ")[0].rstrip(",")
    optional = kind.endswith("?")
    return Field(name, _structure(kind.rstrip("?"), declared), optional)


def _structure(kind: str, declared: Declared) -> Structure:
    if kind.startswith("list("):
        return ListOf(_structure(kind[5:-1], declared))
    if kind in declared.types:
        structure = declared.types[kind].structure
        assert structure is not None
        return structure
    return Plain(kind)  # type: ignore[arg-type]


def _rows(head: str, declared: Declared) -> Generator[str, str, None]:
    """The rows of a table, one segment."""
    name, key_name, value_name = _named_columns(head)
    key, value = (declared.types.get(each, TEXT) for each in (key_name, value_name))
    rules = Rules()
    row = rules.rule(f'"\\n  (" {rules.string(30)} ", " {text_of(rules, key)} ", " {text_of(rules, value)} "),"')
    yield rules.grammar([f'{row}{{1,3}} "\\n]\\n\\n"'])
    declared.tables.append(ExperienceTable(name, "", ExperienceOf(key, value), (), None, Span(0, 0)))


def _named_columns(head: str) -> tuple[str, str, str]:
    name, columns = head.removeprefix("experience ").split(": ", 1)
    key, value = columns.removesuffix(" = [").split(" -> ")
    return name, key, value
