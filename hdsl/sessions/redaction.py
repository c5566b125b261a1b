"""Secrets in recordings of others: known by their shape or by the name they are given, hidden wherever they recur."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from hdsl.ground.secrets import HIDDEN, SHORTEST, Redactor, is_secret_name, known_secrets
from hdsl.sessions.model import Call, Outcome, Session, Step

_SHAPES = tuple(
    (needles.split(), re.compile(shape))
    for needles, shape in (
        ("AKIA ASIA AROA AIDA AGPA ANPA ABIA ACCA", r"\bA(?:KI|SI|RO|ID|GP|NP|BI|CC)A[A-Z2-7]{16}\b"),  # AWS
        ("ghp_ gho_ ghu_ ghs_ ghr_", r"\bgh[pousr]_[A-Za-z0-9]{20,255}"),
        ("github_pat_", r"\bgithub_pat_[A-Za-z0-9_]{20,255}"),
        ("gl", r"\bgl(?:pat|ptt|dt|rt|cbt|soat)-[A-Za-z0-9_.-]{20,}"),  # GitLab
        ("sk-", r"\bsk-(?:ant-|proj-|svcacct-|or-v1-)?[A-Za-z0-9_-]{20,}"),  # model providers
        ("_live_ _test_", r"\b(?:sk|rk|pk)_(?:live|test)_[A-Za-z0-9]{16,}"),  # Stripe
        ("xox xapp-", r"\bxox[abeoprs]-[A-Za-z0-9-]{10,}|\bxapp-\d-[A-Za-z0-9-]{10,}"),  # Slack
        ("hooks.slack.com", r"https://hooks\.slack\.com/(?:services|workflows)/[A-Za-z0-9/_-]{20,}"),
        ("AIza ya29.", r"\bAIza[A-Za-z0-9_-]{35}|\bya29\.[A-Za-z0-9_-]{20,}"),  # Google
        ("npm_ pypi-", r"\b(?:npm_[A-Za-z0-9]{36}|pypi-[A-Za-z0-9_-]{40,})"),
        ("hf_ dop_v1_", r"\b(?:hf_[A-Za-z0-9]{30,}|dop_v1_[a-f0-9]{64})"),
        ("SG.", r"\bSG\.[A-Za-z0-9_-]{16,}\.[A-Za-z0-9_-]{16,}"),  # SendGrid
        ("eyJ", r"\beyJ[A-Za-z0-9_-]{6,}\.eyJ[A-Za-z0-9_-]{6,}\.[A-Za-z0-9_-]*"),  # JSON Web Tokens
        (
            "-----BEGIN",
            r"-----BEGIN (?:[A-Z0-9]+ ){0,4}PRIVATE KEY(?: BLOCK)?-----(?:(?!-----)[\s\S]){0,20000}"
            r"(?:-----END (?:[A-Z0-9]+ ){0,4}PRIVATE KEY(?: BLOCK)?-----)?",
        ),
    )
)
"""What is a secret by its shape alone; each with words of which one must be there, which is quick to see."""

_GIVEN = tuple(
    (needles.split(), re.compile(shape, re.IGNORECASE))
    for needles, shape in (
        ("bearer basic", r"\b(?:bearer|basic)\s+([A-Za-z0-9+/_.~=-]{12,})"),
        (
            "-key -token cookie",
            r"\b(?:x-api-key|api-key|private-token|x-auth-token|x-vault-token|cookie)\s*[:=]\s*([^\s\"'\\]{8,})",
        ),
        ("://", r"[a-z][a-z0-9+.-]{0,30}://[^\s/@:\"']{0,200}:([^\s/@\"']{3,200})@"),
        (
            "-pass -token -secret -api -access",
            r"(?:^|\s)--?(?:password|passwd|pass|token|secret|api-?key|access-?key)[=\s]+[\"']?([^\s\"']{6,})",
        ),
        ("-u", r"(?:^|\s)(?:-u|--user)[=\s]+[\"']?[^\s:\"']{1,100}:([^\s\"']{6,})"),
        ("machine", r"\bmachine\s+\S+\s+login\s+\S+\s+password\s+(\S{4,})"),
        ("=", r"[?&](?:access_token|api_key|apikey|token|key|sig|signature|secret|password)=([^\s&\"'#]{8,})"),
    )
)
"""Places where a secret stands: its first group. The words are in lower case."""
_ASSIGNED = re.compile(
    r"(?<![A-Za-z0-9_])[\"']?([A-Za-z][A-Za-z0-9_-]{1,60})[\"']?\s{0,3}(?:=|:)\s{0,3}"
    r"(?:\"([^\"\n]{8,4096})\"|'([^'\n]{8,4096})'|([^\s\"',;}\])&|]{8,4096}))"
)
_NAMED = (
    *("key", "token", "secret", "pass", "pwd", "cred", "auth"),
    *("bearer", "jwt", "cookie", "connection", "webhook", "_pat"),
)
"""Parts of names that promise secrets, in lower case."""
_VAGUE = frozenset({"key", "keys", "token", "tokens", "auth", "pass", "cookie", "cookies", "bearer", "pwd"})
"""Names that texts and programs use for much else; their values must look like secrets."""
_LONGER = 12
_KEY_LINE = 32
_NO_VALUE = re.compile(
    r"\A(?:[$<{(\[%]|(?:os|process)\.|(?:None|null|true|false|str|string|undefined)\b)|\A[\w.]+[(\[]|/"
)
_HALF = re.compile(r"[\ud800-\udfff]")


class Scrubber:
    """Hides secrets in texts. What one of `texts`, which belong together, gives away is hidden in all."""

    def __init__(self, texts: Iterable[str], secrets: Iterable[str] = ()) -> None:
        self._secrets: set[str] = set()
        self._redact = Redactor(())
        self.hide([*secrets, *known_secrets()])
        self.learn(texts)

    def learn(self, texts: Iterable[str]) -> bool:
        """Takes in more texts. Whether they gave away a secret that was not known."""
        return self.hide(value for text in texts for value in _values_in(text))

    def hide(self, secrets: Iterable[str]) -> bool:
        """Hides more values. Whether one of them was not known."""
        new = {value for value in secrets if len(value) >= SHORTEST} - self._secrets
        if new:
            self._secrets |= new
            self._redact = Redactor(self._secrets)
        return bool(new)

    def __call__(self, text: str) -> str:
        """The text without secrets, and without halves of characters."""
        text = _HALF.sub("\ufffd", text)
        if len(text) < SHORTEST:
            return text
        for needles, shape in _SHAPES:
            if _has_one(text, needles):
                text = shape.sub(HIDDEN, text)
        return self._redact(text)


def scrubbed(session: Session) -> Session:
    """The session without secrets."""
    return _mapped(session, Scrubber(_texts(session)))


def scrubbed_text(text: str) -> str:
    """A single text without secrets."""
    return Scrubber([text])(text)


def _values_in(text: str) -> Iterator[str]:
    """The secrets that the text gives to names, in places of secrets, or by their shape."""
    if len(text) < SHORTEST:
        return
    lower = text.lower()
    for needles, place in _GIVEN:
        if _has_one(lower, needles):
            yield from (match[1] for match in place.finditer(text) if _is_value(match[1]))
    if _has_one(lower, _NAMED):
        for match in _ASSIGNED.finditer(text):
            name, value = match[1].replace("-", "_"), match[2] or match[3] or match[4]
            if is_secret_name(name) and _is_value(value) and _fits(name, value):
                yield value
    for needles, shape in _SHAPES:
        if _has_one(text, needles):
            for match in shape.finditer(text):
                yield match[0]
                yield from _body(match[0])


def _has_one(text: str, needles: Sequence[str]) -> bool:
    """Whether one of some words is in a text. Every text of a capture comes here; with `any` it takes twice as long."""
    for needle in needles:  # noqa: SIM110
        if needle in text:
            return True
    return False


def _body(secret: str) -> Iterator[str]:
    """The lines of a private key, which may stand elsewhere without its head."""
    if "\n" in secret:
        yield from (line for line in secret.split("\n") if len(line) >= _KEY_LINE and "-----" not in line)


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
