"""An agent over ACP that does one thing wrong, which its word says; it starts at once, without the SDK."""

import json
import sys

how = sys.argv[1]


def send(**message):
    print(json.dumps({"jsonrpc": "2.0", **message}), flush=True)


def update(**fields):
    send(method="session/update", params={"sessionId": "s", "update": fields})


def answered(result):
    """The next request, which is answered with a result; an error where it is none."""
    asked = json.loads(sys.stdin.readline())
    send(id=asked["id"], **({"result": result} if isinstance(result, dict) else {"error": result[0]}))
    return asked


if how == "crash":
    sys.exit("boom")
answered({"protocolVersion": 9 if how == "version" else 1})
if how == "login":
    answered([{"code": -32000, "message": "Authentication required"}])
    sys.stdin.read()
answered({"sessionId": "s"})
asked = json.loads(sys.stdin.readline())
if how == "endless":
    for number in range(5):
        update(sessionUpdate="tool_call", toolCallId=str(number), title="x")
    sys.stdin.readline()
elif how == "costly":
    update(sessionUpdate="usage_update", used=1, size=2, cost={"amount": 7.5, "currency": "USD"})
    sys.stdin.readline()
elif how == "shape":
    send(id=asked["id"], result=["no object"])
    sys.stdin.read()
elif how == "works":

    def ask(method, **params):
        send(id=method, method=method, params={"sessionId": "s", **params})
        return json.loads(sys.stdin.readline())["result"]

    for said, command in (
        ("Write three fruits to the basket", "printf 'apple\npear\nplum\n' > basket.txt"),
        ("Look for a file that is missing", "cat fruits.txt"),
        ("Show a key", "echo sk-ant-api03-" + "Ab3" * 31 + "AA"),
        ("Count the lines of the basket", "wc -l basket.txt"),
    ):
        update(sessionUpdate="agent_message_chunk", content={"type": "text", "text": said})
        name = ask("terminal/create", command=command)["terminalId"]
        ask("terminal/wait_for_exit", terminalId=name)
        ask("terminal/release", terminalId=name)
    # One that it runs by itself, and tells of.
    update(sessionUpdate="agent_message_chunk", content={"type": "text", "text": "Look at the basket"})
    update(sessionUpdate="tool_call", toolCallId="own", kind="execute", rawInput={"command": "cat basket.txt"})
    update(sessionUpdate="tool_call_update", toolCallId="own", status="in_progress", content="wrong", rawOutput=3)
    came = {"output": "apple\npear\nplum\n", "metadata": {"exit": 0}}
    update(sessionUpdate="tool_call_update", toolCallId="own", status="completed", rawOutput=came)
    update(sessionUpdate="agent_message_chunk", content={"type": "text", "text": "Three fruits."})
elif how == "garbage":
    print("no JSON\n[1, 2]\n{}", flush=True)
    send(id=[1], result={})
    send(id=99, error="no object")
    send(id=1.5, method=["x"], params=3)
    send(method="session/update", params=[1])
    send(method="session/update", params={"update": {"sessionUpdate": "agent_message_chunk", "content": "x"}})
    send(id="x", method="fs/read_text_file", params={"path": 3})
    assert "error" in json.loads(sys.stdin.readline())
    for wrong in ({"command": "echo \ud800"}, {"command": "ls", "env": [{"name": "X", "value": "\ud800"}]}):
        send(id="z", method="terminal/create", params={"sessionId": "s", **wrong})
        assert "error" in json.loads(sys.stdin.readline())
    send(id="y", method="no/such_method", params={})
    assert "error" in json.loads(sys.stdin.readline())
    update(sessionUpdate="agent_message_chunk", content={"type": "text", "text": "I thought about it."})
send(id=asked["id"], result={"stopReason": "refusal" if how == "refuse" else "end_turn"})
sys.stdin.read()
