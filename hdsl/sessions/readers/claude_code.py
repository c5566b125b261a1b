"""Session files of Claude Code: JSON Lines, a forest of messages in which lines repeat."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from hdsl.sessions.model import Call, Outcome, Recording, Session, Step, Tally
from hdsl.sessions.opening import RecordedLine, objects
from hdsl.sessions.values import arguments_of, command_of, list_of, mapping_of, parts_text, printed, text_of

FORMAT = "claude-code"
_EXIT = re.compile(r"\A(?:Error: )?Exit code (\d{1,3})(?:\n|\Z)")
_KNOWN = frozenset({"user", "assistant", "system"})
_MARK = re.compile(r"\A\s*<(?:command-name|command-message|local-command|bash-|system-reminder|task-notification)")


def is_line(value: Mapping[str, Any]) -> bool:
    """Whether a line can be one of Claude Code's."""
    return "sessionId" in value or ("uuid" in value and "parentUuid" in value)


def read(path: Path) -> Recording:
    """Reads a session file. Sidechains become sessions of their own."""
    tally = Tally("lines")
    parents: dict[str, str] = {}
    lines: dict[str, list[RecordedLine]] = {}
    for line in objects(path, tally):
        kind, identity = text_of(line.value.get("type")), text_of(line.value.get("uuid"))
        if identity and identity in parents:
            tally.skip("a uuid that came before")
            continue
        if identity:
            parents[identity] = text_of(line.value.get("parentUuid"))
        if kind not in _KNOWN:
            tally.skip(f"bookkeeping of type {kind[:40] or 'none'}")
        elif kind == "system" and not text_of(line.value.get("content")).strip():
            tally.skip("a system line without text")
        elif kind != "system" and not mapping_of(line.value.get("message")):
            tally.skip("a message without content")
        else:
            chain = text_of(line.value.get("agentId")) or "sidechain" if line.value.get("isSidechain") else ""
            lines.setdefault(chain, []).append(line)
    main = path.stem.removeprefix("agent-") if not lines or "" in lines else ""
    sessions = []
    for chain, members in lines.items():
        reader = _Chain(members, parents, tally)
        identity = main if not chain else f"{_session_of(members) or path.stem}.{chain}"
        sessions.append(reader.session(path, identity or path.stem, _session_of(members) if chain else ""))
    return Recording(tuple(sessions), tally.account(str(path), FORMAT))


def _session_of(lines: list[RecordedLine]) -> str:
    return next((text_of(line.value.get("sessionId")) for line in lines if line.value.get("sessionId")), "")


class _Chain:
    """The steps of one chain: results are joined to their calls, and blocks of one message to one step."""

    def __init__(self, lines: list[RecordedLine], parents: Mapping[str, str], tally: Tally) -> None:
        self._tally = tally
        self._lines = lines
        self._results: dict[str, Outcome] = {}
        self._steps: dict[str, Step] = {}
        dead = _dead(lines, parents)
        calls = {
            text_of(mapping_of(block).get("id"))
            for line in lines
            for block in list_of(mapping_of(line.value.get("message")).get("content"))
            if mapping_of(block).get("type") == "tool_use"
        }
        for line in lines:
            if text_of(line.value.get("uuid")) in dead:
                tally.skip("a branch that was edited away")
            else:
                self._read(line, calls)

    def session(self, path: Path, identity: str, parent: str) -> Session:
        """The whole chain."""
        steps = tuple(
            replace(step, calls=tuple(replace(call, outcome=self._results.get(call.id)) for call in step.calls))
            for step in self._steps.values()
        )
        values = [line.value for line in self._lines]
        return Session(
            id=identity,
            format=FORMAT,
            path=str(path),
            steps=steps,
            agent="claude-code",
            agent_version=next((text_of(v.get("version")) for v in values if v.get("version")), ""),
            model=next((step.model for step in steps if step.model), ""),
            folder=next((text_of(v.get("cwd")) for v in values if v.get("cwd")), ""),
            parent=parent,
        )

    def _read(self, line: RecordedLine, calls: set[str]) -> None:
        value, message = line.value, mapping_of(line.value.get("message"))
        kind, time = value.get("type"), text_of(value.get("timestamp"))
        key = text_of(value.get("uuid")) or f"line {line.number}"
        if kind == "system":
            self._tally.map()
            self._steps[key] = Step("system", text_of(value.get("content")), time=time, line=line.number)
        elif kind == "assistant":
            self._tally.map()
            self._join(text_of(message.get("id")) or key, _assistant(message, time, line.number))
        else:
            self._user(line, key, calls, time)

    def _user(self, line: RecordedLine, key: str, calls: set[str], time: str) -> None:
        value, content = line.value, mapping_of(line.value.get("message")).get("content")
        blocks = [mapping_of(block) for block in list_of(content)]
        results = [block for block in blocks if block.get("type") == "tool_result"]
        known = [block for block in results if text_of(block.get("tool_use_id")) in calls]
        for block in known:
            identity = text_of(block["tool_use_id"])
            self._results.setdefault(identity, _outcome(block, mapping_of(value.get("toolUseResult"))))
        text = (
            content if isinstance(content, str) else parts_text([b for b in blocks if b.get("type") != "tool_result"])
        )
        if known or text.strip():
            self._tally.map()
        else:
            self._tally.skip("a result without its call" if results else "a message without content")
        if text.strip():
            is_injected = bool(value.get("isMeta") or value.get("isCompactSummary") or results or _MARK.match(text))
            copied = bool(value.get("isCompactSummary"))
            self._steps[key] = Step(
                "user", text, time=time, line=line.number, is_copied=copied, is_injected=is_injected
            )

    def _join(self, key: str, step: Step) -> None:
        before = self._steps.get(key)
        if before is not None:
            step = replace(
                before,
                text="\n".join(filter(None, (before.text, step.text))),
                thought="\n".join(filter(None, (before.thought, step.thought))),
                calls=(*before.calls, *(call for call in step.calls if call.id not in {c.id for c in before.calls})),
                rest=step.rest or before.rest,
            )
        self._steps[key] = step


