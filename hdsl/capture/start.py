"""Starts recorders, run by hooks and by the shell for agents: `python -m hdsl.capture.start MODE CAPTURES …`.

- `session CAPTURES PLUGIN`, at the start of a session of Claude Code: the event is read from stdin, the whole route is
  tried, and a fault is said loudly. `restart` where a hook finds that the recorder is gone.
- `shell CAPTURES SESSION PROCESS`, at the first command of an agent, which is that process.
"""

from __future__ import annotations

import fcntl
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from hdsl.capture.places import READY, CaptureError, Places
from hdsl.capture.plugin import ROUTE, installed_command
from hdsl.ground.display import one_line
from hdsl.ground.errors import HdslError
from hdsl.ground.processes import name_of
from hdsl.sessions.values import mapping_of, text_of

AGENT = "claude-code"
SESSION, GOAL = "HDSL_CAPTURE_SESSION", "HDSL_CAPTURE_GOAL"
TRIAL = "hdsl-trial"
_TRIAL_SECONDS = 30
_SAID, _STATUS = "hdsl", 7
_VERSION = re.compile(r"claude-code_(\d+(?:-\d+)*)")
_SHELLS = frozenset({"sh", "bash", "dash", "zsh", "timeout", "env"})


def start(event: Mapping[str, Any], places: Places, plugin: Path, *, is_restarted: bool) -> None:
    """Starts the recorder of the event's session, unless it runs. CaptureError where it cannot."""
    told = {
        "route": str(plugin / ROUTE),
        "folder": text_of(event.get("cwd")) or str(Path.cwd()),
        "agent": AGENT,
        "version": _version(os.environ),
        "model": text_of(event.get("model")),
        "agent_process": _agent_process(os.environ),
        "is_restarted": is_restarted,
    }
    _start(places, text_of(event.get("session_id")), told)


def start_shell(places: Places, session: str, process: int) -> None:
    """Starts the recorder of an agent's commands, unless it runs. A session that has a name outlives one process."""
    is_named = session == os.environ.get(SESSION)
    told = {
        "route": "",
        "folder": str(Path.cwd()),
        "agent": name_of(process),
        "version": "",
        "model": "",
        "agent_process": os.getsid(process) if is_named else process,
        "is_restarted": False,
    }
    _start(places, session, told)


def _start(places: Places, session: str, told: Mapping[str, Any]) -> None:
    places.make()
    running = places.running(session)
    with _only_one(places.live / f"{session}.lock"):
        if places.is_running(session):
            return
        shutil.rmtree(running, ignore_errors=True)
        running.mkdir(mode=0o700)
        terminal, goal = os.environ.get("TERM", "dumb"), os.environ.get(GOAL, "")
        _spawn({**told, "captures": str(places.captures), "session": session, "terminal": terminal, "goal": goal})


def trial(event: Mapping[str, Any], plugin: Path) -> str:
    """Tries the route of a command and that a broken hook blocks; what is wrong, or nothing."""
    call = f"{TRIAL}-{os.getpid()}"
    arguments = {"command": f"printf {_SAID}; (exit {_STATUS})"}
    announced = {
        **{key: event.get(key) for key in ("session_id", "cwd")},
        **{"hook_event_name": "PreToolUse", "tool_name": "Bash", "tool_use_id": call, "tool_input": arguments},
    }
    hook = installed_command(plugin)
    hooked = _run(hook, json.dumps(announced), plugin)
    try:
        answer = mapping_of(mapping_of(json.loads(hooked.stdout)).get("hookSpecificOutput"))
    except ValueError:
        return f"the hook did not answer (exit {hooked.returncode}): {one_line(hooked.stderr)}"
    routed = _run(text_of(mapping_of(answer.get("updatedInput")).get("command")), "", plugin)
    if (routed.stdout, routed.returncode) != (_SAID, _STATUS):
        return f"a command does not reach the recorded shell (exit {routed.returncode}): {one_line(routed.stderr)}"
    blocked = _run(hook, json.dumps(announced), plugin / "missing")
    if blocked.returncode != 2:
        return f"a hook that is missing does not block the command (exit {blocked.returncode})"
    return ""


def main(words: list[str]) -> int:
    """Starts a recorder. For a session of Claude Code it is tried, and what is to be shown is printed."""
    mode, captures, *rest = words
    try:
        if mode == "shell":
            start_shell(Places(Path(captures)), rest[0], int(rest[1]))
            return 0
        event, plugin = mapping_of(json.loads(sys.stdin.read())), Path(rest[0])
        start(event, Places(Path(captures)), plugin, is_restarted=mode == "restart")
        fault = trial(event, plugin) if mode == "session" else ""
    except (HdslError, OSError, ValueError, subprocess.SubprocessError) as error:
        fault = one_line(str(error))
    if fault and mode == "session":
        said = f"hdsl capture: COMMANDS WILL NOT BE RECORDED: {fault}"
        told = "Until this is fixed, or `hdsl capture claude --remove` has run, every Bash command is blocked."
        print(json.dumps({"systemMessage": f"{said}. {told}"}))
    elif fault:
        print(f"hdsl capture: {fault}", file=sys.stderr)
        return 2
    return 0


def _spawn(told: Mapping[str, Any]) -> None:
    process = subprocess.Popen(
        [sys.executable, "-I", "-m", "hdsl.capture.record"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
        cwd="/",
        text=True,
    )
    assert process.stdin is not None and process.stdout is not None
    with process.stdin as stdin:
        stdin.write(json.dumps(told))
    said = process.stdout.readline().strip()
    if said != READY:
        process.kill()
        process.wait()
        raise CaptureError(f"the recorder did not start: {one_line(said) or 'it ended without a word'}")


def _run(command: str, given: str, plugin: Path) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "CLAUDE_PLUGIN_ROOT": str(plugin)}
    shell = ["bash", "-c", command]
    return subprocess.run(
        shell, input=given, env=environment, capture_output=True, text=True, timeout=_TRIAL_SECONDS, errors="replace"
    )


@contextmanager
def _only_one(lock: Path) -> Iterator[None]:
    with open(lock, "wb", opener=lambda path, flags: os.open(path, flags, 0o600)) as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _version(environment: Mapping[str, str]) -> str:
    found = _VERSION.match(environment.get("AI_AGENT", ""))
    return found[1].replace("-", ".") if found else ""


def _agent_process(environment: Mapping[str, str]) -> int:
    """The process of Claude Code: it says so, or it is the nearest one above us that is not a shell."""
    said = environment.get("CLAUDE_PID", "")
    if said.isdecimal():
        return int(said)
    process = os.getppid()
    while process > 1:
        try:
            if name_of(process) not in _SHELLS:
                return process
            process = int(Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[1])
        except (OSError, ValueError):
            break
    return process


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
