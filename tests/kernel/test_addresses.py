"""Where a model server is: addresses as people write them, proxies, keys; what cannot be used is one sentence."""

import base64

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hdsl.configuration.files import SettingsError
from hdsl.kernel.address import server_address
from hdsl.kernel.credentials import authorization, check_key
from hdsl.kernel.proxies import Proxy, proxy_for
from tests.commands import hdsl
from tests.kernel.asking import KEY, ask, configured
from tests.servers.scripted_openai import ScriptedServer


@pytest.mark.parametrize(
    ("text", "endpoint"),
    [
        ("http://127.0.0.1:8000/v1", "http://127.0.0.1:8000/v1/chat/completions"),
        ("http://127.0.0.1:8000/v1/", "http://127.0.0.1:8000/v1/chat/completions"),
        ("http://127.0.0.1:8000/v1//", "http://127.0.0.1:8000/v1/chat/completions"),
        ("http://127.0.0.1:8000/v1/chat/completions", "http://127.0.0.1:8000/v1/chat/completions"),
        ("http://127.0.0.1:8000/v1/chat/completions/", "http://127.0.0.1:8000/v1/chat/completions"),
        ("http://127.0.0.1:8000", "http://127.0.0.1:8000/chat/completions"),
        ("HTTP://Example.com/v1", "http://example.com/v1/chat/completions"),
        ("https://h/openai?api-version=2024-10-21", "https://h/openai/chat/completions?api-version=2024-10-21"),
        ("https://h/x/?a=b&c=d%20e#part", "https://h/x/chat/completions?a=b&c=d%20e"),
        ("https://h/a%2Fb/v1", "https://h/a%2Fb/v1/chat/completions"),
        ("https://h/é", "https://h/%C3%A9/chat/completions"),
        ("http://[::1]:8080/v1", "http://[::1]:8080/v1/chat/completions"),
        ("localhost:11434/v1", "http://localhost:11434/v1/chat/completions"),
        ("127.0.0.1:11434/v1", "http://127.0.0.1:11434/v1/chat/completions"),
        ("[::1]:11434/v1", "http://[::1]:11434/v1/chat/completions"),
        ("192.168.1.7:8000", "http://192.168.1.7:8000/chat/completions"),
        ("10.0.0.2/v1", "http://10.0.0.2/v1/chat/completions"),
        ("gpu-box:8000/v1", "http://gpu-box:8000/v1/chat/completions"),
        ("gpu.local/v1", "http://gpu.local/v1/chat/completions"),
        ("//localhost:1/v1", "http://localhost:1/v1/chat/completions"),
        ("api.example.com/v1", "https://api.example.com/v1/chat/completions"),
        ("8.8.8.8/v1", "https://8.8.8.8/v1/chat/completions"),
        ("https://user:pass@h:1/v1", "https://h:1/v1/chat/completions"),
    ],
)
def test_an_address_is_understood_as_it_is_meant(text: str, endpoint: str) -> None:
    assert server_address(text).endpoint == endpoint


WRONG = [
    ("http://127.0.0.1:port/v1", "port 'port'"),
    ("http://127.0.0.1:99999/v1", "port '99999'"),
    ("http://127.0.0.1:0/v1", "port '0'"),
    ("http://127.0.0.1:-1/v1", "port '-1'"),
    ("http://127.0.0.1:١٢٣/v1", "a port is a number"),
    ("http://[::1", "brackets"),
    ("[::1", "brackets"),
    ("http://[nonsense]/v1", "brackets"),
    ("http://::1:8080/v1", "brackets"),
    ("http://my server/v1", "' '"),
    ("http://h/v1\nx", "no address contains"),
    ("http://h\x00/v1", "no address contains"),
    ("http://h\\v1", "no address contains"),
    ("http://", "names no host"),
    ("http://me:\udc80@h/v1", "no address contains"),
    ("/v1", "names no host"),
    ("?x", "names no host"),
    ("http:///v1", "names no host"),
    ("http://user:pass@/v1", "names no host"),
    ("ftp://h/v1", "begins with ftp://"),
    ("file:///etc/passwd", "begins with file://"),
    ("unix:///run/x.sock", "begins with unix://"),
    ("http://a..b/v1", "cannot be a name"),
    (f"http://{'a' * 70}.com/v1", "cannot be a name"),
    ("http://127.0.0.1:11434:11434/v1", "brackets"),
]


