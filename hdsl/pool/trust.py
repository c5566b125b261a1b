"""Whose segments count: the keys that the pool's root key admitted, without those that were revoked."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from hdsl.pool.segments import Admission, Revocation, Segment


@dataclass(frozen=True, slots=True)
class Trust:
    """Whom somebody believes. By default: every key that the pool's root key admitted."""

    only: frozenset[str] | None = None
    """Of the admitted keys these alone, if any are named."""
    without: frozenset[str] = frozenset()
    """Keys that count for nothing."""


EVERYONE_ADMITTED = Trust()


@dataclass(frozen=True, slots=True)
class Root:
    """The key that a pool began with, and its holder."""

    key: str
    person: str


def holders(segments: Iterable[Segment], root: Root) -> Mapping[str, str]:
    """The keys that were ever admitted, revoked ones too, each with the person who holds it."""
    found = {root.key: root.person}
    for segment in segments:
        match segment.content:
            case Admission(key, person) if segment.writer == root.key and key != root.key:
                found[key] = min(person, found.get(key, person))
    return dict(sorted(found.items()))


def persons(segments: Iterable[Segment], root: Root, trust: Trust = EVERYONE_ADMITTED) -> Mapping[str, str]:
    """The keys that count, each with the person who holds it. It depends on the set of segments, not on their order."""
    segments = list(segments)
    gone = revoked(segments, root)
    return {
        key: person
        for key, person in holders(segments, root).items()
        if key not in gone and key not in trust.without and (trust.only is None or key in trust.only)
    }


def revoked(segments: Iterable[Segment], root: Root) -> Mapping[str, str]:
    """The keys that were revoked, by their holders or by the root key, and why. The root key cannot be."""
    found: dict[str, str] = {}
    for segment in segments:
        match segment.content:
            case Revocation(key, reason) if segment.writer in (key, root.key) and key != root.key:
                found[key] = min(reason, found.get(key, reason))
    return dict(sorted(found.items()))
