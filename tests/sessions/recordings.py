"""Small recordings in every format, made by hand after what the programs write: each has the same work in it."""

import json
import sqlite3
from pathlib import Path

GOAL = "Count the fruits in the basket file"
WORK = (
    ("Write three fruits to the basket", "printf 'apple\\npear\\nplum\\n' > basket.txt", "", 0),
    ("Look for a file that is missing", "cat fruits.txt", "cat: fruits.txt: No such file or directory", 1),
    ("Look at the basket", "cat basket.txt", "apple\npear\nplum", 0),
    ("Count the lines of the basket", "wc -l basket.txt", "3 basket.txt", 0),
)
"""What the agent says, runs and sees, and the exit status."""


def lines(path: Path, values) -> Path:
    path.write_text("".join(json.dumps(value) + "\n" for value in values))
    return path


def atif(folder: Path, work=WORK, goal=GOAL, **more) -> Path:
    steps = [{"step_id": 1, "source": "user", "message": goal}]
    for number, (said, command, output, status) in enumerate(work, 2):
        steps.append(
            {
                "step_id": number,
                "source": "agent",
                "message": said,
                "tool_calls": [
                    {"tool_call_id": f"c{number}", "function_name": "Bash", "arguments": {"command": command}}
                ],
                "observation": {
                    "results": [{"source_call_id": f"c{number}", "content": output, "extra": {"exit_code": status}}]
                },
            }
        )
    agent = {"name": "tester", "version": "1"}
    path = folder / "session.json"
    path.write_text(
        json.dumps({"schema_version": "ATIF-v1.7", "session_id": "s1", "agent": agent, "steps": steps, **more})
    )
    return path


def claude(folder: Path, work=WORK, goal=GOAL) -> Path:
    base = {"sessionId": "c1", "cwd": "/home/someone/project", "version": "2.1.330", "isSidechain": False}
    found = [
        {"type": "file-history-snapshot", "messageId": "x"},
        {"type": "user", "uuid": "u0", "parentUuid": None, **base, "message": {"role": "user", "content": goal}},
    ]
    parent = "u0"
    for number, (said, command, output, status) in enumerate(work, 1):
        blocks = (
            {"type": "text", "text": said},
            {"type": "tool_use", "id": f"t{number}", "name": "Bash", "input": {"command": command}},
        )
        for part, block in enumerate(blocks):
            message = {"id": f"m{number}", "role": "assistant", "content": [block], "usage": {"output_tokens": 5}}
            uuid = f"a{number}.{part}"
            found.append({"type": "assistant", "uuid": uuid, "parentUuid": parent, **base, "message": message})
            parent = uuid
        text = output if status == 0 else f"Exit code {status}\n{output}"
        result = {"type": "tool_result", "tool_use_id": f"t{number}", "content": text, "is_error": status != 0}
        structured = {"stdout": output, "stderr": "", "interrupted": False} if status == 0 else f"Error: {text}"
        uuid = f"r{number}"
        message = {"role": "user", "content": [result]}
        found.append(
            {
                "type": "user",
                "uuid": uuid,
                "parentUuid": parent,
                **base,
                "message": message,
                "toolUseResult": structured,
            }
        )
        parent = uuid
    return lines(folder / "c1.jsonl", found)


def codex(folder: Path, work=WORK, goal=GOAL) -> Path:
    def line(kind, **payload):
        return {"timestamp": "2026-01-01T00:00:00.000Z", "type": kind, "payload": payload}

    def said(role, text):
        kind = "input_text" if role == "user" else "output_text"
        return line("response_item", type="message", role=role, content=[{"type": kind, "text": text}])

    found = [
        line("session_meta", id="x1", cwd="/home/someone/project", cli_version="0.99", source="cli"),
        said("user", "<environment_context>\n<cwd>/home</cwd>\n</environment_context>"),
        line("event_msg", type="user_message", message=goal),
        said("user", goal),
        line("turn_context", turn_id="1", cwd="/home/someone/project", model="gpt"),
    ]
    for number, (text, command, output, status) in enumerate(work, 1):
        summary = [{"type": "summary_text", "text": text}]
        arguments = json.dumps({"command": ["bash", "-lc", command]})
        result = json.dumps({"output": output, "metadata": {"exit_code": status, "duration_seconds": 0.1}})
        found += [
            line("response_item", type="reasoning", summary=summary, encrypted_content="…"),
            line("response_item", type="function_call", name="shell", call_id=f"k{number}", arguments=arguments),
            line("response_item", type="function_call_output", call_id=f"k{number}", output=result),
            line("event_msg", type="token_count", info=None),
        ]
    return lines(folder / "rollout-2026-01-01T00-00-00-x1.jsonl", found)


