"""Rollouts of the Codex CLI: JSON Lines, older ones compressed. Messages stand in them twice; one of both is read."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from hdsl.sessions.model import Call, Outcome, Recording, Session, Source, Step, Tally
from hdsl.sessions.opening import objects
from hdsl.sessions.values import (
    arguments_of,
    command_of,
    json_of,
    list_of,
    mapping_of,
    parts_text,
    text_of,
    whole_number,
    words_command,
)

FORMAT = "codex"
_TYPES = frozenset({"session_meta", "turn_context", "response_item", "event_msg", "compacted"})
_SOURCES: dict[str, Source] = {"user": "user", "assistant": "agent", "developer": "system", "system": "system"}
_STATUS = re.compile(r"\A(?:Chunk ID: .*\n)?(?:Wall time: .*\n)?(?:Process exited with code|Exit code:) (-?\d{1,3})\b")
_OUTPUT = re.compile(r"^Output:\n", re.MULTILINE)
_INJECTED = re.compile(
    r"\A\s*(?:<(?:environment_context|user_instructions|permissions|turn_aborted|INSTRUCTIONS)|# AGENTS\.md)"
)


def is_line(value: Mapping[str, Any]) -> bool:
    """Whether a line can be one of a rollout."""
    return value.get("type") in _TYPES and isinstance(value.get("payload"), Mapping)


def read(path: Path) -> Recording:
    """Reads a rollout: one session."""
    tally = Tally("lines")
    rollout = _Rollout(tally)
    for line in objects(path, tally):
        rollout.read(line.value, line.number)
    return Recording((rollout.session(path),), tally.account(str(path), FORMAT))


class _Rollout:
    """The steps so far, and the results of calls by their ids."""

    def __init__(self, tally: Tally) -> None:
        self._tally = tally
        self._steps: list[Step] = []
        self._results: dict[str, Outcome] = {}
        self._result_lines: dict[str, int] = {}
        self._calls: set[str] = set()
        self._meta: Mapping[str, Any] = {}
        self._folder = self._model = self._thought = ""
        self._copied_before = 0

    def session(self, path: Path) -> Session:
        """The whole rollout."""
        orphans = [identity for identity in self._results if identity not in self._calls]
        for identity in orphans:
            self._tally.unmap("a result without its call", self._result_lines[identity])
        spawned = mapping_of(mapping_of(mapping_of(self._meta.get("source")).get("subagent")).get("thread_spawn"))
        return Session(
            id=text_of(self._meta.get("id")) or path.name.partition(".")[0],
            format=FORMAT,
            path=str(path),
            steps=tuple(
                replace(step, calls=tuple(replace(call, outcome=self._results.get(call.id)) for call in step.calls))
                for step in self._steps
            ),
            agent="codex",
            agent_version=text_of(self._meta.get("cli_version")),
            model=self._model,
            folder=text_of(self._meta.get("cwd")) or self._folder,
            parent=text_of(spawned.get("parent_thread_id")),
        )

    def read(self, line: Mapping[str, Any], number: int) -> None:
        """Takes one line in."""
        kind, payload = text_of(line.get("type")), mapping_of(line.get("payload"))
        time = text_of(line.get("timestamp"))
        if kind == "session_meta":
            if self._meta:
                self._tally.skip("the head of a session that this one was forked from")
            else:
                self._tally.map()
                self._meta = payload
                self._copied_before = whole_number(payload.get("subagent_history_start_ordinal")) or 0
        elif (whole_number(line.get("ordinal")) or self._copied_before) < self._copied_before:
            self._tally.skip("copied from the session that started this one")
        elif kind == "turn_context":
            self._tally.map()
            self._model = self._model or text_of(payload.get("model"))
            self._folder = self._folder or text_of(payload.get("cwd"))
        elif kind == "response_item":
            self._item(payload, number, time)
        elif kind == "compacted":
            self._tally.map()
            text = text_of(payload.get("message"))
            self._add(Step("system", text, time=time, line=number, is_copied=True, is_injected=True))
        elif kind == "event_msg":
            self._tally.skip(f"an event of type {text_of(payload.get('type'))[:40] or 'none'}")
        else:
            self._tally.skip(f"a line of type {kind[:40] or 'none'}")

    def _item(self, item: Mapping[str, Any], number: int, time: str) -> None:
        kind, identity = text_of(item.get("type")), text_of(item.get("call_id")) or text_of(item.get("id"))
        if kind == "message" and text_of(item.get("role")) in _SOURCES:
            source = _SOURCES[text_of(item.get("role"))]
            text = parts_text(item.get("content"))
            injected = source == "user" and _INJECTED.match(text) is not None
            self._tally.map()
            self._add(Step(source, text, time=time, line=number, is_injected=injected))
        elif kind == "reasoning":
            self._tally.map()
            self._thought = parts_text(item.get("summary")) or parts_text(item.get("content"))
        elif kind in ("function_call", "custom_tool_call", "local_shell_call"):
            self._tally.map()
            call = _call(kind, identity or f"line {number}", item)
            self._calls.add(call.id)
            self._add(Step("agent", calls=(call,), time=time, line=number))
        elif kind in ("function_call_output", "custom_tool_call_output"):
            if identity in self._results:
                self._tally.skip("a second result of a call")
                return
            self._tally.map()
            self._results[identity] = _outcome(item.get("output"))
            self._result_lines[identity] = 1
        else:
            self._tally.skip(f"an item of type {kind[:40] or 'none'}")

    def _add(self, step: Step) -> None:
        if step.source == "agent" and self._thought:
            step, self._thought = replace(step, thought=self._thought), ""
        self._steps.append(step if step.source != "agent" else replace(step, model=self._model))


def _call(kind: str, identity: str, item: Mapping[str, Any]) -> Call:
    if kind == "local_shell_call":
        arguments = mapping_of(item.get("action"))
        return Call(identity, "local_shell", arguments, words_command(list_of(arguments.get("command"))))
    tool = text_of(item.get("name"))
    arguments = arguments_of(item.get("arguments") if kind == "function_call" else item.get("input"))
    return Call(identity, tool, arguments, command_of(tool, arguments))


def _outcome(output: object) -> Outcome:
    """The output of a call: JSON with `metadata.exit_code`, or a text that begins with the exit code."""
    text = parts_text(output)
    structured = mapping_of(json_of(text)) if text.startswith("{") else {}
    metadata = mapping_of(structured.get("metadata"))
    if "output" in structured and "exit_code" in metadata:
        status = whole_number(metadata["exit_code"])
        return Outcome(text_of(structured["output"]), status, None if status is None else status != 0)
    found = _STATUS.match(text)
    if found is None:
        return Outcome(text)
    begins = _OUTPUT.search(text)
    return Outcome(text[begins.end() :] if begins else text, int(found[1]), int(found[1]) != 0)