@pytest.mark.parametrize(("text", "words"), WRONG)
def test_an_address_that_cannot_be_one_is_refused_in_one_sentence(text: str, words: str) -> None:
    with pytest.raises(SettingsError, match="OPENAI_BASE_URL") as error:
        server_address(text)
    assert words in str(error.value)
    assert "\n" not in str(error.value)
    assert "pass" not in str(error.value)


@given(st.one_of(st.text(max_size=40), st.text(alphabet="htps:/[]@.%?#1a ", max_size=20)))
@settings(deadline=None)
def test_no_text_makes_an_address_anything_but_refused(text: str) -> None:
    try:
        address = server_address(text)
    except SettingsError as error:
        assert str(error).isprintable()
    else:
        assert address.endpoint.startswith(("http://", "https://"))


@pytest.mark.parametrize("text", ["http://127.0.0.1:99999/v1", "http://[::1", "http://my server/v1", "ftp://h/v1"])
def test_a_run_at_a_wrong_address_ends_with_exit_2_before_anything_ran(tmp_path, text: str) -> None:
    (tmp_path / "ask.hg").write_text(ASKING)
    environment = {"OPENAI_BASE_URL": text, "HDSL_MODEL": "m"}
    ended = hdsl("run", "ask.hg", "--question", "x", "--kernel", "openai", folder=tmp_path, environment=environment)
    assert ended.code == 2
    assert ended.err.startswith("hdsl run: base_url (OPENAI_BASE_URL): the address ")
    assert ended.err.count("\n") == 1


def test_a_query_reaches_the_server_and_is_not_shown() -> None:
    with ScriptedServer(["answer"]) as server:
        assert ask(configured(f"{server.url}?api-version=1&secret=hush"))[0].text == "answer"
        assert server.paths == ["/v1/chat/completions?api-version=1&secret=hush"]
    assert "hush" not in server_address("https://h/v1?key=hush").shown
    assert "hush" not in repr(server_address("https://me:hush@h/v1?key=hush"))


def test_a_user_in_the_address_is_sent_as_such_and_the_key_is_not() -> None:
    with ScriptedServer(["answer"]) as server:
        ask(configured(server.url.replace("http://", "http://me:p%40ss@")))
    assert server.authorizations == ["Basic " + base64.b64encode(b"me:p@ss").decode()]


@pytest.mark.parametrize(
    ("url", "key", "header"),
    [
        ("https://h/v1", KEY, {"Authorization": f"Bearer {KEY}"}),
        ("https://h/v1", "", {}),
        ("https://r.openai.azure.com/openai/deployments/d?api-version=1", KEY, {"api-key": KEY}),
        ("https://r.openai.azure.com/openai/v1", "eyJ0.a.b", {"Authorization": "Bearer eyJ0.a.b"}),
    ],
)
def test_the_header_that_a_key_is_sent_in(url: str, key: str, header: dict[str, str]) -> None:
    assert authorization(server_address(url), key) == header


@pytest.mark.parametrize(
    ("key", "words"),
    [
        ("sk-hush\nhush", "character 8 of 12 is a line break"),
        ("sk-hush\rhush", "a line break"),
        ("“sk-hush”", "character 1 of 9 is left double quotation mark"),
        ("sk-hush’", "right single quotation mark"),
        ('"sk-hush"', "without them"),
        ("'sk-hush'", "without them"),
        ("sk hush", "a space"),
        ("sk-hush\x00", "U\\+0000"),
        ("sk-hüsh", "latin small letter u with diaeresis"),
        ("sk-hush\u200b", "zero width space"),
    ],
)
def test_a_key_that_cannot_be_one_is_named_and_not_shown(key: str, words: str) -> None:
    with pytest.raises(SettingsError, match=words) as error:
        check_key(key)
    assert "hush" not in str(error.value)
    assert "OPENAI_API_KEY" in str(error.value)


