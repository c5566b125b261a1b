"""Secrets of this process: which values they are, and texts in which they are hidden."""

import os
import re
from collections.abc import Callable, Iterable, Mapping
from functools import cache
from typing import Any
from urllib.parse import unquote

HIDDEN = "[secret]"
"""What stands where a secret stood."""

SHORTEST = 8
"""Characters that a value must have to count as a secret: shorter ones occur in any text."""

_NAME = re.compile(
    r"(?:^|_)(?:(?:API_?)?KEYS?|TOKEN|SECRETS?|PASSWORDS?|PASSWD|PASSPHRASE|PASS|PWD|CREDENTIALS?|AUTH|BEARER|JWT|COOKIES?)(?:_|$)"
    r"|(?:API_?KEY|TOKEN|SECRET|PASSWORD|PASSWD|PASSPHRASE|CONNECTION_?STRING|WEBHOOK(?:_URL)?|_PAT)$",
    re.IGNORECASE,
)
# Names that look like those of secrets and are not: working folders, places of sockets, files and servers, counts.
_NO_SECRET = re.compile(
    r"^(?:OLD)?PWD$|_(?:SOCK|SOCKET|FILE|PATH|DIR|HOST|PORT)$|(?<!WEBHOOK)_UR[LI]$"
    r"|_(?:COUNT|LIMIT|LENGTH|SIZE|TYPE|TTL|BUDGET|TIMEOUT|EXPIRY|EXPIRES)$",
    re.IGNORECASE,
)
_PASSWORD_IN_ADDRESS = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://[^\s/@:]*:([^\s/@]+)@")
_LONGEST_BROKEN_LINE = 16
"""Characters that a line of a secret of several lines must have to be hidden where it stands alone."""


@cache
def is_secret_name(name: str) -> bool:
    """Whether an environment variable of this name holds a secret: `OPENAI_API_KEY`, `GITHUB_TOKEN`, `PGPASSWORD`."""
    return _NAME.search(name) is not None and _NO_SECRET.search(name) is None


def secret_values(environment: Mapping[str, str]) -> tuple[str, ...]:
    """The secrets among the values of some variables, the longest first.

    They are the values of the variables that `is_secret_name` names, the longer lines of those that have several, and
    the password of each address (`postgres://user:password@host`). The path of a file is none.
    """
    found: set[str] = set()
    for name, value in environment.items():
        if is_secret_name(name) and not _is_path(value):
            found |= {value.strip(), *_lines(value)}
        for password in _PASSWORD_IN_ADDRESS.findall(value) if "://" in value else ():
            found |= {password, unquote(password)}
    return tuple(sorted((value for value in found if len(value) >= SHORTEST), key=_longest_first))


def known_secrets() -> tuple[str, ...]:
    """The secrets in this process's environment, where every key that hdsl uses comes from."""
    return secret_values(os.environ)


class Redactor:
    """Replaces each of some secret values in a text by `[secret]`, also where line breaks cut it, as screens do.

    False where there are no secrets: then every text stays as it is.
    """

    def __init__(self, secrets: Iterable[str]) -> None:
        flat = {value for value in map(_without_breaks, secrets) if len(value) >= SHORTEST}
        self._flat = sorted(flat, key=_longest_first)
        self._pattern = re.compile("|".join(map(_with_breaks, self._flat))) if flat else None

    def __bool__(self) -> bool:
        return self._pattern is not None

    def __call__(self, text: str) -> str:
        """The text without the secrets."""
        if self._pattern is None:
            return text
        flat = _without_breaks(text)
        return self._pattern.sub(HIDDEN, text) if any(value in flat for value in self._flat) else text


def redacted(value: Any, redact: Callable[[str], str]) -> Any:
    """Plain data with each text redacted, names too."""
    if isinstance(value, str):
        return redact(value)
    if isinstance(value, dict):
        return {redact(name): redacted(each, redact) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [redacted(each, redact) for each in value]
    return value


def _is_path(value: str) -> bool:
    return value.startswith("/") and "\0" not in value and os.path.exists(value)  # noqa: PTH110 - a name too long is none


def _lines(value: str) -> list[str]:
    lines = [line.strip() for line in value.strip().splitlines()]
    return [line for line in lines[1:-1] if len(line) >= _LONGEST_BROKEN_LINE] if len(lines) > 2 else []


def _without_breaks(text: str) -> str:
    return text.replace("\r", "").replace("\n", "")


def _with_breaks(flat: str) -> str:
    return r"[\r\n]*".join(map(re.escape, flat))


def _longest_first(value: str) -> tuple[int, str]:
    return -len(value), value
