"""The parts of a session that serve one goal, and which of their commands are worth learning."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from hdsl.ground.secrets import HIDDEN
from hdsl.policy.deciding import decide
from hdsl.sessions.model import Call, Session, Step, is_asked
from hdsl.sessions.outcomes import has_failed, has_succeeded, last_test

SUGGESTED = "a tool's output said it first"
LONGEST_COMMAND = 2000
"""Characters of a command that is learned."""
_LONGEST_GOAL = 400
_LONGEST_INTENT = 120
_COPIED_WORDS = 5
"""So many words in a row that stand in a tool's output are the output's, not the agent's."""
_FEWEST_WORDS = 2
_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
_QUOTES = re.compile(r"[`\"'“”‘’]")
"""Marks around a command in a text, which are not compared."""
_WORD = re.compile(r"\w+")
_ADDRESS = re.compile(r"[A-Za-z][A-Za-z0-9+.-]{1,15}://[^\s'\"|;&<>)]+")
_SENTENCE = re.compile(r"(?<=[.!?])\s|\n")
_IDENTITY = re.compile(r"\d+|\s+")
_ISSUE = re.compile(r"\AWe're currently solving the following issue within our repository\..*?\nISSUE:\n", re.DOTALL)
_INSTRUCTIONS = re.compile(r"\nINSTRUCTIONS:\n.*\Z", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Kept:
    """A command that is worth learning, and the agent's words for it."""

    intent: str
    command: str
    line: int


@dataclass(frozen=True, slots=True)
class Avoided:
    """A command that failed, and the command of the same program that later worked; empty where none did."""

    command: str
    exit_status: int | None
    instead: str


@dataclass(frozen=True, slots=True)
class Episode:
    """What one goal led to. `skipped` has the reason for each call that is neither kept nor avoided."""

    session: str
    goal: str
    kept: tuple[Kept, ...]
    avoided: tuple[Avoided, ...]
    skipped: tuple[str, ...]


def episodes(session: Session) -> Iterator[Episode]:
    """The episodes of a session: each begins where a person asks for something."""
    goal = said = ""
    seen = _Seen()
    members: list[tuple[Step, Call]] = []
    for step in session.steps:
        if step.source == "user" and is_asked(step) and len(_WORD.findall(step.text)) >= _FEWEST_WORDS:
            yield from _episode(session, goal, members, seen)
            goal, members = _goal_of(step.text), []
        # Some programs record what the agent says before a call as a message of its own.
        said = "" if step.source != "agent" else step.text or said
        members += [(replace(step, text=said), call) for call in step.calls]
    yield from _episode(session, goal, members, seen)


class _Seen:
    """What tools have said in a session, as words, and the commands that the agent gave before."""

    def __init__(self) -> None:
        self._runs: set[tuple[str, ...]] = set()
        self._outputs: list[str] = []
        self._pairs: set[tuple[str, str]] = set()
        self._addresses: set[str] = set()
        self._given: set[str] = set()

    def says(self, text: str) -> bool:
        """Whether the whole text stands in an output."""
        words = _QUOTES.sub(" ", text).split()
        if any(pair not in self._pairs for pair in pairwise(words)):
            return False
        whole = f" {' '.join(words)} "
        return any(whole in output for output in self._outputs)

    def mentions(self, address: str) -> bool:
        """Whether an output has the address, or one that begins with it."""
        return any(other.startswith(address) for other in self._addresses)

    def gave(self, text: str) -> bool:
        """Whether the text stands in a command that the agent gave before."""
        return any(text in command for command in self._given)

    def shares_words(self, text: str) -> bool:
        """Whether some words in a row stand in an output; of a short text, all its words."""
        return any(run in self._runs for run in _runs(text))

    def was_given(self, command: str) -> bool:
        """Whether the agent gave the command before: then outputs merely repeat it."""
        return command in self._given

    def hear(self, call: Call, *, is_own: bool) -> None:
        """Takes in a call and its output. `is_own`: the command is the agent's own, and not what an output said."""
        if call.command is not None and is_own:
            self._given.add(call.command)
        if call.outcome is not None and call.outcome.text:
            words = _QUOTES.sub(" ", call.outcome.text).split()
            self._outputs.append(f" {' '.join(words)} ")
            self._pairs |= set(pairwise(words))
            self._addresses |= set(_ADDRESS.findall(call.outcome.text))
            self._runs |= set(_runs(call.outcome.text))


def _runs(text: str) -> Iterable[tuple[str, ...]]:
    words = [word.lower() for word in _WORD.findall(text)]
    return zip(*(words[offset:] for offset in range(_COPIED_WORDS)), strict=False)


def _goal_of(text: str) -> str:
    text = _INSTRUCTIONS.sub("", _ISSUE.sub("", text))
    words = " ".join(text.split())
    if len(words) > 2 and words[0] == words[-1] == '"':
        words = words[1:-1]  # as `opencode run` records what it is given
    return words[:_LONGEST_GOAL].strip()


def _episode(session: Session, goal: str, members: Sequence[tuple[Step, Call]], seen: _Seen) -> Iterator[Episode]:
    if not members:
        return
    calls = [call for _, call in members]
    verdict = _verdict(session, goal, calls)
    kept: list[Kept] = []
    avoided: list[Avoided] = []
    skipped: list[str] = []
    for position, (step, call) in enumerate(members):
        reason = _unfit(step, call, goal, seen) or (None if has_failed(call) else verdict)
        if reason is None and has_failed(call):
            assert call.command is not None and call.outcome is not None
            instead = _instead(call.command, calls[position + 1 :], goal, seen)
            avoided.append(Avoided(call.command, call.outcome.exit_status, instead))
        elif reason is None and not _is_supported(position, calls):
            skipped.append("no outcome supports it")
        elif reason is None:
            assert call.command is not None
            found = Kept(_intent(step, call, seen, kept), call.command, step.line)
            if kept and _same(kept[-1].command, found.command):
                skipped.append("it repeats the command before it")
            else:
                kept.append(found)
        else:
            skipped.append(reason)
        seen.hear(call, is_own=reason != SUGGESTED)
    yield Episode(session.id, goal, tuple(kept), tuple(avoided), tuple(skipped))


def _verdict(session: Session, goal: str, calls: Sequence[Call]) -> str | None:
    """Why nothing that this episode did is learned; None where something may be."""
    if not goal:
        return "nobody's goal is known"
    if session.succeeded is False:
        return "the recording says that the session failed"
    tested = last_test(calls)
    return "the last tests failed" if tested is not None and not tested[1] else None


def _unfit(step: Step, call: Call, goal: str, seen: _Seen) -> str | None:
    """Why a call cannot be a row, whatever it led to."""
    command = call.command
    if command is None:
        return "not a shell command"
    if step.is_copied:
        return "copied context"
    if call.outcome is None:
        return "no result was recorded"
    if not goal:
        return "nobody's goal is known"
    if HIDDEN in command:
        return "it holds a secret"
    if len(command) > LONGEST_COMMAND:
        return f"longer than {LONGEST_COMMAND} characters"
    if _CONTROLS.search(command):
        return "it holds control characters"
    decision = decide(command)
    if decision.mode != "allow":
        return f"the policy does not allow it: {decision.rule}"
    if _is_suggested(command, goal, seen):
        return SUGGESTED
    return None


def _is_suggested(command: str, goal: str, seen: _Seen) -> bool:
    """Whether the command, or a part of it, comes from the output of a tool rather than from the agent or the goal."""
    if seen.was_given(command):
        return False
    for address in _ADDRESS.findall(command):
        if address not in goal and seen.mentions(address) and not seen.gave(address):
            return True
    parts = [part.strip(" \"'()") for part in re.split(r"&&|\|\||[;|\n]", command)]
    asked = f" {' '.join(goal.split())} "
    return any(
        seen.says(part) and f" {part} " not in asked for part in (command, *parts) if len(part.split()) >= _FEWEST_WORDS
    )


def _is_supported(position: int, calls: Sequence[Call]) -> bool:
    """Whether the call succeeded, or, where that is unknown, tests after it passed."""
    call = calls[position]
    if has_succeeded(call):
        return True
    tested = last_test(calls)
    return tested is not None and tested[1] and tested[0] >= position


def _instead(command: str, later: Sequence[Call], goal: str, seen: _Seen) -> str:
    program = command.split(maxsplit=1)[0] if command.split() else ""
    for call in later:
        other = call.command or ""
        is_like = bool(program) and other != command and other.split(maxsplit=1)[:1] == [program]
        if is_like and has_succeeded(call) and _unfit(Step("agent"), call, goal, seen) is None:
            return other
    return ""


def _intent(step: Step, call: Call, seen: _Seen, kept: Sequence[Kept]) -> str:
    """The agent's own words for a command: what it described, or its last sentence before it; else the command."""
    described = call.arguments.get("description")
    texts = (described if isinstance(described, str) else "", step.text, step.thought)
    fallback = f"run {' '.join((call.command or '').split())}"[:_LONGEST_INTENT]
    taken = {each.intent: each.command for each in kept}
    for text in texts:
        sentences = [" ".join(sentence.split()) for sentence in _SENTENCE.split(text) if sentence.strip()]
        for sentence in reversed(sentences[-2:]):
            intent = _CONTROLS.sub("", sentence)[:_LONGEST_INTENT].strip(" .:`")
            is_own = len(intent.split()) >= _FEWEST_WORDS and HIDDEN not in intent
            is_own = is_own and not seen.shares_words(text) and not seen.says(intent)
            if is_own and taken.get(intent, call.command) == call.command:
                return intent
    return fallback


def _same(left: str, right: str) -> bool:
    """Whether two commands differ in blanks and numbers at most."""
    return _IDENTITY.sub("", left) == _IDENTITY.sub("", right)