def test_a_run_with_a_wrong_key_ends_with_exit_2_and_does_not_show_it(tmp_path) -> None:
    (tmp_path / "ask.hg").write_text(ASKING)
    with ScriptedServer(["answer"]) as server:
        environment = {"OPENAI_BASE_URL": server.url, "HDSL_MODEL": "m", "OPENAI_API_KEY": "sk-hush\nhush"}
        ended = hdsl("run", "ask.hg", "--question", "x", "--kernel", "openai", folder=tmp_path, environment=environment)
    assert ended.code == 2
    assert "a line break" in ended.err
    assert "hush" not in ended.out + ended.err
    assert not server.requests
    written = [path for path in (tmp_path / "runs").rglob("*") if path.is_file()]
    assert all(b"hush" not in path.read_bytes() for path in written)


@pytest.mark.parametrize(
    ("url", "environment", "proxy"),
    [
        ("https://h/v1", {}, None),
        ("https://h/v1", {"HTTPS_PROXY": "http://p:3128"}, Proxy("http://p:3128")),
        ("https://h/v1", {"https_proxy": "p:3128"}, Proxy("http://p:3128")),
        ("https://h/v1", {"HTTP_PROXY": "http://p:3128"}, None),
        ("http://h.example/v1", {"HTTP_PROXY": "http://p:3128"}, Proxy("http://p:3128")),
        ("https://h/v1", {"ALL_PROXY": "http://me:p%40ss@p"}, Proxy("http://p", "me", "p@ss")),
        ("https://h/v1", {"ALL_PROXY": "socks5://p", "HTTPS_PROXY": "http://q"}, Proxy("http://q")),
        ("http://127.0.0.1:1/v1", {"ALL_PROXY": "socks5://p"}, None),
        ("http://localhost/v1", {"HTTP_PROXY": "http://p"}, None),
        ("https://h.example/v1", {"ALL_PROXY": "socks5://p", "NO_PROXY": "a, .example"}, None),
        ("https://h.example/v1", {"ALL_PROXY": "http://p", "NO_PROXY": "ample"}, Proxy("http://p")),
        ("https://h.example:1/v1", {"ALL_PROXY": "http://p", "NO_PROXY": "h.example:1"}, None),
        ("http://10.1.2.3/v1", {"ALL_PROXY": "http://p", "NO_PROXY": "10.0.0.0/8"}, None),
        ("https://h/v1", {"ALL_PROXY": "socks5://p", "NO_PROXY": "*"}, None),
        ("https://h/v1", {"ALL_PROXY": "  "}, None),
    ],
)
def test_the_proxy_of_an_address(url: str, environment: dict[str, str], proxy: Proxy | None) -> None:
    assert proxy_for(server_address(url), environment) == proxy


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("socks5://me:hush@p:1080", "ALL_PROXY: a socks5:// proxy cannot be used"),
        ("socks5h://p", "a socks5h:// proxy"),
        ("socks4://p", "a socks4:// proxy"),
        ("ftp://p", "a ftp:// proxy"),
        ("http://p:port", "cannot be read"),
        ("http://p:99999", "cannot be read"),
        ("http://[::1", "cannot be read"),
        ("http://my proxy", "cannot be read"),
        ("http://", "cannot be read"),
    ],
)
def test_a_proxy_that_cannot_be_used_is_one_sentence(text: str, words: str) -> None:
    with pytest.raises(SettingsError, match="NO_PROXY=h") as error:
        proxy_for(server_address("https://h/v1"), {"ALL_PROXY": text})
    assert words in str(error.value)
    assert "hush" not in str(error.value)


def test_a_proxy_is_asked_for_the_server(monkeypatch: pytest.MonkeyPatch) -> None:
    with ScriptedServer(["answer"]) as proxy:
        monkeypatch.setenv("http_proxy", proxy.url.removesuffix("/v1"))
        [answer] = ask(configured("http://far.example/v1"))
    assert answer.text == "answer"
    assert proxy.paths == ["http://far.example/v1/chat/completions"]


ASKING = """hdsl 1

harness ask(question: text[1]) -> text[1] {
  answer: text[1] = llm(question, task="Answer it.")
  return answer
}
"""
