"""Segments: what one push adds to a pool, as immutable bytes named by their hash, and read strictly.

A segment is a DSSE envelope over compressed canonical JSON. The signature covers the compressed bytes, so that nothing
is expanded before it is known who signed it. Its payload names the pool, so that it counts in no other, and the newest
segments that its writer had seen, whoever wrote them, so that a store that hides one of them is found out.
"""

import gzip
import re
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from hdsl.experience.row_files import is_utf8
from hdsl.pool.canonical import NotCanonical, canonical, from_canonical
from hdsl.pool.limits import LIMITS, Limits
from hdsl.pool.rows import Evidence, PooledRow, Report
from hdsl.pool.signing import KEY_NAME, BadSignature, Envelope, Key, opened, signed

SEGMENT_TYPE = "application/vnd.hdsl.pool.segment.v1+json+gzip"
SEGMENT_NAME = re.compile(r"[0-9a-f]{64}")
TABLE_NAME = re.compile(r"\w[\w-]*(?:\.\w[\w-]*)*")
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")
_PATH = re.compile(r"[/~\\]|[A-Za-z]:[/\\]|.*(?:^|[/\\])\.\.(?:[/\\]|$)")
LARGEST_COUNT = 2**53 - 1
"""The largest number that JSON of every language has."""
_HEAD = {"pool", "sequence", "previous", "time", "kind"}
_ROW = {"table", "query", "key", "value", "source", "licence", "harness", "helped", "hurt"}
_REPORT = {"row", "harness", "helped", "hurt"}
_PIECE = 1 << 16


class BadSegment(ValueError):  # noqa: N818 - a state
    """Bytes that are no segment of this pool; the message says why."""


@dataclass(frozen=True, slots=True)
class Rows:
    """Rows that the writer publishes."""

    rows: tuple[PooledRow, ...]


@dataclass(frozen=True, slots=True)
class Reports:
    """What rows did on the writer's own data."""

    reports: tuple[Report, ...]


@dataclass(frozen=True, slots=True)
class Admission:
    """The pool's root key says that a key belongs to a person, and may write."""

    key: str
    person: str


@dataclass(frozen=True, slots=True)
class Revocation:
    """A key counts no more, by the word of its holder or of the pool's root key. It is for good."""

    key: str
    reason: str


Content = Rows | Reports | Admission | Revocation


@dataclass(frozen=True, slots=True)
class Segment:
    """One segment. `name`: the hash of its bytes; `previous`: the newest segments that its writer knew."""

    name: str
    pool: str
    writer: str
    sequence: int
    previous: tuple[str, ...]
    time: str
    content: Content


@dataclass(frozen=True, slots=True)
class Place:
    """Where a new segment goes: its pool, and what it comes after."""

    pool: str
    sequence: int
    previous: tuple[str, ...]
    time: str


def name_of(data: bytes) -> str:
    """The name of bytes in a store."""
    return sha256(data).hexdigest()


def encoded(place: Place, content: Content, key: Key, limits: Limits = LIMITS) -> tuple[bytes, Segment]:
    """The bytes of a new segment, and what is read back from them. BadSegment where they could not be read back."""
    head = {"pool": place.pool, "sequence": place.sequence, "previous": sorted(place.previous), "time": place.time}
    try:
        payload = canonical({**head, **_content_as_json(content)})
    except UnicodeEncodeError:
        raise BadSegment("a text has half a character (a lone surrogate), which no UTF-8 can hold") from None
    data = signed(SEGMENT_TYPE, gzip.compress(payload, 6, mtime=0), key)
    name = name_of(data)
    return data, decoded(envelope_of(data, name, limits), name, place.pool, limits)


def envelope_of(data: bytes, name: str, limits: Limits = LIMITS) -> Envelope:
    """The envelope of a stored segment, its signature checked and its payload not looked at. BadSegment."""
    if len(data) > limits.stored_bytes:
        raise BadSegment(f"it is larger than {limits.stored_bytes:,} bytes")
    if name_of(data) != name:
        raise BadSegment("its bytes are not those that its name is the hash of")
    try:
        envelope = opened(data)
    except BadSignature as error:
        raise BadSegment(str(error)) from None
    if envelope.payload_type != SEGMENT_TYPE:
        raise BadSegment("it is signed as something else than a segment")
    return envelope


def decoded(envelope: Envelope, name: str, pool: str, limits: Limits = LIMITS) -> Segment:
    """The segment in an envelope. BadSegment where it belongs to another pool, is too large, or is malformed."""
    try:
        value = from_canonical(_expanded(envelope.payload, limits.expanded_bytes))
    except NotCanonical as error:
        raise BadSegment(str(error)) from None
    if not isinstance(value, dict) or value.get("pool") != pool:
        raise BadSegment("it was signed for another pool")
    _check(
        set(value) - {"rows", "reports", "key", "person", "reason"} == _HEAD, "its fields are not those of a segment"
    )
    _check(_is_count(value["sequence"]), "its sequence is not a whole number")
    previous = value["previous"]
    _check(isinstance(previous, list) and len(previous) <= limits.previous, "it names too many predecessors, or none")
    are_hashes = all(isinstance(each, str) and SEGMENT_NAME.fullmatch(each) for each in previous)
    _check(are_hashes, "a predecessor is not a hash")
    _check(isinstance(value["time"], str) and _TIME.fullmatch(value["time"]) is not None, "its time is malformed")
    content = _content(value, envelope.key, limits)
    return Segment(name, pool, envelope.key, value["sequence"], tuple(previous), value["time"], content)


