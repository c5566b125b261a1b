"""Decides about a text before it is typed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from fnmatch import fnmatchcase
from functools import lru_cache

from hdsl.policy.analysis import Analysis
from hdsl.policy.budget import LONGEST, Spent
from hdsl.policy.decision import MODES, Context, Decision, Rules
from hdsl.policy.harm import Harm
from hdsl.policy.programs import kind_of, without_prompt
from hdsl.policy.remote_judges import queried
from hdsl.policy.runs import Run
from hdsl.policy.shells import PYTHON

_ASKED = frozenset({"disguise"})
_EVENT = re.compile(r"(?<![\\\w$])!(?:!|\$|\^|\*|-\d+|\d+|\?[^?\n]+\??|[A-Za-z][\w.-]*)(?::[\w^$*&/-]+)*")
_QUICK = re.compile(r"\^([^^\n]+)\^([^^\n]*)\^?")
_REMEMBERED = 40
_MOST_LINES = 5000
_MOST_EVENTS = 200


def decide(text: str, rules: Rules | None = None, context: Context | None = None) -> Decision:
    """What the rules say of a text that is to be typed, or run. It is pure: nothing is looked up, nothing is run."""
    return _decide(text, rules or Rules(), context or Context())


@lru_cache(maxsize=4096)
def _decide(text: str, rules: Rules, context: Context) -> Decision:
    worst = Decision("allow")
    for run in _read(text, context):
        decision = _judged(run, rules)
        if MODES.index(decision.mode) > MODES.index(worst.mode):
            worst = decision
            if worst.mode == "deny":
                break
    return worst


def _read(text: str, context: Context) -> Iterator[Run]:
    """All that a text would run. Where it makes too much of this machine, it is said to be in disguise."""
    try:
        yield from _runs(text, context)
    except (Spent, RecursionError, MemoryError):
        yield Run("…", "…", [Harm("disguise", "makes more than can be read")])


def _runs(text: str, context: Context) -> Iterator[Run]:
    kind = kind_of(context.program) if context.program else "shell"
    earlier = context.earlier[-_REMEMBERED:]
    if kind == "shell":
        for line in _recalled(text, context):
            yield from _new(line, earlier)
        return
    lines = text.split("\n")
    if len(lines) > _MOST_LINES or len(text) > LONGEST:
        raise Spent
    name = context.program.rpartition("/")[2]
    for line in {*lines, *map(without_prompt, lines)}:
        typed = Analysis()
        typed.read_typed(name, line)
        yield from typed.runs
        if found := list(queried(name, line)):
            yield Run(line, line, found)
    if kind in ("python", "code"):
        bare = "\n".join(map(without_prompt, lines))
        for code in {text, bare, "\n".join([*earlier, bare])}:
            analysis = Analysis()
            analysis.read_code(name if kind == "code" or PYTHON.match(name) else "python3", code)
            yield from analysis.runs


def _new(line: str, earlier: tuple[str, ...]) -> list[Run]:
    """The commands of a line in the environment that the lines before have left."""
    analysis = Analysis()
    for each in earlier:
        analysis.read(each)
    # A function or a file that was written before has its commands in this line only where it is used in it.
    analysis.runs.clear()
    analysis.read(line)
    return analysis.runs


def _recalled(text: str, context: Context) -> Iterator[str]:
    """The line, and what it becomes where the shell puts in lines of its history."""
    yield text
    if not context.expands_history or not context.earlier:
        return
    last = context.earlier[-1]
    quick = _QUICK.fullmatch(text.strip())
    if quick:
        yield last.replace(quick[1], quick[2], 1)
        return
    if _EVENT.search(text) is None:
        return
    words = last.split()

    def event(found: re.Match[str]) -> str:
        body = found[0][1:].split(":")[0]
        if body == "$":
            return words[-1] if words else ""
        if body == "^":
            return words[1] if len(words) > 1 else ""
        if body == "*":
            return " ".join(words[1:])
        if body == "!":
            return last
        if re.fullmatch(r"-\d+", body):
            back = int(body[1:3])
            return context.earlier[-back] if 0 < back <= len(context.earlier) else last
        sought = body.strip("?")
        inside = body.startswith("?")
        for line in reversed(context.earlier):
            if (sought in line) if inside else line.startswith(sought):
                return line
        return found[0]

    parts: list[str] = []
    at = length = 0
    for count, found in enumerate(_EVENT.finditer(text)):
        parts += [text[at : found.start()], event(found)]
        at = found.end()
        length += len(parts[-2]) + len(parts[-1])
        if length > LONGEST or count > _MOST_EVENTS:
            raise Spent
    yield "".join(parts) + text[at:]


def _judged(run: Run, rules: Rules) -> Decision:
    def says(mode: str, rule: str, reason: str) -> Decision:
        return Decision(mode, rule, reason, run.written, run.normal)  # type: ignore[arg-type]

    denied = _matching(run.normal, rules.deny)
    if denied is not None:
        return says("deny", f'deny = "{denied}"', "the configuration denies it")
    asked = _matching(run.normal, rules.ask)
    if asked is not None and not rules.yes:
        return says("ask", f'ask = "{asked}"', "the configuration asks about it")
    if _matching(run.normal, rules.allow) is not None or asked is not None:
        return says("allow", "", "")
    found = sorted(run.harms, key=lambda harm: harm.kind in _ASKED)
    if found and not rules.yes:
        harm = found[0]
        return says("ask" if harm.kind in _ASKED else "deny", harm.kind, harm.reason)
    if rules.default == "deny" or (rules.default == "ask" and not rules.yes):
        return says(rules.default, f'default = "{rules.default}"', "no pattern of the configuration allows it")
    return says("allow", "", "")


def _matching(command: str, patterns: tuple[str, ...]) -> str | None:
    """The pattern that a command matches: `git push*` by its beginning, `npm *` also `npm` alone."""
    for pattern in patterns:
        wanted = " ".join(pattern.split())
        if fnmatchcase(command, wanted) or (wanted.endswith(" *") and command == wanted[:-2]):
            return pattern
    return None