def opencode(folder: Path, work=WORK, goal=GOAL) -> Path:
    path = folder / "opencode.db"
    database = sqlite3.connect(path)
    database.executescript(
        "CREATE TABLE session(id TEXT PRIMARY KEY, project_id TEXT, parent_id TEXT, directory TEXT, version TEXT);"
        "CREATE TABLE message(id TEXT PRIMARY KEY, session_id TEXT, time_created INTEGER, data TEXT);"
        "CREATE TABLE part(id TEXT PRIMARY KEY, message_id TEXT, session_id TEXT, time_created INTEGER, data TEXT);"
    )
    database.execute("INSERT INTO session VALUES ('ses_1', 'p', NULL, '/home/someone/project', '1.18.18')")
    count = 0

    def message(role, *parts):
        nonlocal count
        count += 1
        data = json.dumps({"role": role, "time": {"created": 1767225600000 + count}})
        database.execute("INSERT INTO message VALUES (?, 'ses_1', ?, ?)", (f"msg_{count:03}", count, data))
        for number, part in enumerate(parts):
            values = (f"prt_{count:03}{number}", f"msg_{count:03}", count, json.dumps(part))
            database.execute("INSERT INTO part VALUES (?, ?, 'ses_1', ?, ?)", values)

    message("user", {"type": "text", "text": goal})
    for number, (text, command, output, status) in enumerate(work, 1):
        state = {"status": "completed", "input": {"command": command}, "output": output, "metadata": {"exit": status}}
        tool = {"type": "tool", "tool": "bash", "callID": f"o{number}", "state": state}
        message("assistant", {"type": "step-start"}, {"type": "text", "text": text}, tool, {"type": "step-finish"})
    database.commit()
    database.close()
    return path


def swe_agent(folder: Path, work=WORK, goal=GOAL) -> Path:
    turns = [
        {"action": command + "\n", "observation": output, "thought": said, "response": f"{said}\n```\n{command}\n```"}
        for said, command, output, _ in work
    ]
    asked = [{"role": "system", "content": "You are an agent."}, {"role": "user", "content": goal}]
    told = [{"role": "assistant", "content": turn["response"]} for turn in turns]
    path = folder / "one.traj"
    path.write_text(json.dumps({"environment": "main", "trajectory": turns, "history": asked + told, "info": {}}))
    return path


def asciicast(folder: Path, work=WORK, goal=GOAL, version=3) -> Path:
    head = (
        {"version": 3, "term": {"cols": 80, "rows": 24}} if version == 3 else {"version": 2, "width": 80, "height": 24}
    )
    found: list = [{**head, "timestamp": 1767225600, "title": goal}]
    for _, command, output, _ in work:
        found.append([0.5, "o", "\x1b[1m$ \x1b[0m"])
        found += [[0.5, "o", character] for character in command]
        found.append([0.5, "o", "\r\n" + "".join(f"{line}\r\n" for line in output.splitlines())])
    found += [[0.5, "o", "$ exit\r\n"], [0.1, "x", "0"]]
    return lines(folder / f"v{version}.cast", found)


WRITERS = {
    "atif": atif,
    "claude-code": claude,
    "codex": codex,
    "opencode": opencode,
    "swe-agent": swe_agent,
    "asciicast": asciicast,
}
