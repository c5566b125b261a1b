"""`hdsl pool serve`: who may come in, what is refused, and that what was acknowledged is never lost."""

import gzip
import os
import re
import signal
import subprocess
import sys

import pytest

from hdsl.pool.faults import PoolError, PoolRefused
from hdsl.pool.limits import Limits
from hdsl.pool.pool import Pool
from hdsl.pool.quota import OverQuota, Quota
from hdsl.pool.segments import Place, Rows, name_of
from hdsl.pool.serve import Serving
from hdsl.pool.signing import Key
from hdsl.pool.state import state_of
from tests.commands import REPOSITORY, finish, hdsl, start
from tests.pool.people import ANN, BOB, MALLORY, bytes_of, pool_of, row, values
from tests.pool.serving import TOKEN, ask, served


@pytest.fixture
def pool(tmp_path, monkeypatch):
    """A pool of Ann's, in which Bob may write; clients have the token of its server."""
    monkeypatch.setenv("HDSL_POOL_TOKEN", TOKEN)
    return pool_of(tmp_path / "pool", (BOB, "bob"))


def segment(pool: Pool, key: Key = BOB, *texts: str) -> bytes:
    """A segment as its writer's own program may make it: nothing was screened."""
    rows = tuple(row(text) for text in texts or ("a value",))
    return bytes_of(Place(pool.id, 2, (), "2026-01-01T00:00:00Z"), Rows(rows), key)


def put(url: str, data: bytes, **headers: str):
    """Sends a segment."""
    return ask(url, f"/segments/{name_of(data)}", "PUT", data, **headers)


def test_rows_go_through_the_server_and_back(pool):
    with served(pool) as url:
        theirs = Pool.open(url)
        theirs.publish([row("first"), row("second", "What?")], BOB)
        assert values(Pool.open(url)) == values(Pool.open(pool.store.url)) == ["first", "second"]
        assert theirs.state().hash == Pool.open(pool.store.url).state().hash


def test_a_segment_that_is_sent_again_uses_up_no_quota(pool):
    first, second = segment(pool, BOB, "one"), segment(pool, BOB, "two")
    with served(pool, Serving(TOKEN, quota=Quota(rows=2))) as url:
        assert [put(url, data).status for data in (first, first, first, second)] == [201, 200, 200, 201]
        assert put(url, segment(pool, BOB, "three")).status == 429


def test_without_the_token_nothing_is_answered(pool):
    data = segment(pool)
    with served(pool) as url:
        for token in ("", "Bearer ", f"Bearer {TOKEN}x", f"Bearer {TOKEN[:-1]}", "Basic Og==", "Bearer \xe9"):
            for path in ("/", "/segments", "/pool.json", "/nothing"):
                assert ask(url, path, Authorization=token).status == 401
            assert put(url, data, Authorization=token).status == 401
        assert values(pool) == []
        assert put(url, data).status == 201


def test_the_cookie_of_a_browser_opens_the_page_and_nothing_else(pool):
    data = segment(pool)
    with served(pool) as url:
        first = ask(url, f"/?token={TOKEN}", Authorization="")
        assert (first.status, first.headers["Location"]) == (303, "/")
        cookie = first.headers["Set-Cookie"]
        assert "HttpOnly" in cookie and "SameSite=Strict" in cookie
        cookie = cookie.partition(";")[0]
        assert ask(url, "/", Authorization="", Cookie=cookie).status == 200
        assert put(url, data, Authorization="", Cookie=cookie).status == 401
        for path in ("/segments", "/pool.json", f"/segments/{pool.store.segments()[0]}"):
            assert ask(url, path, Authorization="", Cookie=cookie).status == 401
        bearer = f"Bearer {cookie.partition('=')[2]}"
        assert put(url, data, Authorization=bearer).status == 401
        for path in ("/", "/segments", f"/?token={bearer[7:]}"):
            assert ask(url, path, Authorization=bearer).status == 401
        assert ask(url, f"/segments/{name_of(data)}?token={TOKEN}", "PUT", data, Authorization="").status == 401
    assert values(pool) == []


