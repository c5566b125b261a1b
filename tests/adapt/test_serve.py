"""`hdsl serve`: an MCP client drives the harnesses of a file, over stdio, over HTTP, and in this process."""

import asyncio
import json
import shutil
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from hdsl.adapt.harness_tool import tool_of
from hdsl.adapt.serving import META, Serving, make_server
from hdsl.check.entry import checked_module, programs_to_run
from hdsl.configuration.settings import load_settings
from hdsl.run.asked import Asking
from tests.commands import REPOSITORY, Recorded, hdsl, start

# The SDK takes a second to import, and is imported by the tests that use it, not by every worker.
pytestmark = pytest.mark.skipif(find_spec("mcp") is None, reason="mcp is not installed")

ROUTER = REPOSITORY / "examples" / "router"
QUESTIONS = ["How do I get a refund?", "The program crashes at start"]

KINDS = """hdsl 1

type Mood { "glad": "all is well", "cross" }

type Person { name: text "as it is written", age: int?, moods: list(Mood) }

op hang(x: text[*S]) -> text[*S] = "slow:hang"

# Says who it is.
harness greet(person: Person[B], mood: Mood[1], loud: bool = false, times: dim = 2) -> text[B, times] {
  line: text[B]        = "{person.name}, {loud}"
  said: text[B, times] = expand(line, to=[B, times])
  return said
}

harness copy(person: Person[1]) -> Person[1] {
  same: Person[1] = fallback(person, person)
  return same
}

harness judge(actual: text[1], expected: text[1]) -> score[1] {
  off: score[1] = exact_match(actual, expected)
  return off
}

harness note(name: text[1]) -> text[1] {
  kept: text[1] = write_file(name, "done")
  return kept
}

harness wait(word: text[1]) -> text[1] {
  locked:   text[1] = write_file("lock", word)
  hung:     text[1] = hang(locked)
  released: text[1] = write_file("lock", "free")
  result:   text[1] = always(hung, released)
  return result
}

harness find(x: text[B]) -> text[B] {
  found: text[B] = until_match(x, pattern="[0-9]+")
  return found
}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "kinds.hg").write_text(KINDS)
    (tmp_path / "slow.py").write_text(
        "import asyncio\n\n\nasync def hang(x):\n    if x:\n        await asyncio.sleep(1000)\n    return x\n"
    )
    shutil.copytree(ROUTER, tmp_path / "router", ignore=shutil.ignore_patterns("runs"))
    return tmp_path


def server_of(file: Path) -> Any:
    _, module = checked_module(file, str(file))
    serving = Serving([tool_of(each) for each in programs_to_run(module)], load_settings(file.parent), Asking())
    return make_server(serving, file.stem, "harnesses")


def text_of(result: Any) -> str:
    return "\n".join(part.text for part in result.content)


def test_schemas_come_from_types_and_hints_from_effects(folder: Path) -> None:
    from mcp import Client

    async def listed() -> dict[str, Any]:
        async with Client(server_of(folder / "kinds.hg")) as client:
            return {tool.name: tool for tool in (await client.list_tools()).tools}

    tools = asyncio.run(listed())
    greet = tools["greet"].input_schema
    assert tools["greet"].description == "Says who it is."
    person = greet["properties"]["person"]
    assert (person["type"], person["minItems"], person["items"]["required"]) == ("array", 1, ["name", "moods"])
    assert person["items"]["properties"]["moods"]["items"]["enum"] == ["glad", "cross"]
    assert person["items"]["properties"]["name"]["description"] == "as it is written"
    assert greet["properties"]["mood"]["enum"] == ["glad", "cross"]
    assert greet["properties"]["times"] == {"type": "integer", "minimum": 1, "default": 2}
    assert greet["required"] == ["person", "mood"]
    assert tools["copy"].output_schema["properties"]["result"]["properties"]["age"] == {"type": "integer"}
    assert tools["judge"].output_schema["properties"]["result"] == {"type": "number"}
    hints = {name: (tool.annotations.read_only_hint, tool.annotations.destructive_hint) for name, tool in tools.items()}
    assert hints == {
        **dict.fromkeys(("greet", "copy", "judge", "find"), (True, False)),
        **dict.fromkeys(("note", "wait"), (False, True)),
    }


def test_arguments_are_read_by_their_types_and_results_come_back_nested(folder: Path) -> None:
    from mcp import Client

    ann = {"name": "Ann", "age": None, "moods": ["glad"]}

    async def called() -> None:
        async with Client(server_of(folder / "kinds.hg")) as client:
            greeted = await client.call_tool("greet", {"person": [ann, {**ann, "name": "Bo"}], "mood": "glad"})
            assert greeted.structured_content == {"result": [["Ann, false"] * 2, ["Bo, false"] * 2]}
            copied = await client.call_tool("copy", {"person": ann})
            assert copied.structured_content == {"result": {"name": "Ann", "moods": ["glad"]}}
            assert (await client.call_tool("judge", {"actual": "a", "expected": "b"})).structured_content[
                "result"
            ] == 1.0
            for arguments, said in [
                ({"person": [ann]}, "needs `mood`"),
                ({"person": ann, "mood": "glad"}, "give a list"),
                ({"person": [], "mood": "glad"}, "give a list"),
                ({"person": [{"name": "x"}], "mood": "glad"}, 'lacks the field "moods"'),
                ({"person": [ann], "mood": "sad"}, "carries none of the labels"),
                ({"person": [ann], "mood": "glad", "times": 0}, "`times` takes a whole number from 1"),
                ({"person": [ann], "mood": "glad", "loud": "yes"}, "`loud` takes a boolean"),
                ({"person": [ann], "mood": "glad", "more": 1}, "no input or option `more`"),
            ]:
                refused = await client.call_tool("greet", arguments)
                assert refused.is_error and said in text_of(refused), text_of(refused)
            partly = await client.call_tool("find", {"x": ["a", "1"]})
            assert partly.is_error and "1 of 2 elements failed" in text_of(partly) and '[null, "1"]' in text_of(partly)
            with pytest.raises(Exception, match="there is no tool 'nothing'"):
                await client.call_tool("nothing", {})

    asyncio.run(called())


def test_a_call_is_a_recorded_run_with_progress_and_is_ended_in_good_order_when_cancelled(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from mcp import Client

    monkeypatch.chdir(folder)
    heard: list[str] = []

    async def progress(count: float, total: float | None, message: str | None) -> None:
        heard.append(message or "")

    async def called() -> None:
        async with Client(server_of(folder / "kinds.hg"), mode="legacy") as client:
            first = asyncio.ensure_future(client.call_tool("wait", {"word": "taken"}, progress_callback=progress))
            while "locked" not in heard:
                await asyncio.sleep(0.01)
            first.cancel()
            await asyncio.gather(first, return_exceptions=True)
            while (folder / "lock").read_text() != "free":
                await asyncio.sleep(0.01)
            while any(Recorded(each).json["state"] == "running" for each in (folder / "runs").iterdir()):
                await asyncio.sleep(0.01)
            done = await client.call_tool("note", {"name": "a.txt"})
            assert (folder / "a.txt").read_text() == "done"
            assert Recorded(folder / "runs" / done.meta[META]["run"]).json["exit"] == 0

    asyncio.run(called())
    states = {Recorded(each).json["state"] for each in (folder / "runs").iterdir()}
    assert states == {"interrupted", "finished"}


@pytest.mark.slow
def test_the_sdk_drives_it_over_stdio_within_a_limit_for_all_calls(folder: Path) -> None:
    from mcp import Client
    from mcp.client.stdio import StdioServerParameters, stdio_client

    command = StdioServerParameters(
        command=sys.executable,
        args=["-m", "hdsl", "serve", "router/router.hg", "--max-calls", "5"],
        cwd=folder,
        env={"PYTHONPATH": str(REPOSITORY)},
    )

    async def called(mode: str) -> None:
        async with Client(stdio_client(command), mode=mode) as client:
            answer = await client.call_tool("router", {"question": QUESTIONS})
            assert "refund" in answer.structured_content["result"][0]
            assert (await client.call_tool("router", {"question": QUESTIONS[:1]})).is_error
            assert client.server_info is not None and client.server_info.name == "router"

    asyncio.run(called("auto"))


def test_http_needs_the_token_and_no_foreign_page_gets_in(folder: Path) -> None:
    import httpx2

    token = "a-token-that-is-long-enough"
    process = start("serve", "router/router.hg", "--http", "0", folder=folder, environment={"HDSL_SERVE_TOKEN": token})
    assert process.stderr is not None
    url = process.stderr.readline().rpartition(" ")[2].strip()

    async def called() -> None:
        from mcp import Client
        from mcp.client.streamable_http import streamable_http_client

        right = {"authorization": f"Bearer {token}"}
        async with (
            httpx2.AsyncClient(headers=right, timeout=60) as http,
            Client(streamable_http_client(url, http_client=http)) as client,
        ):
            answer = await client.call_tool("router", {"question": QUESTIONS})
            assert "refund" in answer.structured_content["result"][0]
        async with httpx2.AsyncClient(timeout=60) as http:
            body = {"jsonrpc": "2.0", "id": 1, "method": "tools/list"}
            accept = {"accept": "application/json, text/event-stream"}
            codes = [
                (await http.post(url, json=body, headers={**accept, **headers})).status_code
                for headers in (
                    {},
                    {"authorization": "Bearer wrong"},
                    {**right, "origin": "http://example.com"},
                    {**right, "host": "example.com"},
                )
            ]
            assert codes == [401, 401, 403, 421]

    try:
        asyncio.run(called())
    finally:
        process.terminate()
        process.communicate(timeout=60)
    assert process.returncode == 143


def test_what_cannot_be_served_is_said(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "twin.hg").write_text(KINDS)
    for words, said in [
        (("kinds.hg", "twin.hg"), "both have a harness `greet`"),
        (("kinds.hg", "--harness", "none"), "no harness `none`"),
        (("missing.hg",), "no file missing.hg"),
        (("kinds.hg", "--http", "x"), "a whole number from 0 to 65535"),
    ]:
        ended = hdsl("serve", *words, folder=folder)
        assert (ended.code, said in ended.err) == (2, True), ended.err
    short = hdsl("serve", "kinds.hg", "--http", "0", folder=folder, environment={"HDSL_SERVE_TOKEN": "short"})
    assert short.code == 2 and "too short" in short.err
    monkeypatch.setitem(sys.modules, "mcp_types", None)
    missing = hdsl("serve", "kinds.hg", folder=folder)
    assert missing.code == 2 and "pip install 'hdsl[mcp]'" in missing.err
    assert json.dumps(missing.out) == '""'
