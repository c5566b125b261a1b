"""A pool: opens one, adds signed segments to it, and reads what is there."""

import os
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from hdsl.policy.decision import Rules
from hdsl.pool.canonical import NotCanonical, canonical, from_canonical
from hdsl.pool.faults import PoolError, PoolRefused, StoreShowsLess
from hdsl.pool.graph import ancestors, heads, missing
from hdsl.pool.limits import LIMITS, Limits
from hdsl.pool.rows import PooledRow, Report
from hdsl.pool.screening import Refusal, RowsRefused, has_secret, refused_in
from hdsl.pool.segments import (
    LARGEST_COUNT,
    Admission,
    BadSegment,
    Content,
    Place,
    Reports,
    Revocation,
    Rows,
    Segment,
    check_row,
    check_words,
    decoded,
    encoded,
    envelope_of,
    name_of,
)
from hdsl.pool.signing import BadSignature, Envelope, Key, opened, signed
from hdsl.pool.state import State, state_of
from hdsl.pool.store import POOL, SEGMENTS, Store, store_at
from hdsl.pool.trust import EVERYONE_ADMITTED, Root, Trust, persons, revoked

DEFAULT_RULES = Rules()
_POOL_TYPE = "application/vnd.hdsl.pool.v1+json"
_LARGEST_POOL = 1 << 16
_SHARE_OF_LIMIT = 4
"""A segment is begun anew when its texts take this part of what it may expand to: escapes make texts longer."""


@dataclass(frozen=True, slots=True)
class Contents:
    """What a store shows."""

    segments: tuple[Segment, ...]
    """Those of the root key, of keys that it admitted (revoked ones among them), and of keys that were asked for."""
    refused: Mapping[str, str]
    """Files that are not segments of this pool, or could not be read this time, by name, and why."""
    unknown: Mapping[str, int]
    """Keys that were never admitted, and how many segments of theirs there are. Nothing in them was looked at."""


