"""Where pools are kept: nothing published is lost or torn whoever is killed, and S3 holds what a folder holds."""

import errno
import json
import os
import subprocess
import sys
import time

import pytest

from hdsl.pool.faults import PoolError, PoolRefused
from hdsl.pool.pool import Pool
from hdsl.pool.store import store_at
from tests.commands import REPOSITORY
from tests.pool.people import ANN, BOB, pool_of, row, values
from tests.pool.writers import WRITERS, keys


def check_writers(folder, seed, rounds):
    """What stands when eight writers were killed at random: all that they were told is published, and nothing torn."""
    pool_of(folder, *((key, f"writer {number}") for number, key in enumerate(keys())))
    command = [sys.executable, "-m", "tests.pool.writers", str(folder), str(seed), str(rounds)]
    ran = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, check=True)
    told = json.loads(ran.stdout)
    pool = Pool.open(str(folder))
    contents = pool.contents()
    assert contents.refused == {}
    assert set(told["published"]) <= {segment.name for segment in contents.segments}
    assert len(told["published"]) >= rounds * WRITERS
    assert len({row.publishers for row in pool.state().rows}) == WRITERS
    return told


def test_eight_writers_killed_at_random_moments_lose_and_tear_nothing(tmp_path):
    assert check_writers(tmp_path / "pool", seed=1, rounds=1)["killed"] == WRITERS


def test_what_killed_processes_left_is_not_read_and_is_removed(tmp_path):
    pool = pool_of(tmp_path / "pool", (BOB, "bob"))
    folder = tmp_path / "pool" / "segments"
    old, young = folder / ".aa-1.tmp", folder / ".bb-2.tmp"
    for stray in (old, young):
        stray.write_bytes(b"half of a segm")
    os.utime(old, (time.time() - 7200,) * 2)
    again = Pool.open(pool.store.url)
    again.publish([row("true")], ANN)
    assert values(again) == ["true"]
    assert (old.exists(), young.exists()) == (False, True)


def test_a_segment_that_is_there_is_not_written_again(tmp_path):
    store = store_at(str(tmp_path))
    assert store.add("segments/" + "a" * 64, b"first")
    assert not store.add("segments/" + "a" * 64, b"second")
    assert store.read("segments/" + "a" * 64, 100) == b"first"
    with pytest.raises(OSError, match="larger than 2 bytes"):
        store.read("segments/" + "a" * 64, 2)


def test_a_segment_that_could_not_be_read_is_tried_again(tmp_path):
    pool = pool_of(tmp_path / "pool", (BOB, "bob"))
    (segment,) = pool.publish([row("true")], BOB)
    again = Pool.open(pool.store.url)
    file = tmp_path / "pool" / "segments" / segment.name
    data = file.read_bytes()
    file.unlink()
    file.mkdir()  # as good as an error of the disk, which goes by
    assert list(again.contents().refused) == [segment.name] and values(again) == []
    file.rmdir()
    file.write_bytes(data)
    assert again.contents().refused == {} and values(again) == ["true"]


def test_a_file_system_without_hard_links(tmp_path, monkeypatch):
    def refuse(*_):
        raise PermissionError(errno.EPERM, "Operation not permitted")

    monkeypatch.setattr("os.link", refuse)
    pool = pool_of(tmp_path / "pool", (BOB, "bob"))
    pool.publish([row("true")], BOB)
    assert values(Pool.open(pool.store.url)) == ["true"]
    assert not pool.store.add("pool.json", b"another")
    with pytest.raises(PoolError, match="there is a pool at"):
        Pool.create(pool.store.url, BOB, "bob")


def test_pools_that_are_not_there_or_are_none(tmp_path):
    with pytest.raises(PoolError, match=r"there is no pool at .*: `hdsl pool init"):
        Pool.open(str(tmp_path / "none"))
    with pytest.raises(PoolError, match="no protocol `nonsense`"):
        Pool.open("nonsense://x")
    pool_of(tmp_path / "pool")
    with pytest.raises(PoolError, match="there is a pool at"):
        Pool.create(str(tmp_path / "pool"), BOB, "bob")
    for content in (b"", b"{}", b"hello", (tmp_path / "pool" / "pool.json").read_bytes()[:-5]):
        (tmp_path / "pool" / "pool.json").write_bytes(content)
        with pytest.raises(PoolRefused, match="is not a description of a pool"):
            Pool.open(str(tmp_path / "pool"))


def test_an_address_of_fsspec_that_is_no_service(tmp_path):
    pool = pool_of(f"memory://{tmp_path.name}/pool", (BOB, "bob"))
    pool.publish([row("bob's")], BOB)
    assert values(Pool.open(f"memory://{tmp_path.name}/pool")) == ["bob's"]


@pytest.fixture
def bucket(monkeypatch):
    """A bucket of S3 that moto serves on this machine."""
    moto = pytest.importorskip("moto.server", reason="moto is not installed: make test-s3")
    pytest.importorskip("s3fs", reason="s3fs is not installed: make test-s3")
    server = moto.ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://{host}:{port}")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing-testing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    import s3fs

    name = f"pools-{server.get_host_and_port()[1]}"  # what moto holds outlives its server
    s3fs.S3FileSystem(skip_instance_cache=True).mkdir(name)
    yield f"s3://{name}/ours"
    server.stop()


def test_s3_holds_what_a_folder_holds(bucket, tmp_path):
    pool = pool_of(bucket, (BOB, "bob"))
    with pytest.raises(PoolError, match="there is a pool at"):
        Pool.create(bucket, BOB, "bob")
    other = Pool.open(bucket)
    (first,) = pool.publish([row("ann's"), row("both'")], ANN)
    (second,) = other.publish([row("bob's"), row("both'")], BOB)
    assert values(pool) == values(Pool.open(bucket)) == ["ann's", "bob's", "both'"]
    assert second.previous == (first.name,)
    names = pool.store.segments()
    for name in ["pool.json", *(f"segments/{each}" for each in names)]:
        target = tmp_path / "copy" / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(pool.store.read(name, 1 << 20))
    assert Pool.open(str(tmp_path / "copy")).state().hash == pool.state().hash
    assert not pool.store.add(f"segments/{names[0]}", b"another")
    with pytest.raises(OSError, match="larger than 10 bytes"):
        pool.store.read("pool.json", 10)
    pool.revoke(BOB.name, "", ANN)
    assert values(other) == ["ann's", "both'"]


def test_a_service_that_has_no_such_bucket(bucket):
    with pytest.raises(PoolError):
        Pool.open("s3://none/ours")
