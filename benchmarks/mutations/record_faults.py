"""Faults of records: their declarations, references to fields, texts that are none, payloads."""

import re
from collections.abc import Iterator

from benchmarks.mutations.sample import Edit, Fault, Sample
from benchmarks.mutations.text_faults import misspelt
from hdsl.syntax import tree

RECORDS, NAMES = ("HG3",), ("HG1",)

_REFERENCE = re.compile(r"(?<![\w.\"])(?P<root>[a-z]\w*)(?P<path>(?:\.[a-z]\w*)+)(?=[\s,)])")


def references(sample: Sample) -> Iterator[re.Match[str]]:
    """The references to fields in the bodies of harnesses."""
    records = {item.name.text for item in sample.tree.items if isinstance(item, tree.RecordDeclaration)}
    for _, node in sample.nodes:
        if node.annotation is not None and node.annotation.name.text in records:
            for harness in sample.harnesses:
                if node in harness.body:
                    found = _REFERENCE.finditer(sample.text, node.span.end, harness.span.end)
                    yield from (each for each in found if each["root"] == node.name.text)


def records(sample: Sample) -> Iterator[tree.RecordDeclaration]:
    yield from (item for item in sample.tree.items if isinstance(item, tree.RecordDeclaration))


def misspelt_field(sample: Sample) -> Iterator[Fault]:
    for found in references(sample):
        yield Fault((Edit(found.start(), found.end(), misspelt(found[0])),), RECORDS)


def unknown_field(sample: Sample) -> Iterator[Fault]:
    for found in references(sample):
        yield Fault((Edit(found.start(), found.end(), f"{found['root']}.shoe_size"),), RECORDS)


def field_of_a_field(sample: Sample) -> Iterator[Fault]:
    for found in references(sample):
        yield Fault((Edit(found.end(), found.end(), ".first"),), RECORDS)


def misspelt_record(sample: Sample) -> Iterator[Fault]:
    for found in references(sample):
        wrong = misspelt(found["root"]) + found["path"]
        yield Fault((Edit(found.start(), found.end(), wrong),), NAMES)


def unknown_type_of_a_field(sample: Sample) -> Iterator[Fault]:
    for record in records(sample):
        for each in record.fields:
            yield Fault((Edit(each.type.span.start, each.type.span.end, "Shoe"),), NAMES)


def field_twice(sample: Sample) -> Iterator[Fault]:
    for record in records(sample):
        for first, second in zip(record.fields, record.fields[1:], strict=False):
            yield Fault((Edit(second.name.span.start, second.name.span.end, first.name.text),), NAMES)


def record_in_itself(sample: Sample) -> Iterator[Fault]:
    for record in records(sample):
        for each in record.fields:
            yield Fault((Edit(each.type.span.start, each.type.span.end, record.name.text),), RECORDS)


def session_as_a_field(sample: Sample) -> Iterator[Fault]:
    for record in records(sample):
        for each in record.fields:
            yield Fault((Edit(each.type.span.start, each.type.span.end, "session"),), RECORDS)


def payload_without_colon(sample: Sample) -> Iterator[Fault]:
    for item in sample.tree.items:
        for label in item.labels if isinstance(item, tree.TypeDeclaration) else ():
            if label.payload is not None:
                cases = [found.start() for found in re.finditer(re.escape(label.text.text), sample.text)]
                yield Fault((Edit(label.text.span.end - 2, label.text.span.end - 1, ""),), RECORDS, tuple(cases))


def payload_of_another_type(sample: Sample) -> Iterator[Fault]:
    for _, node, call in sample.calls:
        kind = node.annotation
        if call.operation.text == "payload" and kind is not None and kind.name.text != "text":
            others = [record.name.text for record in records(sample) if record.name.text != kind.name.text]
            for other in others:
                yield Fault((Edit(kind.name.span.start, kind.name.span.end, other),), RECORDS, (call.span.start,))


def seeds(sample: Sample) -> Iterator[tree.Text]:
    """The values of seed rows that are written as records."""
    for item in sample.tree.items:
        for row in item.source.rows if isinstance(item, tree.Experience) and isinstance(item.source, tree.Rows) else ():
            yield from (text for text in row.values[2:] if "{" in text.text)


def seed_without_a_field(sample: Sample) -> Iterator[Fault]:
    for text in seeds(sample):
        found = re.search(r'"(?:name|words)": "[^"]*"(?:, )?', sample.text[slice(*text.span)])
        if found is not None:
            at = text.span.start + found.start()
            yield Fault((Edit(at, at + len(found[0]), ""),), RECORDS)


def seed_with_another_field(sample: Sample) -> Iterator[Fault]:
    for text in seeds(sample):
        at = text.span.start + sample.text[slice(*text.span)].index("{") + 1
        yield Fault((Edit(at, at, '"age": 7, '),), RECORDS)


def seed_with_a_null(sample: Sample) -> Iterator[Fault]:
    for text in seeds(sample):
        found = re.search(r": (\"[^\"]*\"|true|false|\[[^]]*\])", sample.text[slice(*text.span)])
        if found is not None:
            at = text.span.start + found.start(1)
            yield Fault((Edit(at, at + len(found[1]), "null"),), RECORDS)


def seed_that_is_no_json(sample: Sample) -> Iterator[Fault]:
    for text in seeds(sample):
        at = text.span.start + sample.text[slice(*text.span)].rindex("}")
        if sample.text[at - 1] != '"':  # the quotation marks of the text would be taken for another one
            yield Fault((Edit(at, at + 1, ""),), RECORDS)


def switch_on_a_record(sample: Sample) -> Iterator[Fault]:
    for _, node in sample.nodes:
        value = node.value
        if isinstance(value, tree.Switch) and "." in value.condition.text:
            span = value.condition.span
            yield Fault((Edit(span.start, span.end, value.condition.text.partition(".")[0]),), RECORDS)


RECORD_FAULTS = (
    misspelt_field,
    unknown_field,
    field_of_a_field,
    misspelt_record,
    unknown_type_of_a_field,
    field_twice,
    record_in_itself,
    session_as_a_field,
    payload_without_colon,
    payload_of_another_type,
    seed_without_a_field,
    seed_with_another_field,
    seed_with_a_null,
    seed_that_is_no_json,
    switch_on_a_record,
)