@dataclass
class Pool:
    """One pool. Segments are read once and remembered, as they never change."""

    store: Store
    id: str
    """The hash of `pool.json`. Whatever is signed for a pool names it."""
    root: Root
    limits: Limits = LIMITS
    _envelopes: dict[str, Envelope] = field(default_factory=dict, repr=False)
    _segments: dict[str, Segment] = field(default_factory=dict, repr=False)
    _refused: dict[str, str] = field(default_factory=dict, repr=False)
    """Of files that are not segments whenever they are read: why."""
    _unread: dict[str, str] = field(default_factory=dict, repr=False)
    """Of files that could not be read when they were last listed: why. They are tried again."""

    @classmethod
    def create(cls, url: str, key: Key, person: str) -> "Pool":
        """A new pool at an address. PoolError where there is one already, OSError where it cannot be written."""
        try:
            check_words(person, "person")
        except BadSegment as error:
            raise PoolError(str(error)) from None
        payload = canonical({"made": _now(), "nonce": os.urandom(16).hex(), "person": person, "version": 1})
        store = store_at(url)
        if not store.add(POOL, signed(_POOL_TYPE, payload, key)):
            raise PoolError(f"there is a pool at {url} already")
        return cls.open(url)

    @classmethod
    def open(cls, url: str, limits: Limits = LIMITS) -> "Pool":
        """The pool at an address. PoolError where there is none, OSError where the place cannot be read."""
        store = store_at(url)
        try:
            data = store.read(POOL, _LARGEST_POOL)
        except FileNotFoundError:
            raise PoolError(f"there is no pool at {url}: `hdsl pool init {url}` makes one") from None
        try:
            envelope = opened(data)
            about = from_canonical(envelope.payload)
            if envelope.payload_type != _POOL_TYPE or set(about) != {"made", "nonce", "person", "version"}:
                raise BadSignature("it is signed as something else than a pool")
            if about["version"] != 1:
                raise BadSignature("it is of a version that this hdsl does not know")
            check_words(about["person"], "person")
        except (BadSignature, NotCanonical, BadSegment, TypeError) as error:
            raise PoolRefused(f"{url}/{POOL} is not a description of a pool: {error}") from None
        return cls(store, name_of(data), Root(envelope.key, about["person"]), limits)

    def publish(self, rows: Sequence[PooledRow], key: Key, rules: Rules = DEFAULT_RULES) -> list[Segment]:
        """Adds rows, in as many segments as they need.

        RowsRefused, and nothing is added, where a row has a secret or a value that the policy would deny to type;
        PoolRefused where one is none that a segment may hold.
        """
        return self._publish(rows, key, rules, leave_out=False)[0]

    def publish_passing(
        self, rows: Sequence[PooledRow], key: Key, rules: Rules = DEFAULT_RULES
    ) -> tuple[list[Segment], list[Refusal]]:
        """Adds rows without those for which `publish` raises RowsRefused; and is what these are."""
        return self._publish(rows, key, rules, leave_out=True)

    def _publish(
        self, rows: Sequence[PooledRow], key: Key, rules: Rules, *, leave_out: bool
    ) -> tuple[list[Segment], list[Refusal]]:
        for number, row in enumerate(rows, 1):
            try:
                check_row(row, self.limits)
            except BadSegment as error:
                raise PoolRefused(f"row {number} cannot be published: {error}") from None
        refused = refused_in(rows, rules)
        if refused and not leave_out:
            raise RowsRefused(refused)
        left_out = {each.number for each in refused}
        passing = [row for number, row in enumerate(rows) if number not in left_out]
        return [self.add(Rows(tuple(part)), key) for part in parts(passing, self.limits)], refused

    def report(self, reports: Sequence[Report], key: Key) -> list[Segment]:
        """Adds what rows of others did on one's own data."""
        size = self.limits.rows
        parts = (reports[start : start + size] for start in range(0, len(reports), size))
        return [self.add(Reports(tuple(part)), key) for part in parts]

    def admit(self, key: str, person: str, root: Key) -> Segment:
        """Says that a key belongs to a person, who may write. PoolError for another key than the root's."""
        if root.name != self.root.key:
            raise PoolError(f"only the pool's root key {self.root.key[:12]} admits keys, and yours is {root.name[:12]}")
        return self.add(Admission(key, person), root)

    def revoke(self, key: str, reason: str, by: Key) -> Segment:
        """Takes a key out for good. PoolError unless it is done by its holder or with the root key."""
        if has_secret(reason):
            raise PoolRefused("the reason has a secret, and everybody would read it")
        if key == self.root.key:
            raise PoolError("the root key cannot be revoked: start a new pool with another key")
        if by.name not in (key, self.root.key):
            raise PoolError(
                f"key {key[:12]} is revoked by its holder or with the pool's root key {self.root.key[:12]}, "
                f"and yours is {by.name[:12]}"
            )
        return self.add(Revocation(key, reason), by)

    def accept(
        self, data: bytes, rules: Rules = DEFAULT_RULES, check: Callable[[Segment], None] = lambda segment: None
    ) -> Segment | None:
        """Adds a segment that somebody else signed, as a server is sent them; None where it is here already.

        PoolRefused where it is none of this pool, its key does not count, it names segments that are not here, or
        `publish` would refuse it. `check` may refuse too: it is given what is signed as it must be, and whole.
        """
        name = name_of(data)
        contents = self.contents()
        if any(each.name == name for each in contents.segments):
            return None
        try:
            envelope = envelope_of(data, name, self.limits)
            if envelope.key not in persons(contents.segments, self.root):
                raise BadSegment(f"key {envelope.key[:12]} was not admitted to this pool, or was revoked")
            segment = decoded(envelope, name, self.id, self.limits)
        except BadSegment as error:
            raise PoolRefused(f"the segment is refused: {error}") from None
        if segment.writer != self.root.key and isinstance(segment.content, Admission):
            raise PoolRefused("the segment is refused: only the root key admits keys")
        check(segment)
        if isinstance(segment.content, Rows):
            refused = refused_in(segment.content.rows, rules)
            if refused:
                raise RowsRefused(refused)
        absent = [each for each in segment.previous if each not in self._segments]
        if absent:
            raise PoolRefused(f"the segment is refused: it comes after {absent[0]}, which is not here")
        self._put(name, data)
        self._segments[name] = segment
        return segment

    def contents(self, also: Iterable[str] = ()) -> Contents:
        """What the store shows now. `also`: keys whose segments are read though they were not admitted."""
        names = self.store.segments()
        self._unread.clear()
        for name in names:
            if name not in self._segments and name not in self._envelopes and name not in self._refused:
                self._look_at(name)
        present = frozenset(names)
        self._decode({self.root.key}, present)
        known = {each.content.key for each in self._of_root(present) if isinstance(each.content, Admission)}
        known |= {self.root.key, *also}
        self._decode(known, present)
        segments = [self._segments[name] for name in names if name in self._segments]
        unread = [self._envelopes[name].key for name in names if name in self._envelopes]
        unknown = Counter([*unread, *(each.writer for each in segments if each.writer not in known)])
        reasons = self._refused | self._unread
        refused = {name: reasons[name] for name in names if name in reasons}
        admitted = tuple(each for each in segments if each.writer in known)
        return Contents(admitted, refused, dict(sorted(unknown.items())))

    def segments(self) -> tuple[Segment, ...]:
        """The segments of keys that were admitted, in the order of their names."""
        return self.contents().segments

    def state(self, trust: Trust = EVERYONE_ADMITTED) -> State:
        """What the pool says, as far as somebody believes it. StoreShowsLess where the store hides segments."""
        segments = self.segments()
        check_whole(segments, self.root, trust)
        return state_of(segments, self.root, trust)

    def state_at(self, names: Sequence[str]) -> State:
        """What the pool said when these segments were the newest: the same everywhere, whoever asks, and when.

        PoolRefused where a key that had published by then was revoked since: its rows would come back.
        """
        segments = {segment.name: segment for segment in self.segments()}
        chosen = ancestors(segments, [self._named(name, segments) for name in names])
        check_whole(chosen, self.root)
        state = state_of(chosen, self.root)
        wrote = {each.writer for each in chosen if isinstance(each.content, Rows | Reports)} & set(state.persons)
        since = [key for key in revoked(segments.values(), self.root) if key in wrote]
        if since:
            who = f"{state.persons[since[0]]} ({since[0][:12]})"
            raise PoolRefused(f"the key of {who} was revoked since then, and the state at {names[0]} has its rows")
        return state

    def add(self, content: Content, key: Key) -> Segment:
        """Adds one segment of whatever content, which nobody has looked through for secrets: see `publish`."""
        contents = self.contents([key.name])
        newest = heads(contents.segments, self.root, key.name)[: self.limits.previous]
        highest = max((self._segments[name].sequence for name in newest), default=0)
        place = Place(self.id, min(highest + 1, LARGEST_COUNT), tuple(newest), _now())
        try:
            data, segment = encoded(place, content, key, self.limits)
        except BadSegment as error:
            raise PoolRefused(f"this cannot be published: {error}") from None
        self._put(segment.name, data)
        self._segments[segment.name] = segment
        return segment

    def _put(self, name: str, data: bytes) -> None:
        """Puts a segment into the store. PoolError where a file that was damaged has its name already."""
        place = f"{SEGMENTS}/{name}"
        if not self.store.add(place, data):
            try:
                found = self.store.read(place, self.limits.stored_bytes)
            except OSError as error:
                raise PoolError(f"{self.store.url}/{place} already exists, and cannot be read: {error}") from None
            if found != data:
                raise PoolError(f"{self.store.url}/{place} already exists, and is damaged: remove it, and try again")
        self._refused.pop(name, None)

    def _look_at(self, name: str) -> None:
        """Checks the signature of a segment; what it holds is looked at when its key is known."""
        try:
            data = self.store.read(f"{SEGMENTS}/{name}", self.limits.stored_bytes)
            self._envelopes[name] = envelope_of(data, name, self.limits)
        except BadSegment as error:
            self._refused[name] = str(error)
        except OSError as error:
            self._unread[name] = str(error)

    def _decode(self, keys: set[str], present: frozenset[str]) -> None:
        for name in [name for name, each in self._envelopes.items() if each.key in keys and name in present]:
            envelope = self._envelopes.pop(name)
            try:
                self._segments[name] = decoded(envelope, name, self.id, self.limits)
            except BadSegment as error:
                self._refused[name] = f"{error} (signed by {envelope.key[:12]})"

    def _of_root(self, present: frozenset[str]) -> Iterator[Segment]:
        return (self._segments[name] for name in present if self._writer(name) == self.root.key)

    def _writer(self, name: str) -> str | None:
        segment = self._segments.get(name)
        return None if segment is None else segment.writer

    def _named(self, name: str, segments: Mapping[str, Segment]) -> str:
        found = [each for each in segments if each.startswith(name)]
        if len(found) != 1 or len(name) < 6:
            reason = "several segments begin" if len(found) > 1 else "no segment of an admitted key begins"
            raise PoolError(f"{reason} with {name!r}; `hdsl pool log` shows the names")
        return found[0]


def check_whole(segments: Iterable[Segment], root: Root, trust: Trust = EVERYONE_ADMITTED) -> None:
    """StoreShowsLess where somebody who counts saw a segment that the store does not show."""
    segments = list(segments)
    for segment, name in missing(segments, root, trust):
        person = persons(segments, root, trust)[segment.writer]
        raise StoreShowsLess(
            f"the store hides segment {name}: {person} ({segment.writer[:12]}) had seen it when writing "
            f"{segment.name[:12]}, {segment.time}; ask for the whole store, or leave the writer out with "
            f"--without {segment.writer[:12]}"
        )


def parts(rows: Sequence[PooledRow], limits: Limits) -> Iterator[list[PooledRow]]:
    """Rows in parts that a segment can hold."""
    part: list[PooledRow] = []
    size = 0
    for row in rows:
        length = len(row.query) + len(row.key) + len(row.value)
        if part and (len(part) == limits.rows or (size + length) * _SHARE_OF_LIMIT > limits.expanded_bytes):
            yield part
            part, size = [], 0
        part.append(row)
        size += length
    if part:
        yield part


def _now() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