def test_the_right_token_works_beside_a_stale_cookie(pool):
    with served(pool) as url:
        stale = "hdsl_pool=" + "0" * 64
        assert ask(url, "/", Authorization="", Cookie=stale).status == 401
        assert ask(url, f"/?token={TOKEN}", Authorization="", Cookie=stale).status == 303
        assert ask(url, f"/segments?token={TOKEN}", Authorization="", Cookie=stale).status == 200


def test_foreign_pages_are_refused(pool):
    data = segment(pool)
    with served(pool) as url:
        for origin in ("http://evil.example", "null", "https://127.0.0.1", "http://127.0.0.1:1"):
            assert put(url, data, Origin=origin).status == ask(url, "/", Origin=origin).status == 403
        for host in ("evil.example", "127.0.0.1.evil.example", "localhost.evil.example:80", "[::1", "@127.0.0.1:x"):
            assert put(url, data, Host=host).status == ask(url, "/", Host=host).status == 403
        assert values(pool) == []
        assert put(url, data, Origin=url).status == 201
        assert ask(url, "/", Host="localhost:1").status == 200


def test_bombs_and_bodies_that_are_too_large_are_refused(pool):
    small = Pool.open(pool.store.url, Limits(stored_bytes=20_000, expanded_bytes=40_000))
    bomb = segment(pool, BOB, "x" * 90_000)
    assert len(bomb) < 20_000
    with served(small) as url:
        assert "expands to more than 40,000 bytes" in put(url, bomb).text
        assert "was not admitted" in put(url, segment(pool, MALLORY, "x" * 90_000)).text  # and nothing is expanded
        assert ask(url, f"/segments/{'0' * 64}", "PUT", os.urandom(20_001)).status == 413
        squeezed = gzip.compress(segment(pool))
        assert put(url, squeezed, Content_Encoding="gzip").status == 415
    assert values(pool) == []


def test_what_is_no_segment_of_this_pool_is_refused(pool, tmp_path):
    other = pool_of(tmp_path / "other", (BOB, "bob"))
    good = segment(pool)
    bad = [
        (b"", "not a signed envelope"),
        (b"{]", "not a signed envelope"),
        (b'{"payload": 1}', "not a signed envelope"),
        (good.replace(b'"sig":"', b'"sig":"A', 1), "not a signed envelope"),
        (segment(pool, MALLORY), "was not admitted"),
        (segment(other), "signed for another pool"),
        (segment(pool, BOB, "token = ghp_" + "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8"), "has a secret"),
        (segment(pool, BOB, "text: rm -rf ~"), "denies to type"),
    ]
    with served(pool) as url:
        for data, reason in bad:
            answer = put(url, data)
            assert (answer.status, reason in answer.text) == (422, True), (data, answer)
        assert ask(url, f"/segments/{name_of(good)}", "PUT", segment(pool, BOB, "another")).status == 400
        for path in ("/segments/..%2fpool.json", "/segments/../../etc/passwd", f"/segments/{'A' * 64}", "/x"):
            assert ask(url, path).status == 404
            assert ask(url, path, "PUT", good).status in (400, 404, 405)
    assert values(pool) == []
    assert Pool.open(pool.store.url).contents().refused == {}


def test_a_damaged_file_of_the_same_name_is_not_taken_for_the_segment(pool):
    data = segment(pool)
    file = pool.store.folder / "segments" / name_of(data)
    with served(pool) as url:
        for make in (lambda: file.write_bytes(data[:-1]), file.mkdir):
            make()
            answer = put(url, data)
            assert (answer.status, f"{file} already exists" in answer.text) == (503, True), answer
            file.rmdir() if file.is_dir() else file.unlink()
        assert put(url, data).status == 201
        assert put(url, data).status == 200
    assert values(pool) == ["a value"] and pool.contents().refused == {}