def check_row(row: PooledRow, limits: Limits = LIMITS) -> None:
    """BadSegment where a row could not be published."""
    for column in ("query", "key", "value"):
        if len(getattr(row, column)) > limits.text:
            raise BadSegment(f"a {column} has more than {limits.text:,} characters")
    _check(is_utf8(row.query + row.key + row.value), "a text has half a character (a lone surrogate)")
    _check_name(row.table, "table", limits)
    check_words(row.licence, "licence", limits)
    check_words(row.source, "source", limits)
    _check_evidence(row.evidence, limits)


def _content_as_json(content: Content) -> dict[str, Any]:
    match content:
        case Rows():
            return {"kind": "rows", "rows": [_row_as_json(row) for row in content.rows]}
        case Reports():
            reports = [{"row": report.row, **_evidence_as_json(report.evidence)} for report in content.reports]
            return {"kind": "reports", "reports": reports}
        case Admission():
            return {"kind": "admission", "key": content.key, "person": content.person}
        case Revocation():
            return {"kind": "revocation", "key": content.key, "reason": content.reason}


def _row_as_json(row: PooledRow) -> dict[str, Any]:
    texts = {"table": row.table, "query": row.query, "key": row.key, "value": row.value}
    return {**texts, "source": row.source, "licence": row.licence, **_evidence_as_json(row.evidence)}


def _evidence_as_json(evidence: Evidence) -> dict[str, Any]:
    return {"harness": evidence.harness, "helped": evidence.helped, "hurt": evidence.hurt}


def _content(value: Mapping[str, Any], writer: str, limits: Limits) -> Content:
    kind, fields = value["kind"], set(value) - _HEAD
    if kind == "rows" and fields == {"rows"}:
        return Rows(tuple(_row(each, writer, limits) for each in _listed(value["rows"], limits)))
    if kind == "reports" and fields == {"reports"}:
        return Reports(tuple(_report(each, writer, limits) for each in _listed(value["reports"], limits)))
    if kind == "admission" and fields == {"key", "person"}:
        _check_key(value["key"])
        check_words(value["person"], "person", limits)
        _check(bool(value["person"]), "a person has no name")
        return Admission(value["key"], value["person"])
    if kind == "revocation" and fields == {"key", "reason"}:
        _check_key(value["key"])
        check_words(value["reason"], "reason", limits)
        return Revocation(value["key"], value["reason"])
    raise BadSegment("it is of no kind that is known, or has fields that its kind has not")


def _row(value: Any, writer: str, limits: Limits) -> PooledRow:
    _check(isinstance(value, dict) and value.keys() == _ROW, "a row has fields that no row has, or lacks one")
    query, key, answer = value["query"], value["key"], value["value"]
    _check(isinstance(query, str) and isinstance(key, str) and isinstance(answer, str), "a row has something but texts")
    evidence = Evidence(value["harness"], value["helped"], value["hurt"])
    row = PooledRow(value["table"], query, key, answer, value["source"], value["licence"], evidence, writer)
    check_row(row, limits)
    return row


def _report(value: Any, writer: str, limits: Limits) -> Report:
    _check(isinstance(value, dict) and value.keys() == _REPORT, "a report has fields that no report has, or lacks one")
    row, evidence = value["row"], Evidence(value["harness"], value["helped"], value["hurt"])
    _check(isinstance(row, str) and SEGMENT_NAME.fullmatch(row) is not None, "a report names no row")
    _check_evidence(evidence, limits)
    return Report(row, evidence, writer)


def _listed(value: Any, limits: Limits) -> Sequence[Any]:
    if not isinstance(value, list) or not 0 < len(value) <= limits.rows:
        raise BadSegment(f"it has no rows, or more than {limits.rows:,}")
    found: Sequence[Any] = value
    return found


def _check_evidence(evidence: Evidence, limits: Limits) -> None:
    _check(_is_count(evidence.helped) and _is_count(evidence.hurt), "evidence is not a pair of counts")
    if evidence.harness != "":
        _check_name(evidence.harness, "harness", limits)


def _check_key(key: Any) -> None:
    _check(isinstance(key, str) and KEY_NAME.fullmatch(key) is not None, "a key is not 64 hexadecimal digits")


def _check_name(name: Any, what: str, limits: Limits) -> None:
    if not isinstance(name, str) or len(name) > limits.name or TABLE_NAME.fullmatch(name) is None:
        raise BadSegment(f"the name of a {what} is not words with dots between")


def check_words(words: Any, what: str, limits: Limits = LIMITS) -> None:
    """BadSegment where something is not one line of printable text, or is a path."""
    if not isinstance(words, str) or len(words) > limits.name or not words.isprintable():
        raise BadSegment(f"a {what} is not one line of at most {limits.name} characters")
    if _PATH.match(words) is not None:
        raise BadSegment(f"a {what} is a path of the writer's machine, or leads out of a folder")


def _is_count(value: Any) -> bool:
    return type(value) is int and 0 <= value <= LARGEST_COUNT


def _check(holds: bool, reason: str) -> None:
    if not holds:
        raise BadSegment(reason)


def _expanded(data: bytes, limit: int) -> bytes:
    """Expanded bytes, of which no more than the limit are ever made."""
    expander = zlib.decompressobj(wbits=31)
    found, size = [], 0
    try:
        while not expander.eof:
            piece = expander.decompress(data, _PIECE)
            data = expander.unconsumed_tail
            if not piece and not data and not expander.eof:
                raise BadSegment("its payload is cut off")
            size += len(piece)
            if size > limit:
                raise BadSegment(f"its payload expands to more than {limit:,} bytes")
            found.append(piece)
    except zlib.error as error:
        raise BadSegment(f"its payload cannot be expanded: {error}") from None
    if data or expander.unused_data:
        raise BadSegment("there are bytes behind its payload")
    return b"".join(found)