def _dead(lines: list[RecordedLine], parents: Mapping[str, str]) -> set[str]:
    """The uuids of what was edited away: of a person's messages with one parent all but the last, and what follows.

    Several roots are the parts between compactions, and none is dead. Siblings that are results or blocks of an answer
    are parallel calls. `parents` has the links of all lines: bookkeeping stands between messages.
    """
    prompts: dict[str, list[str]] = {}
    for line in lines:
        identity, parent = text_of(line.value.get("uuid")), text_of(line.value.get("parentUuid"))
        content = mapping_of(line.value.get("message")).get("content")
        is_result = any(mapping_of(block).get("type") == "tool_result" for block in list_of(content))
        if line.value.get("type") == "user" and identity and parent and not is_result and not line.value.get("isMeta"):
            prompts.setdefault(parent, []).append(identity)
    dead = {identity for siblings in prompts.values() for identity in siblings[:-1]}
    for identity, parent in parents.items():  # a parent stands before its children
        if parent in dead:
            dead.add(identity)
    return dead


def _assistant(message: Mapping[str, Any], time: str, number: int) -> Step:
    content = message.get("content")
    blocks = [mapping_of(block) for block in list_of(content)]
    texts = [text_of(block.get("text")) for block in blocks if block.get("type") == "text"]
    thoughts = [text_of(block.get("thinking")) for block in blocks if block.get("type") == "thinking"]
    calls = tuple(_call(block) for block in blocks if block.get("type") == "tool_use")
    usage = mapping_of(message.get("usage"))
    return Step(
        source="agent",
        text=content if isinstance(content, str) else "\n".join(texts),
        thought="\n".join(filter(None, thoughts)),
        calls=calls,
        time=time,
        model=text_of(message.get("model")),
        line=number,
        rest={"metrics": _metrics(usage)} if usage else {},
    )


def _metrics(usage: Mapping[str, Any]) -> dict[str, int]:
    def tokens(*names: str) -> int:
        return sum(value for name in names if isinstance(value := usage.get(name), int))

    cached = tokens("cache_read_input_tokens")
    return {
        "prompt_tokens": tokens("input_tokens", "cache_creation_input_tokens") + cached,
        "completion_tokens": tokens("output_tokens"),
        "cached_tokens": cached,
    }


def _call(block: Mapping[str, Any]) -> Call:
    tool, arguments = text_of(block.get("name")), arguments_of(block.get("input"))
    return Call(text_of(block.get("id")), tool, arguments, command_of(tool, arguments))


def _outcome(block: Mapping[str, Any], structured: Mapping[str, Any]) -> Outcome:
    """The result of a call. A shell's says its exit status where it failed; where it did not, that is 0."""
    text, failed = printed(parts_text(block.get("content"))), block.get("is_error") is True
    found = _EXIT.match(text) if failed else None
    if found is not None:
        return Outcome(text[found.end() :], int(found[1]), True)
    in_background = "backgroundTaskId" in structured
    has_ended = "stdout" in structured and structured.get("interrupted") is not True and not in_background
    return Outcome(text, 0 if has_ended and not failed else None, failed)
