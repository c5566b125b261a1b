"""What a pool says: merging commutes, associates and repeats without effect; a revoked key leaves nothing behind."""

import shutil

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hdsl.pool.canonical import canonical
from hdsl.pool.faults import PoolError, PoolRefused
from hdsl.pool.pool import Pool
from hdsl.pool.rows import Evidence, Report
from hdsl.pool.segments import Revocation, Segment
from hdsl.pool.state import state_of
from hdsl.pool.trust import Trust, revoked
from tests.pool.people import ANN, BOB, KEYS, MALLORY, ROOT, pool_of, row, segment_lists, values


def check_merging(segments, cuts):
    """The properties, for some segments cut in three parts that overlap."""
    first, second = sorted(cut % (len(segments) + 1) for cut in cuts)
    parts = segments[:second], segments[first:], segments[::2]
    said = state_of(segments, ROOT).to_bytes()
    assert state_of([*parts[0], *parts[1], *parts[2]], ROOT).to_bytes() == said
    assert state_of([*parts[2], *parts[1], *parts[0], *parts[0]], ROOT).to_bytes() == said
    assert state_of(reversed(segments), ROOT).hash == state_of(segments, ROOT).hash


def check_revoking(segments, key):
    """Revoking a key says, byte for byte, what is said without its segments."""
    revocation = Segment("f" * 64, "pool", ROOT.key, 1, (), "", Revocation(key, "lies"))
    without = [each for each in segments if each.writer != key and getattr(each.content, "key", None) != key]
    assert state_of([*segments, revocation], ROOT).to_bytes() == state_of(without, ROOT).to_bytes()


@settings(max_examples=60)
@given(segment_lists(), st.tuples(st.integers(0, 30), st.integers(0, 30)))
def test_merging_commutes_associates_and_repeats_without_effect(segments, cuts):
    check_merging(segments, cuts)


@settings(max_examples=60)
@given(segment_lists(), st.sampled_from(["a", "b", "c"]))
def test_revoking_a_key_restores_the_state_without_it(segments, name):
    check_revoking(segments, KEYS[name])


@settings(max_examples=60)
@given(
    st.recursive(
        st.text() | st.integers(-(2**53) + 1, 2**53 - 1),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(st.characters(max_codepoint=126)), inner),
        max_leaves=8,
    )
)
def test_the_canonical_form_is_that_of_rfc_8785(value):
    rfc8785 = pytest.importorskip("rfc8785")
    assert canonical(value) == rfc8785.dumps(value)


def test_stores_that_were_apart_are_merged_by_copying_files(tmp_path):
    ours = pool_of(tmp_path / "ours", (BOB, "bob"))
    shutil.copytree(tmp_path / "ours", tmp_path / "theirs")
    theirs = Pool.open(str(tmp_path / "theirs"))
    ours.publish([row("ann's"), row("both'")], ANN)
    theirs.publish([row("bob's"), row("both'")], BOB)
    assert ours.state().hash != theirs.state().hash
    for here, there in ((ours, theirs), (theirs, ours)):
        shutil.copytree(there.store.folder, here.store.folder, dirs_exist_ok=True)
    assert ours.state().hash == theirs.state().hash
    assert values(ours) == ["ann's", "bob's", "both'"]
    assert [each.publishers for each in ours.state().rows] == [("ann",), ("bob",), ("ann", "bob")]


def test_a_revoked_key_leaves_nothing_behind(tmp_path):
    pool = pool_of(tmp_path / "pool", (BOB, "bob"), (MALLORY, "mallory"))
    pool.publish([row("true"), row("also true", key="What?")], BOB)
    honest = pool.state().to_bytes()
    pool.publish([row("a lie"), row("true")], MALLORY)
    pool.report([Report(pool.state().rows[0].id, Evidence("notes", 0, 9))], MALLORY)
    assert pool.state().to_bytes() != honest
    pool.revoke(MALLORY.name, "lies", ANN)
    assert pool.state().to_bytes() == honest
    pool.publish([row("another lie")], MALLORY)
    assert Pool.open(str(tmp_path / "pool")).state().to_bytes() == honest
    assert revoked(pool.segments(), pool.root) == {MALLORY.name: "lies"}


def test_who_may_admit_and_revoke(tmp_path):
    pool = pool_of(tmp_path / "pool", (BOB, "bob"))
    with pytest.raises(PoolError, match="only the pool's root key"):
        pool.admit(MALLORY.name, "mallory", BOB)
    with pytest.raises(PoolError, match="by its holder or with the pool's root key"):
        pool.revoke(BOB.name, "I want his place", MALLORY)
    with pytest.raises(PoolError, match="the root key cannot be revoked"):
        pool.revoke(ANN.name, "", ANN)
    pool.publish([row("bob's")], BOB)
    pool.revoke(BOB.name, "I lost it", BOB)
    assert values(pool) == []


def test_a_puller_may_believe_fewer(tmp_path):
    pool = pool_of(tmp_path / "pool", (BOB, "bob"), (MALLORY, "mallory"))
    for key, value in ((ANN, "ann's"), (BOB, "bob's"), (MALLORY, "mallory's")):
        pool.publish([row(value)], key)
    assert [each.value for each in pool.state(Trust(without=frozenset([MALLORY.name]))).rows] == ["ann's", "bob's"]
    assert [each.value for each in pool.state(Trust(only=frozenset([BOB.name]))).rows] == ["bob's"]


def test_the_same_state_by_the_name_of_a_segment_everywhere(tmp_path):
    pool = pool_of(tmp_path / "pool", (BOB, "bob"))
    (then,) = pool.publish([row("first")], ANN)
    said = pool.state().hash
    (later,) = pool.publish([row("second")], BOB)
    shutil.copytree(tmp_path / "pool", tmp_path / "copy")
    for each in (pool, Pool.open(str(tmp_path / "copy"))):
        assert each.state_at([then.name[:12]]).hash == said
    with pytest.raises(PoolError, match="no segment of an admitted key begins with 'abcdef'"):
        pool.state_at(["abcdef"])
    pool.revoke(BOB.name, "", ANN)
    assert pool.state_at([then.name]).hash == said
    with pytest.raises(PoolRefused, match=r"the key of bob \(\w+\) was revoked since then"):
        pool.state_at([later.name])
