"""What the way to a server does to an answer: cut, slow, endless, redirected, wrong; nothing of it is a traceback."""

import gzip
import json
import logging
import shutil
import ssl
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from hdsl.kernel.request import Answer, KernelUnreachable
from tests.kernel.asking import KEY, REQUEST, ask, configured
from tests.servers.raw_server import Connection, RawServer, Talk
from tests.servers.scripted_openai import Reply, ScriptedServer


@pytest.fixture(autouse=True)
def nothing_is_printed(caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]) -> Iterator[None]:
    """No library writes what a server sends to the terminal or to a log."""
    yield
    assert [record.getMessage() for record in caplog.records if record.levelno > logging.DEBUG] == []
    assert capfd.readouterr() == ("", "")


ANSWER = json.dumps({"choices": [{"message": {"content": "answer"}, "finish_reason": "stop"}]})


def http(body: str | bytes = ANSWER, *headers: str, status: str = "200 OK", length: int | None = None) -> bytes:
    content = body.encode() if isinstance(body, str) else body
    lines = [f"HTTP/1.1 {status}", f"content-length: {len(content) if length is None else length}", *headers]
    return "\r\n".join([*lines, "", ""]).encode() + content


def sent(data: bytes | str) -> Talk:
    return lambda connection: connection.send(data)


def chunked(*chunks: str, end: bool = True) -> str:
    head = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n"
    return head + "".join(f"{len(chunk):x}\r\n{chunk}\r\n" for chunk in chunks) + ("0\r\n\r\n" if end else "")


def reset_in_the_middle(connection: Connection) -> None:
    connection.send(http(length=9999))
    connection.reset()


good = sent(http())

AGAIN = {
    "closed at once": sent(""),
    "closed after the headers": sent(http("", length=50)),
    "reset": Connection.reset,
    "reset in the middle": lambda connection: (connection.send(http(ANSWER[:20], length=99)), connection.reset()),
    "cut body": sent(http(ANSWER[:20], length=len(ANSWER))),
    "declared too short": sent(http(length=20)),
    "cut chunks": sent(chunked(ANSWER[:20], end=False)),
    "a chunk cut": sent(f"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nff\r\n{ANSWER[:20]}"),
    "a chunk of no size": sent(f"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n{ANSWER}"),
    "half a status line": sent("HTTP/1."),
    "half the headers": sent("HTTP/1.1 200 OK\r\ncontent-le"),
    "no HTTP": sent("SSH-2.0-OpenSSH_9.6\r\n"),
    "a length that is not a number": sent("HTTP/1.1 200 OK\r\ncontent-length: many\r\n\r\n"),
    "a status that is not a number": sent("HTTP/1.1 OK fine\r\n\r\n"),
    "headers without end": sent("HTTP/1.1 200 OK\r\n" + "x: y\r\n" * 10_000 + "\r\n"),
    "a header too long": sent("HTTP/1.1 200 OK\r\nx: " + "y" * 200_000 + "\r\n\r\n"),
    "binary": sent(bytes(range(256))),
    "cut gzip": sent(http(gzip.compress(ANSWER.encode())[:30], "content-encoding: gzip")),
    "wrong gzip": sent(http(b"\x1f\x8b" + b"garbage" * 9, "content-encoding: gzip")),
}


@pytest.mark.parametrize("trouble", AGAIN.values(), ids=AGAIN.keys())
def test_what_is_cut_or_wrong_is_asked_for_again(trouble: Talk) -> None:
    waits: list[float] = []
    with RawServer(trouble, trouble, good) as server:
        [answer] = ask(configured(server.url, timeout=60.0), waits=waits)
    assert answer.text == "answer"
    assert (answer.usage.calls, answer.usage.retries, len(waits)) == (1, 2, 2)


