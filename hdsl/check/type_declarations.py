"""The types that a file declares: labels and records, each resolved after those that it is made of."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

from hdsl.check import findings
from hdsl.check.declared_types import TypeReader
from hdsl.check.diagnostic import Place, Related
from hdsl.check.limits import DEEPEST_TYPE, LARGEST_TYPE
from hdsl.graph import types
from hdsl.graph.types import Type
from hdsl.structure.structures import (
    PLAIN_KINDS,
    Choice,
    ChoiceLabel,
    Field,
    ListOf,
    Plain,
    Record,
    Structure,
    depth_of,
    size_of,
)
from hdsl.syntax import tree

Declaration: TypeAlias = tree.TypeDeclaration | tree.RecordDeclaration


class TypeDeclarations:
    """Declares the types of one file into its module. A type may be named above its declaration."""

    def __init__(self, reader: TypeReader, items: Sequence[Declaration]) -> None:
        self.reader = reader
        self.report = reader.report
        self.module = reader.module
        self._items = {item.name.text: item for item in items}
        self._open: list[str] = []

    def declare(self) -> None:
        """Declares all of them."""
        for name in self._items:
            self._declared(name)

    def _declared(self, name: str) -> Type:
        known = self.module.types.get(name)
        if known is None:
            item = self._items[name]
            self._open.append(name)
            known = self._record(item) if isinstance(item, tree.RecordDeclaration) else self._labelled(item)
            self.module.types[name] = known
            self._open.pop()
        return known

    # Labels

    def _labelled(self, item: tree.TypeDeclaration) -> Type:
        kind = self.reader.labelled(item)
        payloads: dict[str, Record] = {}
        for label in item.labels:
            if label.payload is None or label.payload.text == types.TEXT.name:
                continue
            payload = self._payload(label, label.payload)
            if payload is None:
                return types.UNKNOWN
            payloads[label.text.text] = payload
        if not payloads:
            return kind
        described = kind.labels or ()
        labels = tuple(ChoiceLabel(text, said, payloads.get(text)) for text, said in described)
        return kind._replace(form=Choice(labels, kind.name))

    def _payload(self, label: tree.Label, name: tree.Name) -> Record | None:
        """The record behind a label; None after reporting that it can be none."""
        found = self._type_named(name)
        if found is None or found == types.UNKNOWN:
            return None
        if not label.text.text.endswith(":"):
            self._tell(findings.records.PayloadWithoutColon(label), label.text.span)
            return None
        if found.record is None:
            self._tell(findings.records.NotARecord(name.text, found), name.span)
        return found.record

    # Records

    def _record(self, item: tree.RecordDeclaration) -> Type:
        """A record type; unknown after reporting a field whose type cannot be known."""
        fields: dict[str, Field] = {}
        spans: dict[str, tree.Span] = {}
        is_whole = True
        for each in item.fields:
            name = each.name.text
            if name in fields:
                first = Related(f"`{name}` is first defined here", Place(self.module.source, spans[name]))
                self.report.tell(findings.names.DefinedTwice(name), self.module.source, each.name.span, related=[first])
                is_whole = False
                continue
            structure = self._structure(each.type)
            is_whole = is_whole and structure is not None
            said = "" if each.description is None else each.description.text
            fields[name] = Field(name, structure or Plain("text"), each.optional, said)
            spans[name] = each.name.span
        record = Record(tuple(fields.values()), item.name.text)
        if not is_whole or self._is_too_large(record, item.name.span):
            return types.UNKNOWN
        return Type("text", item.name.text, None, record)

    def _is_too_large(self, record: Record, span: tree.Span) -> bool:
        if depth_of(record) > DEEPEST_TYPE:
            self._report_depth(span)
        elif size_of(record) > LARGEST_TYPE:
            reason = f"with all that it holds, a record has more than {LARGEST_TYPE:,} fields"
            self._tell(findings.records.TypeTooLarge(reason), span)
        else:
            return False
        return True

    def _report_depth(self, span: tree.Span) -> None:
        reason = f"more than {DEEPEST_TYPE} lists and records are within each other"
        self._tell(findings.records.TypeTooLarge(reason), span)

    def _structure(self, written: tree.FieldType) -> Structure | None:
        """What a field is made of; None after reporting that it cannot be known."""
        lists = 0
        while isinstance(written, tree.ListOf):
            lists, written = lists + 1, written.item
        if lists > DEEPEST_TYPE:
            self._report_depth(written.span)
            return None
        found = self._item_structure(written)
        for _ in range(lists if found is not None else 0):
            assert found is not None
            found = ListOf(found)
        return found

    def _item_structure(self, written: tree.Name) -> Structure | None:
        plain = next((kind for kind in PLAIN_KINDS if kind == written.text), None)
        if plain is not None:
            return Plain(plain)
        found = self._type_named(written)
        if found is None or found == types.UNKNOWN:
            return None
        if found.kind != "text":
            self._tell(findings.records.NotAFieldType(written.text), written.span)
            return None
        return found.structure

    def _type_named(self, name: tree.Name) -> Type | None:
        """A type, declared first if need be; None after reporting that there is none, or that it is within itself."""
        if name.text in self._open:
            chain = [*self._open[self._open.index(name.text) :], name.text]
            self._tell(findings.records.RecursiveType(chain), name.span)
            return None
        if len(self._open) > DEEPEST_TYPE:
            self._report_depth(name.span)
            return None
        if name.text in self._items and name.text not in types.BUILT_IN:
            return self._declared(name.text)
        return self.reader.element_type(name, field=True)

    def _tell(self, finding: findings.finding.Finding, span: tree.Span) -> None:
        self.report.tell(finding, self.module.source, span)
