"""A scripted agent that speaks the Agent Client Protocol: reads, asks, writes and runs commands, as a script says.

`script` is JSON: a list of [method, params]; what each gives is written to `results` beside it. Then it says its last
words. It is started as `python acp_agent.py SCRIPT`.
"""

import json
import sys
from pathlib import Path
from typing import Any

SCRIPT = Path(sys.argv[1])


def send(message: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps({"jsonrpc": "2.0", **message}) + "\n")
    sys.stdout.flush()


def update(said: str, /, **more: Any) -> None:
    send({"method": "session/update", "params": {"sessionId": "s1", "update": {"sessionUpdate": said, **more}}})


def ask(number: int, method: str, params: dict[str, Any]) -> Any:
    send({"id": number, "method": method, "params": {"sessionId": "s1", **params}})
    message = json.loads(sys.stdin.readline())
    return message.get("result", message.get("error"))


def work(prompt: str) -> None:
    results: list[Any] = [prompt]
    update("agent_message_chunk", content={"type": "text", "text": "Let me see. "})
    terminal = ""
    for number, (method, params) in enumerate(json.loads(SCRIPT.read_text()), 100):
        update("tool_call", toolCallId=str(number), title=method, kind="other", status="pending")
        if method.startswith("terminal/") and method != "terminal/create":
            params = {"terminalId": terminal, **params}
        found = ask(number, method, params)
        terminal = (found or {}).get("terminalId", terminal)
        results.append(found)
    SCRIPT.with_name("results").write_text(json.dumps(results))
    update("agent_message_chunk", content={"type": "text", "text": "It is "})
    update("agent_message_chunk", content={"type": "text", "text": "done."})


for line in sys.stdin:
    asked = json.loads(line)
    match asked.get("method"):
        case "initialize":
            send({"id": asked["id"], "result": {"protocolVersion": 1, "agentCapabilities": {}}})
        case "session/new":
            send({"id": asked["id"], "result": {"sessionId": "s1"}})
        case "session/prompt":
            work(asked["params"]["prompt"][0]["text"])
            send({"id": asked["id"], "result": {"stopReason": "end_turn"}})
