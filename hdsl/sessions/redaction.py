"""Secrets in recordings of others: known by their shape or by the name they are given, hidden wherever they recur."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from hdsl.ground.secrets import HIDDEN, SHORTEST, Redactor, is_secret_name, known_secrets
from hdsl.sessions.model import Call, Outcome, Session, Step

_SHAPES = tuple(
    re.compile(shape)
    for shape in (
        r"\b(?:AKIA|ASIA|AROA|AIDA|AGPA|ANPA|ABIA|ACCA)[A-Z2-7]{16}\b",  # AWS
        r"\b(?:gh[pousr]_[A-Za-z0-9]{20,255}|github_pat_[A-Za-z0-9_]{20,255})",  # GitHub
        r"\bgl(?:pat|ptt|dt|rt|cbt|soat)-[A-Za-z0-9_.-]{20,}",  # GitLab
        r"\bsk-(?:ant-|proj-|svcacct-|or-v1-)?[A-Za-z0-9_-]{20,}",  # model providers
        r"\b(?:sk|rk|pk)_(?:live|test)_[A-Za-z0-9]{16,}",  # Stripe
        r"\bxox[abeoprs]-[A-Za-z0-9-]{10,}|\bxapp-\d-[A-Za-z0-9-]{10,}",  # Slack
        r"https://hooks\.slack\.com/(?:services|workflows)/[A-Za-z0-9/_-]{20,}",
        r"\bAIza[A-Za-z0-9_-]{35}|\bya29\.[A-Za-z0-9_-]{20,}",  # Google
        r"\b(?:npm_[A-Za-z0-9]{36}|pypi-[A-Za-z0-9_-]{40,}|hf_[A-Za-z0-9]{30,}|dop_v1_[a-f0-9]{64})",
        r"\bSG\.[A-Za-z0-9_-]{16,}\.[A-Za-z0-9_-]{16,}",  # SendGrid
        r"\b[MNO][A-Za-z\d_-]{23,25}\.[A-Za-z\d_-]{6}\.[A-Za-z\d_-]{27,}",  # Discord
        r"\beyJ[A-Za-z0-9_-]{6,}\.eyJ[A-Za-z0-9_-]{6,}\.[A-Za-z0-9_-]*",  # JSON Web Tokens
        r"-----BEGIN (?:[A-Z0-9]+ ){0,4}PRIVATE KEY(?: BLOCK)?-----[^-]{0,20000}"
        r"(?:-----END (?:[A-Z0-9]+ ){0,4}PRIVATE KEY(?: BLOCK)?-----)?",
    )
)
"""What is a secret by its shape alone."""

_GIVEN = tuple(
    re.compile(shape, re.IGNORECASE)
    for shape in (
        r"\b(?:bearer|basic)\s+([A-Za-z0-9+/_.~=-]{12,})",
        r"\b(?:x-api-key|api-key|private-token|x-auth-token|x-vault-token|cookie)\s*[:=]\s*([^\s\"'\\]{8,})",
        r"[a-z][a-z0-9+.-]{0,30}://[^\s/@:\"']{0,200}:([^\s/@\"']{3,200})@",
        r"(?:^|\s)--?(?:password|passwd|pass|token|secret|api-?key|access-?key)[=\s]+[\"']?([^\s\"']{6,})",
        r"(?:^|\s)(?:-u|--user)[=\s]+[\"']?[^\s:\"']{1,100}:([^\s\"']{6,})",
        r"\b(?:machine\s+\S+\s+login\s+\S+\s+password)\s+(\S{4,})",
        r"[?&](?:access_token|api_key|apikey|token|key|sig|signature|secret|password)=([^\s&\"'#]{8,})",
    )
)
"""Places where a secret stands: its first group."""
_ASSIGNED = re.compile(
    r"(?<![A-Za-z0-9_])[\"']?([A-Za-z][A-Za-z0-9_-]{1,60})[\"']?\s{0,3}(?:=|:)\s{0,3}(?:\"([^\"\n]{8,4096})\"|'([^'\n]{8,4096})'|([^\s\"',;}\])&|]{8,4096}))"
)
_VAGUE = frozenset({"key", "keys", "token", "tokens", "auth", "pass", "cookie", "cookies", "bearer", "pwd"})
"""Names that texts and programs use for much else; their values must look like secrets."""
_LONGER = 12
_NO_VALUE = re.compile(
    r"\A(?:[$<{(\[%]|(?:os|process)\.|(?:None|null|true|false|str|string|undefined)\b)|\A[\w.]+[(\[]|/"
)
_TEXT_ONLY = re.compile(r"[\ud800-\udfff]")


def scrubbed(session: Session) -> Session:
    """The session without secrets, and without halves of characters. What one text gives away is hidden in all."""
    texts = list(_texts(session))
    found = {value for text in texts for value in _values_in(text)}
    redact = Redactor({*found, *known_secrets()})

    def clean(text: str) -> str:
        return redact(_by_shape(_TEXT_ONLY.sub("\ufffd", text)))

    return _mapped(session, clean)


def scrubbed_text(text: str) -> str:
    """A single text without secrets."""
    return Redactor({*_values_in(text), *known_secrets()})(_by_shape(_TEXT_ONLY.sub("\ufffd", text)))


def _by_shape(text: str) -> str:
    for shape in _SHAPES:
        text = shape.sub(HIDDEN, text)
    return text


def _values_in(text: str) -> Iterator[str]:
    """The secrets that the text gives to names and in places of secrets."""
    for place in _GIVEN:
        for match in place.finditer(text):
            if _is_value(match[1]):
                yield match[1]
    for match in _ASSIGNED.finditer(text):
        name, value = match[1].replace("-", "_"), match[2] or match[3] or match[4]
        if is_secret_name(name) and _is_value(value) and _fits(name, value):
            yield value
    for shape in _SHAPES:
        for match in shape.finditer(text):
            yield match[0]
            if "\n" in match[0]:
                yield from (line for line in match[0].split("\n") if len(line) >= 32 and "-----" not in line)


def _fits(name: str, value: str) -> bool:
    """Whether a value can be the secret that its name promises: words of a plain text are none."""
    if name.lower() in _VAGUE:
        return len(value) >= _LONGER and " " not in value and any(map(str.isdigit, value))
    return " " not in value or "pass" in name.lower()


def _is_value(value: str) -> bool:
    return len(value) >= SHORTEST and _NO_VALUE.match(value) is None and value != HIDDEN


def _texts(session: Session) -> Iterator[str]:
    for step in session.steps:
        yield from (step.text, step.thought, step.observation)
        yield from _strings(step.rest)
        for call in step.calls:
            yield call.command or ""
            yield from _strings(call.arguments)
            yield from _strings(call.rest)
            if call.outcome is not None:
                yield call.outcome.text
                yield from _strings(call.outcome.rest)
    yield from _strings(session.rest)


def _strings(value: Any, name: str = "") -> Iterator[str]:
    if isinstance(value, str):
        yield f"{name}: {value!s}" if is_secret_name(name) and "\n" not in value else value
    elif isinstance(value, Mapping):
        for key, each in value.items():
            yield str(key)
            yield from _strings(each, str(key))
    elif isinstance(value, list | tuple):
        for each in value:
            yield from _strings(each, name)


def _mapped(session: Session, clean: Callable[[str], str]) -> Session:
    def value_of(value: Any) -> Any:
        if isinstance(value, str):
            return clean(value)
        if isinstance(value, Mapping):
            return {clean(str(key)): value_of(each) for key, each in value.items()}
        return [value_of(each) for each in value] if isinstance(value, list | tuple) else value

    def call_of(call: Call) -> Call:
        before = call.outcome
        outcome = before and Outcome(clean(before.text), before.exit_status, before.is_error, value_of(before.rest))
        command = None if call.command is None else clean(call.command)
        return Call(clean(call.id), clean(call.tool), value_of(call.arguments), command, outcome, value_of(call.rest))

    def step_of(step: Step) -> Step:
        return replace(
            step,
            text=clean(step.text),
            thought=clean(step.thought),
            observation=clean(step.observation),
            calls=tuple(map(call_of, step.calls)),
            time=clean(step.time),
            model=clean(step.model),
            rest=value_of(step.rest),
        )

    return replace(
        session,
        id=clean(session.id),
        path=clean(session.path),
        steps=tuple(map(step_of, session.steps)),
        agent=clean(session.agent),
        agent_version=clean(session.agent_version),
        model=clean(session.model),
        folder=clean(session.folder),
        parent=clean(session.parent),
        rest=value_of(session.rest),
    )
