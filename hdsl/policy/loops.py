"""Loops without end that start a process at every turn and wait for none."""

from __future__ import annotations

import re
from collections.abc import Iterator

from hdsl.policy.syntax import Arithmetic, Command, Compound, Function, Literal, Pipeline, Script

_WAITS = frozenset(
    [
        *("wait", "sleep", "read", "select", "inotifywait", "fswatch", "entr", "nc", "ncat", "socat", "tail"),
        *("break", "exit", "return", "exec"),
    ]
)
_TRUE = frozenset([":", "true", "/bin/true", "[ 1 ]", "test 1", "[ true ]"])
_FALSE = frozenset(["false", "/bin/false", "[ ]", "! :", "! true"])


def starts_without_end(command: Compound) -> bool:
    """Whether a loop goes on for ever, starts a job in the background each time, and never waits."""
    if not _is_endless(command):
        return False
    body = command.scripts if command.kind == "for" else command.scripts[1:]
    pipelines = [each for script in body for each in _pipelines(script)]
    waits = any(_name(each) in _WAITS for pipeline in pipelines for each in _foreground(pipeline))
    return any(pipeline.background for pipeline in pipelines) and not waits


def _is_endless(command: Compound) -> bool:
    if command.kind == "for":
        parts = [part for word in command.words for part in word]
        return any(isinstance(part, Arithmetic) and re.search(r";\s*1?\s*;", part.text) for part in parts)
    if command.kind not in ("while", "until") or len(command.scripts) < 2 or len(command.scripts[0].pipelines) != 1:
        return False
    condition = command.scripts[0].pipelines[0]
    if condition.text in (_TRUE if command.kind == "while" else _FALSE):
        return True
    return command.kind == "while" and re.fullmatch(r"\(\(\s*1\s*\)\)|\[\[ (?:1|true) \]\]", condition.text) is not None


def _pipelines(script: Script) -> Iterator[Pipeline]:
    for pipeline in script.pipelines:
        yield pipeline
        if pipeline.background:
            continue
        for command in pipeline.commands:
            if isinstance(command, Compound):
                for inner in command.scripts:
                    yield from _pipelines(inner)


def _foreground(pipeline: Pipeline) -> Iterator[Command]:
    if not pipeline.background:
        yield from pipeline.commands


def _name(command: Command) -> str:
    if isinstance(command, Function | Compound) or not command.words:
        return ""
    return "".join(part.text for part in command.words[0] if isinstance(part, Literal))
