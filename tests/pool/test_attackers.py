"""What an attacker tries: each test fails without the guard that it is about."""

import gzip
import json
import os
import shutil
from base64 import b64decode, b64encode
from dataclasses import replace
from pathlib import Path

import pytest

from hdsl.pool.canonical import canonical
from hdsl.pool.faults import PoolRefused, StoreShowsLess
from hdsl.pool.limits import Limits
from hdsl.pool.memory import Memory
from hdsl.pool.pool import Pool
from hdsl.pool.rows import Evidence, PooledRow, Report
from hdsl.pool.segments import (
    SEGMENT_TYPE,
    Admission,
    BadSegment,
    Place,
    Revocation,
    Rows,
    decoded,
    envelope_of,
    name_of,
)
from hdsl.pool.signing import opened, signed
from tests.pool.people import ANN, BOB, MALLORY, bytes_of, pool_of, row, values


def payload(pool: Pool, **changed: object) -> bytes:
    """The payload of a segment of one row, with some fields changed."""
    fields = {"table": "notes.facts", "query": "q", "key": "k", "value": "v", "source": "", "licence": "CC0-1.0"}
    one = {**fields, "harness": "", "helped": 0, "hurt": 0}
    one |= {name: value for name, value in changed.items() if name in one}
    head = {"pool": pool.id, "sequence": 1, "previous": [], "time": "2026-01-01T00:00:00Z", "kind": "rows"}
    return canonical({**head, "rows": [one]} | {name: value for name, value in changed.items() if name not in one})


def put(pool: Pool, data: bytes, name: str = "") -> str:
    """Lays bytes into the store, as whoever can write to it may."""
    name = name or name_of(data)
    Path(pool.store.url, "segments", name).write_bytes(data)
    return name


def refused(pool: Pool, name: str) -> str:
    """Why a file of the store is not a segment."""
    return Pool.open(pool.store.url).contents().refused[name]


@pytest.fixture
def pool(tmp_path):
    """A pool of Ann's, in which Bob and Mallory may write."""
    return pool_of(tmp_path / "pool", (BOB, "bob"), (MALLORY, "mallory"))


# Stores that show less


def test_a_store_that_was_set_back_behind_a_revocation(pool, tmp_path):
    pool.publish([row("a lie")], MALLORY)
    shutil.copytree(pool.store.folder, tmp_path / "old")
    pool.revoke(MALLORY.name, "lies", ANN)
    memory = Memory(tmp_path / "project")
    memory.remember(pool)
    shutil.rmtree(pool.store.folder)
    shutil.copytree(tmp_path / "old", pool.store.folder)
    with pytest.raises(StoreShowsLess, match=f"hides that the key {MALLORY.name} was revoked"):
        memory.check(Pool.open(pool.store.url))


def test_a_store_that_lost_a_segment_is_found_out_by_who_saw_it(pool, tmp_path):
    (first,) = pool.publish([row("first")], ANN)
    memory = Memory(tmp_path / "project")
    memory.remember(pool)
    (pool.store.folder / "segments" / first.name).unlink()
    with pytest.raises(StoreShowsLess, match=f"hides segment {first.name}"):
        memory.check(Pool.open(pool.store.url))


def test_a_revocation_cannot_be_hidden_from_a_newcomer_once_somebody_wrote_after_it(pool):
    pool.publish([row("a lie")], MALLORY)
    revocation = pool.revoke(MALLORY.name, "lies", MALLORY)
    pool.publish([row("true")], BOB)
    (pool.store.folder / "segments" / revocation.name).unlink()
    with pytest.raises(StoreShowsLess, match=rf"hides segment {revocation.name}: bob \({BOB.name[:12]}\) had seen it"):
        Pool.open(pool.store.url).state()


def test_another_pool_in_the_place_of_the_one_that_was_seen(pool, tmp_path):
    memory = Memory(tmp_path / "project")
    memory.remember(pool)
    shutil.rmtree(pool.store.folder)
    Pool.create(pool.store.url, MALLORY, "ann")
    with pytest.raises(StoreShowsLess, match="is now another one"):
        memory.check(Pool.open(pool.store.url))


