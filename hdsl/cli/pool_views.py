"""What `hdsl pool` shows and does not change: segments, keys, and whether all of it is sound."""

import argparse
import json
from collections import Counter
from collections.abc import Sequence

from hdsl.cli.experience_tables import of
from hdsl.cli.output import show, tell
from hdsl.cli.pool_opened import SHORT, opened, own_key, settings_for
from hdsl.pool.graph import missing
from hdsl.pool.memory import Memory
from hdsl.pool.pool import Pool
from hdsl.pool.segments import Admission, Reports, Revocation, Rows, Segment
from hdsl.pool.trust import persons, revoked


def log(options: argparse.Namespace) -> int:
    """Prints the segments, newest first."""
    settings = settings_for(options)
    pool = opened(options, settings)
    segments = sorted(pool.segments(), key=lambda each: (-each.sequence, each.name))
    Memory(settings.project).remember(pool)
    who, gone = persons(segments, pool.root), revoked(segments, pool.root)
    if options.json:
        listed = [
            {
                "name": each.name,
                "time": each.time,
                "sequence": each.sequence,
                "previous": list(each.previous),
                "writer": each.writer,
                "person": who.get(each.writer),
                "revoked": each.writer in gone,
                "holds": _holds(each),
            }
            for each in segments
        ]
        show(json.dumps({"pool": pool.id, "root": pool.root.key, "segments": listed}, indent=2, ensure_ascii=False))
        return 0
    for each in segments:
        mark = "  (revoked)" if each.writer in gone else ""
        show(f"{each.name}  {each.time}")
        show(f"  {who.get(each.writer, 'unknown')} ({each.writer[:SHORT]}){mark}: {_holds(each)}")
    if not segments:
        show("nothing was published yet")
    return 0


def verify(options: argparse.Namespace) -> int:
    """Checks all that the store shows; 1 where something is wrong."""
    settings = settings_for(options)
    pool = opened(options, settings)
    contents = pool.contents()
    everything = pool.contents(contents.unknown)
    counted = persons(everything.segments, pool.root)
    wrong = [{"segment": name, "reason": reason} for name, reason in everything.refused.items()]
    wrong += [
        {"segment": name, "reason": f"it is missing: {counted[each.writer]} saw it before {each.name[:SHORT]}"}
        for each, name in missing(everything.segments, pool.root)
    ]
    state = None if any(missing(everything.segments, pool.root)) else pool.state().hash
    if options.json:
        found = {"pool": pool.id, "segments": len(everything.segments), "wrong": wrong, "state": state}
        show(json.dumps(found, indent=2))
        return 1 if wrong else 0
    for each_wrong in wrong:
        tell(f"segment {each_wrong['segment']}: {each_wrong['reason']}")
    show(f"pool {pool.id}: {of(len(everything.segments), 'segment')} of {of(len(counted), 'admitted key')} hold")
    if contents.unknown:
        show(f"  {of(len(contents.unknown), 'key')} with segments that count for nothing: not admitted")
    if state is not None:
        show(f"  state {state}")
    if not wrong:
        Memory(settings.project).remember(pool)
    return 1 if wrong else 0


def keys(options: argparse.Namespace) -> int:
    """Prints the person's key, and those of the pool."""
    settings = settings_for(options)
    own = own_key(settings).name
    if not (options.pool or settings.pool):
        show(json.dumps({"own": own, "keys": []}) if options.json else own)
        return 0
    pool = opened(options, settings)
    listed = _keys(pool, own)
    if options.json:
        show(json.dumps({"own": own, "keys": listed}, indent=2, ensure_ascii=False))
        return 0
    for each in listed:
        marks = [name for name in ("root", "own", "revoked") if each[name]]
        if each["person"] is None and not each["revoked"]:
            marks.append("not admitted")
        show(f"{each['key']}  {each['person'] or '-'}{''.join(f', {mark}' for mark in marks)}")
        show(f"  {of(int(str(each['segments'])), 'segment')}, {of(int(str(each['rows'])), 'row')}")
    if all(each["key"] != own for each in listed):
        show(f"{own}  yours; the pool has seen nothing of it")
    return 0


def _keys(pool: Pool, own: str) -> list[dict[str, object]]:
    contents = pool.contents()
    who, gone = persons(contents.segments, pool.root), revoked(contents.segments, pool.root)
    rows: Counter[str] = Counter()
    segments = Counter(contents.unknown)
    for each in contents.segments:
        segments[each.writer] += 1
        if isinstance(each.content, Rows):
            rows[each.writer] += len(each.content.rows)
    return [
        {
            "key": key,
            "person": who.get(key),
            "root": key == pool.root.key,
            "own": key == own,
            "revoked": key in gone,
            "segments": segments[key],
            "rows": rows[key],
        }
        for key in sorted({*who, *gone, *segments})
    ]


def _holds(segment: Segment) -> str:
    match segment.content:
        case Rows(rows):
            return f"{of(len(rows), 'row')} ({_tables([row.table for row in rows])})"
        case Reports(reports):
            return f"{of(len(reports), 'report')} on rows of others"
        case Admission(key, person):
            return f"admits {key[:SHORT]} as {person}'s"
        case Revocation(key, reason):
            return f"revokes {key[:SHORT]}{f': {reason}' if reason else ''}"


def _tables(names: Sequence[str]) -> str:
    return ", ".join(sorted(set(names)))
