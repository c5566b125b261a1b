"""What Claude Code's hooks tell: its commands are routed into the pane, and its prompts and calls are recorded."""

from __future__ import annotations

import asyncio
import json
import shlex
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from hdsl.capture.events import Reply
from hdsl.capture.places import CaptureError
from hdsl.capture.recorder import Recorder, Request
from hdsl.ground.display import one_line
from hdsl.ground.errors import HdslError
from hdsl.sessions.reading import read_recording
from hdsl.sessions.values import mapping_of, parts_text, text_of

SHELL = "Bash"
OURS = "hdsl capture: "
"""What every word of the route begins with: where it stands in an output, the command did not run."""
TRIAL = "hdsl-trial"
"""What the identity of a call begins with that only tries whether the route works."""
_LARGEST_TRANSCRIPT = 32 << 20


class ClaudeEvents:
    """The events of one session. `route` is the program that a routed command runs; `finish` ends the recording."""

    def __init__(self, recorder: Recorder, route: Path, finish: Callable[[], None]) -> None:
        self._recorder = recorder
        self._route = route
        self._finish = finish
        self._waiting: dict[str, Request] = {}
        self._routed: set[str] = set()

    def handle(self, event: Mapping[str, Any]) -> Reply:
        """The answer to an event; one that hdsl does not know gets an empty one."""
        match event.get("hook_event_name"):
            case "UserPromptSubmit":
                self._recorder.keeper.prompt(text_of(event.get("prompt")))
            case "PreToolUse" if event.get("tool_name") == SHELL:
                return self._before(event)
            case "PostToolUse" | "PostToolUseFailure":
                return self._after(event)
            case "Stop" | "SubagentStop":
                asyncio.get_running_loop().call_soon(self._read_words, text_of(event.get("transcript_path")))
            case "SessionEnd":
                # Claude Code waits for the answer: once it has ended, whoever reads the steps finds all of them.
                self._read_words(text_of(event.get("transcript_path")))
                self._recorder.keeper.write()
                asyncio.get_running_loop().call_soon(self._finish)
        return Reply()

    def taken(self, call: str) -> Request | None:
        """The command of a call that was announced, once."""
        request = self._waiting.pop(call, None)
        if request is not None and request.is_kept:
            self._routed.add(call)
        return request

    def wrapped(self, call: str, folder: str, command: str, exports: str) -> Request:
        """Claude Code's commands come through hooks alone."""
        raise CaptureError("this recorder serves hooks; commands are routed to it, not given")

    def _before(self, event: Mapping[str, Any]) -> Reply:
        arguments = mapping_of(event.get("tool_input"))
        command, call = arguments.get("command"), text_of(event.get("tool_use_id"))
        if not isinstance(command, str) or not call or "\0" in command:
            return Reply(2, "the command cannot be recorded: it is not text, or has no identity")
        self._waiting[call] = Request(
            call=call,
            command=command,
            tool=SHELL,
            arguments=arguments,
            shell=text_of(event.get("agent_id")),
            folder=text_of(event.get("cwd")),
            is_in_background=arguments.get("run_in_background") is True,
            is_kept=not call.startswith(TRIAL),
        )
        if self._waiting[call].is_kept:
            # Behind the answer: what it may give away is known by the time that it is run.
            asyncio.get_running_loop().call_soon(self._recorder.keeper.learn, dict(arguments), command)
        # The command itself stays behind it, where it is never reached: permissions are judged by what they can read.
        first = f"{shlex.quote(str(self._route))} {self._recorder.identity} {shlex.quote(call)}; exit"
        rewritten = {**arguments, "command": f"{first}\n{command}"}
        return Reply(0, _said("PreToolUse", updatedInput=rewritten))

    def _after(self, event: Mapping[str, Any]) -> Reply:
        call, tool = text_of(event.get("tool_use_id")), text_of(event.get("tool_name"))
        if call in self._routed:
            return Reply()
        arguments = mapping_of(event.get("tool_input"))
        response = event.get("tool_response", event.get("error"))
        output = response if isinstance(response, str) else parts_text(response) or _plain(response)
        is_error = event.get("hook_event_name") == "PostToolUseFailure"
        self._recorder.keeper.called(
            call, tool, arguments, output, is_error=is_error, shell=text_of(event.get("agent_id"))
        )
        if tool != SHELL or OURS in output:
            return Reply()
        command = one_line(text_of(arguments.get("command")), 80)
        said = f"hdsl capture: a command ran outside of the recorded shell: {command}"
        self._recorder.keeper.note(f"{said}. Another hook may rewrite commands, or this plugin's hook did not run.")
        return Reply(0, json.dumps({"systemMessage": said}))

    def _read_words(self, transcript: str) -> None:
        """What the agent said before its calls, which hooks are not told."""
        path = Path(transcript)
        try:
            if not transcript or path.stat().st_size > _LARGEST_TRANSCRIPT:
                return
            sessions = read_recording(path).sessions
        except (OSError, HdslError):
            return
        words: dict[str, str] = {}
        for session in sessions:
            said = ""
            for step in session.steps:
                said = step.text or said if step.source == "agent" else ""
                words |= {call.id: said for call in step.calls if said}
        self._recorder.keeper.said(words)


def _said(event: str, **fields: Any) -> str:
    return json.dumps({"hookSpecificOutput": {"hookEventName": event, **fields}})


def _plain(value: object) -> str:
    return "" if value is None else json.dumps(value, ensure_ascii=False)