def test_a_writer_who_claims_to_have_seen_what_never_was_can_be_left_out(pool):
    from hdsl.pool.trust import Trust

    data = bytes_of(Place(pool.id, 9, ("0" * 64,), "2026-01-01T00:00:00Z"), Rows((row("a lie"),)), MALLORY)
    put(pool, data)
    pool.publish([row("true")], BOB)
    with pytest.raises(StoreShowsLess, match=f"--without {MALLORY.name[:12]}"):
        pool.state()
    assert [each.value for each in pool.state(Trust(without=frozenset([MALLORY.name]))).rows] == ["true"]
    pool.revoke(MALLORY.name, "", ANN)
    assert values(pool) == ["true"]


def test_a_writer_who_makes_the_last_sequence_or_very_many_heads_stops_nobody(tmp_path):
    pool = pool_of(tmp_path / "pool", (BOB, "bob"), (MALLORY, "mallory"))
    put(pool, bytes_of(Place(pool.id, 2**53 - 1, (), "2026-01-01T00:00:00Z"), Rows((row("a lie"),)), MALLORY))
    (mine,) = pool.publish([row("true")], BOB)
    assert mine.sequence == 2**53 - 1
    for number in range(5):
        lie = Rows((row(f"lie {number}"),))
        put(pool, bytes_of(Place(pool.id, 2**53 - 1, (), "2026-01-01T00:00:00Z"), lie, MALLORY))
    few = Pool.open(pool.store.url, Limits(previous=3))
    (next_one,) = few.publish([row("also true")], BOB)
    assert len(next_one.previous) == 3
    assert mine.name in next_one.previous


# Forged and altered segments


def test_a_segment_of_one_pool_in_another(pool, tmp_path):
    other = pool_of(tmp_path / "other", (BOB, "bob"))
    (segment,) = pool.publish([row("bob's, for the first pool")], BOB)
    data = (pool.store.folder / "segments" / segment.name).read_bytes()
    put(other, data)
    assert "signed for another pool" in refused(other, segment.name)
    assert values(Pool.open(other.store.url)) == []
    with pytest.raises(PoolRefused, match="signed for another pool"):
        other.accept(data)


def test_what_a_key_that_was_not_admitted_writes_counts_for_nothing(pool, tmp_path):
    stranger = pool_of(tmp_path / "other", (BOB, "bob"))
    assert stranger.root.key == ANN.name
    pool.publish([row("true")], BOB)
    before = pool.state().to_bytes()
    from hdsl.pool.signing import new_key

    sybils = [new_key() for _ in range(20)]
    for key in sybils:
        pool.publish([row("a lie"), row("true")], key)
        key_says = Admission(key.name, "bob")
        put(pool, bytes_of(Place(pool.id, 1, (), "2026-01-01T00:00:00Z"), key_says, key))
    again = Pool.open(pool.store.url)
    assert again.state().to_bytes() == before
    assert len(again.contents().unknown) == 20


def test_an_admission_or_a_revocation_by_somebody_else_than_the_root(pool):
    place = Place(pool.id, 9, (), "2026-01-01T00:00:00Z")
    put(pool, bytes_of(place, Revocation(BOB.name, "I want his place"), MALLORY))
    put(pool, bytes_of(place, Admission("a" * 64, "bob"), MALLORY))
    pool.publish([row("true")], BOB)
    assert values(Pool.open(pool.store.url)) == ["true"]
    assert sorted(Pool.open(pool.store.url).state().persons.values()) == ["ann", "bob", "mallory"]
    with pytest.raises(PoolRefused, match="only the root key admits keys"):
        pool.accept(bytes_of(place, Admission("b" * 64, "bob"), MALLORY))


def test_altered_bytes_under_the_name_or_under_their_own(pool):
    (segment,) = pool.publish([row("true")], BOB)
    file = pool.store.folder / "segments" / segment.name
    good = file.read_bytes()
    envelope = json.loads(good)
    content = json.loads(gzip.decompress(b64decode(envelope["payload"])))
    content["rows"][0]["value"] = "a lie"
    envelope["payload"] = b64encode(gzip.compress(canonical(content), mtime=0)).decode()
    altered = canonical(envelope)
    assert "its signature is not one of key" in refused(pool, put(pool, altered))
    for torn in (b"", good[:100], good[:-1], good + b"\n", altered):
        file.write_bytes(torn)
        assert "not those that its name is the hash of" in refused(pool, segment.name)


