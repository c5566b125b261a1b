"""`hdsl doctor`: what it says of kernels, servers and tmux, and that it says no key."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from tests.commands import Ended, hdsl
from tests.servers.embedding import embedded
from tests.servers.scripted_openai import ScriptedServer

KEY = "sk-planted-key-of-a-test"


@contextmanager
def listing(status: int = 200, body: object = None) -> Iterator[str]:
    """A server that answers `GET /v1/models`, and says the key that it was sent."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            shown = body if body is not None else {"data": [{"id": "tiny"}, {"id": "big"}]}
            data = json.dumps(shown).replace("KEY", self.headers.get("Authorization", "")).encode()
            self.send_response(status if self.path.startswith("/v1/models") else 404)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, format: str, *arguments: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/v1"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def asked(folder: Path, url: str, *words: str, model: str = "tiny", **environment: str) -> Ended:
    text = f'[kernels.far]\nmodel = "{model}"\nbase_url = "{url}"\napi_key_env = "FAR_KEY"\n'
    (folder / "hdsl.toml").write_text(text)
    return hdsl("doctor", *words, folder=folder, environment={"FAR_KEY": KEY, **environment})


def test_all_is_well_where_every_kernel_can_be_asked(tmp_path: Path) -> None:
    with listing() as url:
        ended = asked(tmp_path, url)
        as_json = asked(tmp_path, url, "--json").json
    assert ended.code == 0
    assert ended.out.endswith("all is well\n")
    assert "kernel nearest [answers, reflection]" in ended.out
    assert "tmux 3" in ended.out or "tmux next" in ended.out
    assert as_json["well"] is True
    assert as_json["kernels"][1]["models"] == ["tiny", "big"]
    assert KEY not in ended.out + ended.err + json.dumps(as_json)


@pytest.mark.parametrize(
    ("status", "body", "says"),
    [
        (401, {"error": {"message": "wrong key: KEY"}}, "HTTP 401: wrong key: Bearer [secret]"),
        (200, {"data": [{"id": "other"}]}, "has no such model, but other"),
        (500, {"error": "it broke"}, "HTTP 500: it broke"),
        (200, "<html>", "does not list its models"),
    ],
)
def test_what_is_wrong_with_a_server_is_said_with_a_fix(tmp_path: Path, status: int, body: object, says: str) -> None:
    with listing(status, body) as url:
        ended = asked(tmp_path, url)
    assert ended.code == 1
    assert says in ended.out
    assert "fix: " in ended.out
    assert KEY not in ended.out + ended.err


def test_a_server_that_lists_no_models_is_reached_all_the_same(tmp_path: Path) -> None:
    with listing(404) as url:
        assert asked(tmp_path, url).code == 0


def test_a_server_that_is_not_there_and_a_key_that_is_missing(tmp_path: Path) -> None:
    with listing() as url:
        gone = url
    assert "cannot be reached (Connection refused)" in asked(tmp_path, gone).out
    ended = asked(tmp_path, gone, FAR_KEY="")
    assert ended.code == 1
    assert "fix: set FAR_KEY" in ended.out


def test_a_kernel_that_cannot_be_is_a_finding_and_a_wrong_configuration_an_error(tmp_path: Path) -> None:
    (tmp_path / "hdsl.toml").write_text('kernel = "nearst"\nreflection = "replay:none.jsonl"\n')
    ended = hdsl("doctor", folder=tmp_path)
    assert ended.code == 1
    assert "did you mean 'nearest'" in ended.out and "none.jsonl cannot be read" in ended.out
    (tmp_path / "hdsl.toml").write_text("kernel = 1\n")
    assert hdsl("doctor", folder=tmp_path).code == 2
    assert hdsl("doctor", "no-such-folder", folder=tmp_path).code == 2


def test_the_server_that_finds_rows_is_asked_for_one_vector(tmp_path: Path) -> None:
    by_embeddings = {"HDSL_SIMILARITY": "embeddings", "HDSL_EMBEDDING_KERNEL": "far", "HDSL_EMBEDDING_MODEL": "e5"}
    with listing() as listed, ScriptedServer(embedded) as server:
        ended = asked(tmp_path, server.url, model="e5", **by_embeddings)
        assert "ok  similarity" in ended.out
        assert "embeddings of 'e5': 6 numbers for a text" in ended.out
        assert [body["input"] for body in server.requests] == [["word"]]
        without = asked(tmp_path, listed, **by_embeddings)
        nobody = asked(tmp_path, listed, **{**by_embeddings, "HDSL_EMBEDDING_KERNEL": "local"})
    assert without.code == nobody.code == 1
    assert "NO  similarity" in without.out
    assert "does not embed texts" in without.out
    assert "'local' is not a model server" in nobody.out
    assert KEY not in ended.out + without.out