def test_a_writer_beyond_the_quota_waits(pool):
    pool.admit(MALLORY.name, "mallory", ANN)
    now = [0.0]
    serving = Serving(TOKEN, quota=Quota(rows=4, bytes=50_000, seconds=60))
    with served(pool, serving, clock=lambda: now[0]) as url:
        greedy, other = Pool.open(url), Pool.open(url)
        first = segment(pool, BOB, "1", "2", "3")
        assert put(url, first).status == 201
        assert put(url, first).status == 200  # it costs nothing again
        now[0] = 10.0
        answer = put(url, segment(pool, BOB, "4", "5"))
        assert (answer.status, answer.headers["Retry-After"]) == (429, "50")
        with pytest.raises(OverQuota, match="has added 3 rows, and may add 4 in 60 s; try again in 50 s") as refused:
            greedy.publish([row("4"), row("5", "Who?")], BOB)
        assert refused.value.exit_code == 4
        answer = put(url, segment(pool, BOB, *"abcde"))  # more at once than ever fits: waiting is no help
        assert (answer.status, "Retry-After" in answer.headers) == (422, False)
        with pytest.raises(PoolRefused, match="5 rows at once are more than the quota of 4: send fewer"):
            other.publish([row(text, f"{text}?") for text in "abcde"], MALLORY)
        answer = put(url, segment(pool, BOB, os.urandom(40_000).hex()))
        assert (answer.status, "bytes at once are more than the quota of 50,000" in answer.text) == (422, True)
        other.publish([row("of another"), row("also", "Why?")], MALLORY)
        greedy.publish([row("4")], BOB)
        now[0] = 61.0
        greedy.publish([row("5", "Who?")], BOB)
    assert values(pool) == ["1", "2", "3", "4", "of another", "5", "also"]


def test_clients_are_told_what_is_wrong(pool, tmp_path, monkeypatch):
    with served(pool) as url:
        with pytest.raises(PoolRefused, match="was not admitted"):
            Pool.open(url).publish([row("x")], MALLORY)
        monkeypatch.setenv("HDSL_POOL_TOKEN", "wrong")
        with pytest.raises(PoolError, match="asks for its token: set HDSL_POOL_TOKEN"):
            Pool.open(url)
    with pytest.raises(PoolError, match="cannot be reached"):
        Pool.open(url)
    for address in ("http://", "http://127.0.0.1:1/pool", "http://a:b@127.0.0.1", "http://127.0.0.1:port"):
        with pytest.raises(PoolError, match="is not an address of a"):
            Pool.open(address)


def test_the_users_own_token_is_told_to_this_machine_alone(tmp_path, monkeypatch):
    from hdsl.pool.http_store import HttpStore
    from hdsl.pool.tokens import load_or_make_token, token_file

    monkeypatch.delenv("HDSL_POOL_TOKEN", raising=False)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    token = load_or_make_token(token_file())
    assert token_file().stat().st_mode & 0o077 == 0 and len(token) > 40
    assert HttpStore("http://127.0.0.1:1")._token == HttpStore("http://localhost:1")._token == token
    assert HttpStore("https://pool.example")._token == ""