def test_one_segment_has_one_form(pool):
    """Whoever may write to the store cannot make a second segment of a signed one."""
    (segment,) = pool.publish([row("true")], BOB)
    good = (pool.store.folder / "segments" / segment.name).read_bytes()
    envelope = json.loads(good)
    spaced = json.dumps(envelope).encode()
    second = canonical({**envelope, "signatures": envelope["signatures"] * 2})
    more = canonical({**envelope, "extra": 1})
    for data in (spaced, good + b" ", second, more):
        assert "not a signed envelope" in refused(pool, put(pool, data))


def test_bytes_that_are_signed_as_something_else(pool):
    data = signed("application/json", gzip.compress(payload(pool), mtime=0), BOB)
    assert "signed as something else" in refused(pool, put(pool, data))


# Sizes


def test_a_compressed_bomb_is_not_expanded(pool):
    bomb = signed(SEGMENT_TYPE, gzip.compress(b"[" * (200 << 20), mtime=0), MALLORY)
    assert len(bomb) < 1 << 20
    assert "expands to more than 33,554,432 bytes" in refused(pool, put(pool, bomb))


def test_a_bomb_of_a_stranger_is_not_looked_at(pool):
    from hdsl.pool.signing import new_key

    put(pool, signed(SEGMENT_TYPE, gzip.compress(b"[" * (200 << 20), mtime=0), new_key()))
    contents = Pool.open(pool.store.url).contents()
    assert (contents.refused, list(contents.unknown.values())) == ({}, [1])


@pytest.mark.parametrize(
    ("limits", "reason"),
    [
        (Limits(stored_bytes=300), "is larger than 300 bytes"),
        (Limits(expanded_bytes=300), "expands to more than 300 bytes"),
        (Limits(rows=1), "more than 1"),
        (Limits(text=4), "a value has more than 4 characters"),
        (Limits(previous=0), "too many predecessors"),
    ],
)
def test_what_is_too_large(pool, limits, reason):
    (segment,) = pool.publish([row("a longer value"), row("another", key="What?")], BOB)
    opened_again = Pool.open(pool.store.url, limits)
    assert reason in opened_again.contents().refused[segment.name]
    data = bytes_of(Place(pool.id, 1, ("0" * 64,), "2026-01-01T00:00:00Z"), Rows((row("a longer value"),) * 2), BOB)
    with pytest.raises(PoolRefused, match=reason):  # a server keeps to the limits too
        Pool.open(pool.store.url, limits).accept(data)


def test_a_deeply_nested_payload_and_one_that_is_cut_off(pool):
    nested = signed(SEGMENT_TYPE, gzip.compress(b"[" * 100_000 + b"]" * 100_000, mtime=0), MALLORY)
    assert "cannot be read as JSON" in refused(pool, put(pool, nested))
    cut = signed(SEGMENT_TYPE, gzip.compress(payload(pool), mtime=0)[:-9], MALLORY)
    assert "cut off" in refused(pool, put(pool, cut))
    more = signed(SEGMENT_TYPE, gzip.compress(payload(pool), mtime=0) + b"more", MALLORY)
    assert "bytes behind its payload" in refused(pool, put(pool, more))


def test_what_lies_in_a_store_and_is_no_segment(pool):
    folder = pool.store.folder / "segments"
    pool.publish([row("true")], BOB)
    (folder / ".0123-aa.tmp").write_bytes(b"half a seg")
    (folder / "README").write_text("hello")
    (folder / ("A" * 64)).write_text("upper case")
    os.mkfifo(folder / ("a" * 64))
    (folder / ("b" * 64)).mkdir()
    again = Pool.open(pool.store.url)
    assert values(again) == ["true"]
    assert sorted(again.contents().refused) == ["a" * 64, "b" * 64]


