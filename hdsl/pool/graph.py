"""The order of segments: each names the newest ones that its writer had seen, so that none can be hidden unnoticed."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from hdsl.pool.segments import Revocation, Segment
from hdsl.pool.trust import EVERYONE_ADMITTED, Root, Trust, persons, revoked


def heads(segments: Iterable[Segment], root: Root, writer: str) -> list[str]:
    """The newest segments, which a new one of a writer is to name: those of keys that count, the writer's own, and
    revocations. The writer's own come first, then the root's, then the latest: a segment cannot name all, if somebody
    makes very many."""
    segments = list(segments)
    counted = {*persons(segments, root), writer}
    gone = revoked(segments, root)
    relevant = [each for each in segments if each.writer in counted or _takes_out(each, gone)]
    seen = {name for each in relevant if each.writer in counted for name in each.previous}
    newest = [each for each in relevant if each.name not in seen]
    newest.sort(key=lambda each: (each.writer != writer, each.writer != root.key, -each.sequence, each.name))
    return [each.name for each in newest]


def missing(segments: Iterable[Segment], root: Root, trust: Trust = EVERYONE_ADMITTED) -> Iterator[tuple[Segment, str]]:
    """Segments that are named as seen by keys that count, and are not there; each with one that names it."""
    segments = list(segments)
    present = {segment.name for segment in segments}
    counted = persons(segments, root, trust)
    for segment in sorted(segments, key=lambda each: (each.sequence, each.name)):
        if segment.writer in counted:
            yield from ((segment, name) for name in segment.previous if name not in present)


def ancestors(segments: Mapping[str, Segment], names: Sequence[str]) -> list[Segment]:
    """Some segments and all that came before them, as far as they are there."""
    found: dict[str, Segment] = {}
    waiting = list(names)
    while waiting:
        name = waiting.pop()
        if name not in found and name in segments:
            found[name] = segments[name]
            waiting += segments[name].previous
    return [found[name] for name in sorted(found)]


def _takes_out(segment: Segment, gone: Mapping[str, str]) -> bool:
    return isinstance(segment.content, Revocation) and segment.content.key in gone