@pytest.mark.parametrize("trouble", AGAIN.values(), ids=AGAIN.keys())
def test_what_stays_cut_or_wrong_ends_in_one_sentence(trouble: Talk) -> None:
    with RawServer(trouble) as server, pytest.raises(KernelUnreachable) as error:
        ask(configured(server.url, timeout=60.0, retries=1))
    message = str(error.value)
    assert message.isprintable()
    assert "Error" not in message and "Exception" not in message and "object at" not in message


WHOLE = {
    "declared too long": sent(http(length=9999)),
    "chunks": sent(chunked(ANSWER[:9], ANSWER[9:])),
    "chunks without the last": sent(chunked(ANSWER, end=False)),
    "no length": sent(f"HTTP/1.1 200 OK\r\n\r\n{ANSWER}"),
    "HTTP/1.0": sent(f"HTTP/1.0 200 OK\r\ncontent-type: application/json\r\n\r\n{ANSWER}"),
    "no phrase": sent(f"HTTP/1.1 200\r\ncontent-length: {len(ANSWER)}\r\n\r\n{ANSWER}"),
    "after 100 and 103": sent(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nlink: <x>\r\n\r\n" + http()),
    "201": sent(http(status="201 Created")),
    "odd cookies": sent(http(ANSWER, "set-cookie: =;;\x80\xff[]={}", "set-cookie: expires=never; a\tb")),
    "unknown headers": sent(http(ANSWER, "x: caf\xe9", "set-cookie: a=b", "content-encoding: klingon")),
    "reset after the whole": reset_in_the_middle,
}


@pytest.mark.parametrize("talk", WHOLE.values(), ids=WHOLE.keys())
def test_what_came_whole_is_taken_however_it_came(talk: Talk) -> None:
    with RawServer(talk) as server:
        [answer] = ask(configured(server.url, timeout=60.0))
    assert answer.text == "answer"
    assert len(server.requests) >= 1


SILENT = {
    "hangs": Connection.hang,
    "hangs after the headers": lambda connection: (connection.send(http("", length=50)), connection.hang()),
    "hangs in the body": lambda connection: (connection.send(http(ANSWER[:9], length=50)), connection.hang()),
    "drips headers": lambda connection: (connection.send("HTTP/1.1 200 OK\r\nx: "), connection.drip(b"y")),
    "drips its body": lambda connection: (connection.send(http("", length=9999)), connection.drip(b" ")),
    "drips 102": lambda connection: connection.drip(b"HTTP/1.1 102 Processing\r\n\r\n"),
}


@pytest.mark.parametrize("talk", SILENT.values(), ids=SILENT.keys())
def test_a_slow_server_ends_by_the_timeout(talk: Talk) -> None:
    waits: list[float] = []
    with RawServer(talk) as server, pytest.raises(KernelUnreachable, match=r"no answer within 0\.2 seconds"):
        ask(configured(server.url, timeout=0.2, retries=1), waits=waits)
    assert len(waits) == 1


def test_after_a_timeout_it_is_asked_again() -> None:
    with RawServer(Connection.hang, Connection.hang, good) as server:
        [answer] = ask(configured(server.url, timeout=0.3, retries=200))
    assert answer.text == "answer"
    assert answer.usage.retries >= 2


def endless(head: bytes, block: bytes) -> Talk:
    def talk(connection: Connection) -> None:
        connection.send(head)
        connection.pour(block)

    return talk


BOMB = gzip.compress(b" " * (64 << 20))
TOO_LARGE = {
    "endless": endless(b"HTTP/1.1 200 OK\r\n\r\n", b" " * 65536),
    "endless chunks": endless(
        b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n", b"400\r\n%s\r\n" % (b" " * 1024)
    ),
    "endless error": endless(b"HTTP/1.1 400 Bad Request\r\n\r\n", b" " * 65536),
    "a bomb": sent(http(BOMB, "content-encoding: gzip")),
    "an undeclared bomb": sent(http(BOMB)),
    "a bomb as an error": sent(http(BOMB, "content-encoding: gzip", status="400 Bad Request")),
}


@pytest.mark.parametrize("talk", TOO_LARGE.values(), ids=TOO_LARGE.keys())
def test_a_reply_without_measure_fails_its_element_and_is_not_held(talk: Talk) -> None:
    with RawServer(talk) as server:
        [answer] = ask(configured(server.url, timeout=60.0))
    assert answer.refused == "the server refused the request: the server sent more than 16 MB"
    assert answer.usage.calls == 1
    assert len(server.requests) == 1


def test_a_connection_that_ended_while_idle_is_no_fault_of_the_next_question() -> None:
    with RawServer(good) as server:
        answers: list[Answer] = ask(configured(server.url, concurrency=1), *[REQUEST] * 5)
    assert [(answer.text, answer.usage.retries) for answer in answers] == [("answer", 0)] * 5


def test_what_stands_behind_an_answer_is_not_taken_for_the_next_one() -> None:
    behind = sent(http() + http(ANSWER.replace("answer", "stale")))
    with RawServer(behind, good, kept=frozenset({behind})) as server:
        answers = ask(configured(server.url, concurrency=1), REQUEST, REQUEST)
    assert [answer.text for answer in answers] == ["answer", "answer"]


@pytest.mark.parametrize("status", [307, 308])
@pytest.mark.parametrize("place", ["/v1/elsewhere", "elsewhere?x=1"])
def test_a_redirect_on_the_same_host_that_keeps_the_request_is_followed(status: int, place: str) -> None:
    with ScriptedServer([Reply(status=status, body="", headers={"location": place}), "answer"]) as server:
        assert ask(configured(server.url))[0].text == "answer"
    assert server.paths[1].startswith("/v1/")
    assert "elsewhere" in server.paths[1]
    assert server.requests[0] == server.requests[1]


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_no_other_host_is_sent_the_request_or_the_key(status: int) -> None:
    with ScriptedServer(["stolen"]) as other:
        reply = Reply(status=status, body="", headers={"location": f"{other.url}/x?token=hush"})
        with ScriptedServer([reply]) as server, pytest.raises(KernelUnreachable, match="OPENAI_BASE_URL") as error:
            ask(configured(server.url))
        assert not other.requests
    assert f"it redirects to {other.url}/x (HTTP {status})" in str(error.value)
    assert "hush" not in str(error.value)
    assert KEY not in str(error.value)
    assert len(server.requests) == 1


@pytest.mark.parametrize("headers", [{"location": "/v1/chat/completions"}, {}])
def test_redirects_without_end_end(headers: dict[str, str]) -> None:
    with (
        ScriptedServer([Reply(status=307, body="", headers=headers)]) as server,
        pytest.raises(KernelUnreachable, match="redirects without end"),
    ):
        ask(configured(server.url))
    assert len(server.requests) < 10


def test_a_server_without_tls_is_named_as_such() -> None:
    with ScriptedServer(["answer"]) as server, pytest.raises(KernelUnreachable, match=r"does not speak TLS.*http://"):
        ask(configured(server.url.replace("http://", "https://")))


def test_a_certificate_that_nobody_signed_is_refused_at_once(tmp_path: Path) -> None:
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("no openssl to make a certificate with")
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    made = [openssl, "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=localhost", "-days", "2"]
    subprocess.run([*made, "-keyout", key, "-out", certificate], check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    waits: list[float] = []
    with (
        ScriptedServer(["answer"], tls=context) as server,
        pytest.raises(KernelUnreachable, match=r"certificate is not trusted \(self.signed.*SSL_CERT_FILE"),
    ):
        ask(configured(server.url), waits=waits)
    assert waits == []
    assert server.requests == []


def test_a_name_that_does_not_exist() -> None:
    with pytest.raises(KernelUnreachable, match=r"http://no\.such\.invalid/v1.*the connection failed"):
        ask(configured("http://no.such.invalid/v1", retries=0))
