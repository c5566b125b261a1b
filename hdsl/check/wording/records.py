"""The words of findings about records."""

from __future__ import annotations

from hdsl.check.diagnostic import Place
from hdsl.check.findings.records import (
    NotAFieldType,
    NotAPayload,
    NotARecord,
    NotOfRecord,
    PayloadOfOtherLabel,
    PayloadWithoutColon,
    RecordNamedAsModule,
    RecursiveType,
    UnknownField,
)
from hdsl.check.fixes import UNSAFE, quoted, renamed, written
from hdsl.check.wording import Wording
from hdsl.check.wording.words import Words
from hdsl.graph.types import Type, record_fields, shown_field, shown_type
from hdsl.ground.labels import listed
from hdsl.ground.spelling import did_you_mean
from hdsl.structure.structures import ListOf

_SHOWN = 60


def _recursive_type(finding: RecursiveType, place: Place) -> Words:
    chain = " → ".join(f"`{name}`" for name in finding.chain)
    return Words({"name": finding.chain[0], "chain": chain})


def _not_a_field_type(finding: NotAFieldType, place: Place) -> Words:
    return Words({"type": finding.type}, fixes=[written(place.source, place.span, "text", applicability=UNSAFE)])


def _payload_without_colon(finding: PayloadWithoutColon, place: Place) -> Words:
    text = finding.label.text.text
    return Words({"label": text}, fixes=[written(place.source, place.span, quoted(f"{text}:"))])


def _not_a_record(finding: NotARecord, place: Place) -> Words:
    kind = finding.type
    help = None
    if isinstance(kind, Type) and isinstance(kind.form, ListOf):
        help = "A list stands whole: in a text as JSON, and in `split`."
    return Words({"name": finding.name, "type": shown_type(kind)}, help=help)


def _unknown_field(finding: UnknownField, place: Place) -> Words:
    fields = listed(finding.fields)
    return Words(
        {"name": finding.name, "record": finding.record},
        help=did_you_mean(finding.name, finding.known, f"The fields of `{finding.record}` are {fields}."),
        fixes=renamed(place.source, finding.written, finding.name, finding.known),
        expected=fields,
        found=finding.name,
    )


def _record_named_as_module(finding: RecordNamedAsModule, place: Place) -> Words:
    return Words({"name": finding.name})


def _not_of_record(finding: NotOfRecord, place: Place) -> Words:
    fields = record_fields(finding.type)
    named = ", ".join(map(shown_field, fields))
    return Words(
        {"type": finding.type.name, "why": finding.why},
        help=f"A `{finding.type.name}` is a JSON object: {named}." if fields else None,
        found=finding.text[:_SHOWN],
    )


def _not_a_payload(finding: NotAPayload, place: Place) -> Words:
    form = finding.of.form
    labels = getattr(form, "labels", ())
    payloads = [f'`{label.payload.name}` ("{label.text}")' for label in labels if label.payload is not None]
    stands = f"Behind its labels stand {', '.join(payloads)}, or texts." if payloads else "It has texts only."
    what = f"No label of `{finding.of.name}` is followed by a `{finding.type.name}`"
    return Words({"what": what}, help=stands)


def _payload_of_other_label(finding: PayloadOfOtherLabel, place: Place) -> Words:
    form = finding.of.form
    carriers = [each.text for each in getattr(form, "labels", ()) if each.payload == finding.type.record]
    what = (
        f'The label "{finding.label}" is not followed by a `{finding.type.name}`, so `{finding.node}` always fails here'
    )
    return Words({"what": what}, help=f"`{finding.node}` is what follows {listed(carriers)}: use it in that branch.")


WORDING: Wording = {
    NotAFieldType: _not_a_field_type,
    NotAPayload: _not_a_payload,
    NotARecord: _not_a_record,
    NotOfRecord: _not_of_record,
    PayloadOfOtherLabel: _payload_of_other_label,
    PayloadWithoutColon: _payload_without_colon,
    RecordNamedAsModule: _record_named_as_module,
    RecursiveType: _recursive_type,
    UnknownField: _unknown_field,
}