# Names and fields


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("table", "../../etc/cron"),
        ("table", "/etc/cron"),
        ("table", "notes/facts"),
        ("table", ".hdsl.facts"),
        ("table", "notes..facts"),
        ("table", "notes\\facts"),
        ("table", "notes.\0facts"),
        ("table", ""),
        ("table", "a" * 201),
        ("source", "/home/ann/secret/notes.hg"),
        ("source", "~/notes.hg"),
        ("source", "../notes.hg"),
        ("source", "C:\\Users\\ann"),
        ("source", "two\nlines"),
        ("licence", "../../x"),
        ("harness", "../x"),
        ("helped", -1),
        ("helped", True),
        ("hurt", 1.5),
        ("value", None),
        ("entry", "os:system"),
    ],
)
def test_paths_in_names_and_fields_that_no_row_has(pool, field, value):
    if field == "entry":
        content = json.loads(payload(pool))
        content["rows"][0]["entry"] = value
        data = canonical(content)
    else:
        data = payload(pool, **{field: value})
    name = put(pool, signed(SEGMENT_TYPE, gzip.compress(data, mtime=0), MALLORY))
    assert name in Pool.open(pool.store.url).contents().refused
    assert values(Pool.open(pool.store.url)) == []


@pytest.mark.parametrize(
    "changed",
    [
        {"files": [{"path": "notes.hg", "text": 'tool f() -> text = "os:system"'}]},
        {"kind": "files"},
        {"previous": ["../x"]},
        {"previous": "x"},
        {"sequence": "1"},
        {"time": "yesterday"},
        {"rows": []},
        {"rows": {}},
        {"reports": []},
    ],
)
def test_a_segment_with_fields_that_none_has(pool, changed):
    name = put(pool, signed(SEGMENT_TYPE, gzip.compress(payload(pool, **changed), mtime=0), MALLORY))
    assert name in Pool.open(pool.store.url).contents().refused


# Evidence


def test_many_keys_of_one_person_count_as_one(tmp_path):
    from hdsl.pool.signing import new_key

    keys = [new_key() for _ in range(5)]
    pool = pool_of(tmp_path / "pool", (BOB, "bob"), *((key, "mallory") for key in keys))
    for key in keys:
        pool.publish([row("a lie")], key)
    pool.publish([row("true")], BOB)
    pool.publish([row("true")], ANN)
    assert {each.value: each.support for each in pool.state().rows} == {"a lie": 1, "true": 2}


def test_what_a_writer_says_of_his_own_rows_counts_nothing(pool):
    pool.publish([replace(row("a lie"), evidence=Evidence("notes", 10_000, 0))], MALLORY)
    pool.publish([row("true")], BOB)
    ids = {each.value: each.id for each in pool.state().rows}
    pool.report([Report(ids["a lie"], Evidence("notes", 10_000, 0)), Report(ids["true"], Evidence("x", 0, 3))], MALLORY)
    pool.report([Report(ids["true"], Evidence("notes", 3, 0))], ANN)
    lie, true = pool.state().rows
    assert (lie.value, lie.support, lie.confirmed) == ("a lie", 1, ())
    assert (true.value, true.support, true.confirmed, true.disputed) == ("true", 1, ("ann",), ("mallory",))


def test_a_report_of_a_key_that_does_not_count(pool):
    pool.publish([row("true")], BOB)
    (before,) = pool.state().rows
    pool.report([Report(before.id, Evidence("x", 0, 100))], MALLORY)
    assert pool.state().rows[0].support == 0
    pool.revoke(MALLORY.name, "", ANN)
    assert pool.state().rows == (before,)


def test_bad_segments_are_refused_before_they_are_published(pool):
    bad: list[tuple[PooledRow, str]] = [
        (row("v", table="../x"), "the name of a table"),
        (replace(row("v"), source="/home/ann/x"), "a source is a path"),
        (row("\ud800"), "half a character"),
    ]
    for each, reason in bad:
        with pytest.raises(PoolRefused, match=reason):
            pool.publish([row("fine"), each], BOB)
    assert values(pool) == []
    with pytest.raises(BadSegment):
        decoded(opened(signed(SEGMENT_TYPE, b"x", BOB)), "0" * 64, pool.id)
    with pytest.raises(BadSegment):
        envelope_of(b"", name_of(b""))