def test_nothing_that_was_acknowledged_is_lost_when_a_client_and_the_server_are_killed(tmp_path):
    pool_of(tmp_path / "pool", (BOB, "bob"), (MALLORY, "mallory"))
    environment = {"XDG_DATA_HOME": str(tmp_path / "data"), "HOME": str(tmp_path)}
    server = start("pool", "serve", "pool", "--idle", "100", folder=tmp_path, environment=environment)
    url = re.search(r"http://\S+", server.stdout.readline())[0]
    server.stdout.readline()
    environment["HDSL_POOL_TOKEN"] = (tmp_path / "data" / "hdsl" / "pool.token").read_text().strip()
    bob, mallory = (
        subprocess.Popen(
            [sys.executable, "-m", "tests.pool.streaming", url, number, name],
            cwd=REPOSITORY,
            env={**os.environ, **environment},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for number, name in (("2", "bob"), ("3", "mallory"))
    )
    acknowledged = [mallory.stdout.readline() for _ in range(4)]
    mallory.kill()
    acknowledged += [bob.stdout.readline() for _ in range(6)]
    server.kill()
    acknowledged += [*bob.stdout, *mallory.stdout]  # what was read ahead of a line is in these, and not in the pipes
    for process in (bob, mallory, server):
        finish(process)
    assert bob.returncode == 1 and mallory.returncode == server.returncode == -signal.SIGKILL
    pool = Pool.open(str(tmp_path / "pool"))
    there = {f"{value}\n" for value in values(pool)}
    assert set(acknowledged) <= there and len(there) <= len(set(acknowledged)) + 2  # one each was on its way
    assert pool.contents().refused == {}
    assert hdsl("pool", "verify", "--pool", "pool", folder=tmp_path, environment=environment).code == 0


def test_what_sessions_teach_is_streamed_once(pool, tmp_path, monkeypatch):
    monkeypatch.setenv("HDSL_POOL_KEY", str(tmp_path / "own.key"))
    recorded = str(REPOSITORY / "examples" / "recorded")
    key = hdsl("pool", "keys", folder=tmp_path).out.strip()
    pool.admit(key, "carol", ANN)
    with served(pool) as url:
        first = hdsl("pool", "stream", recorded, "--pool", url, "--once", folder=tmp_path)
        again = hdsl("pool", "stream", recorded, "--pool", url, "--once", folder=tmp_path)
    assert (first.code, again.code) == (0, 0), first.err
    assert again.out.startswith("0 rows published")
    rows = pool.state().rows
    assert first.out.startswith(f"{len(rows)} rows published") and {row.table for row in rows} >= {"coder.decide"}
    away = hdsl("pool", "stream", recorded, "--pool", url, "--once", folder=tmp_path)
    assert (away.code, "cannot be reached" in away.err) == (2, True)


def test_it_ends_by_itself_when_nobody_asks(tmp_path):
    pool_of(tmp_path / "pool")
    environment = {"XDG_DATA_HOME": str(tmp_path / "data")}
    ended = finish(start("pool", "serve", "pool", "--idle", "0.1", folder=tmp_path, environment=environment))
    assert (ended.code, ended.err) == (0, "hdsl pool serve: ended\n")
    wrong = hdsl("pool", "serve", "nothing", folder=tmp_path, environment=environment)
    assert (wrong.code, "there is no pool at nothing" in wrong.err) == (2, True)


def test_the_page_shows_foreign_text_as_text(pool):
    attack = '<script>document.title="owned"</script><img src=x onerror="document.title=1">\u202e"\''
    pool.publish([row(attack, key=attack, query="")], BOB)
    with served(pool) as url:
        page = ask(url, "/")
        found = ask(url, "/?find=%3Cscript%3E&from=0").text
    assert "<script" not in page.text and "<img" not in page.text and "\u202e" not in page.text
    assert "&lt;script&gt;document.title=&quot;owned&quot;&lt;/script&gt;" in page.text and "\\u202e" in page.text
    assert 'value="&lt;script&gt;"' in found
    policy = page.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy and "unsafe" not in policy and "script-src" not in policy
    assert page.headers["X-Content-Type-Options"] == "nosniff" and page.headers["Cache-Control"] == "no-store"


def test_the_page_says_who_vouches_what_rows_did_and_what_was_revoked(pool):
    from hdsl.pool.page import Wanted, page_of
    from hdsl.pool.rows import Evidence, Report, row_id

    pool.admit(MALLORY.name, "mallory", ANN)
    pool.publish([row("good"), row("disputed", "Why?")], BOB)
    pool.publish([row("a lie", "Where?")], MALLORY)
    pool.report([Report(row_id(row("good")), Evidence("desk", 3, 1))], ANN)
    pool.report([Report(row_id(row("disputed", "Why?")), Evidence("desk", 0, 2))], ANN)
    pool.revoke(MALLORY.name, "she lies", ANN)
    page = page_of(pool, pool.contents(), Wanted())
    rows, taken_out = page.split("Taken out with the keys that were revoked")
    assert (
        "<td>mallory</td>" in rows
        and "a lie" not in rows
        and '<tr class="gone">' in taken_out
        and "she lies" in taken_out
    )
    assert 'ann on desk: <span class="good">helped 3</span>, <span class="failed">hurt 1</span>' in rows
    assert "ann, by use" in rows and "disputed by ann" in rows
    assert "good" in page_of(pool, pool.contents(), Wanted("GOOD")).split("<h2>Rows</h2>")[1]
    assert "disputed by" not in page_of(pool, pool.contents(), Wanted("GOOD"))
    (newest, *_) = sorted(pool.segments(), key=lambda each: -each.sequence)
    assert state_of(pool.segments(), pool.root).hash[:12] in page and newest.name
