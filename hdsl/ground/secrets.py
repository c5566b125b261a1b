"""Secrets of this process: which values they are, and texts in which they are hidden."""

import re
from collections.abc import Iterable, Mapping

HIDDEN = "[secret]"
"""What stands where a secret stood."""

SHORTEST = 8
"""Characters that a value must have to count as a secret: shorter ones occur in any text."""

_NAME = re.compile(
    r"(?:^|_)(?:API_?KEY|KEY|TOKEN|SECRET|PASSWORD|PASSWD|PASSPHRASE|CREDENTIALS?|AUTH|COOKIE)(?:_|$)|_PAT$",
    re.IGNORECASE,
)


def is_secret_name(name: str) -> bool:
    """Whether an environment variable of this name holds a secret: `OPENAI_API_KEY`, `GITHUB_TOKEN`, `DB_PASSWORD`."""
    return _NAME.search(name) is not None


def secret_values(environment: Mapping[str, str]) -> tuple[str, ...]:
    """The values of the variables that hold secrets, the longest first."""
    found = {value for name, value in environment.items() if is_secret_name(name) and len(value) >= SHORTEST}
    return tuple(sorted(found, key=lambda value: (-len(value), value)))


class Redactor:
    """Replaces each of some secret values in a text by `[secret]`."""

    def __init__(self, secrets: Iterable[str]) -> None:
        values = sorted({value for value in secrets if len(value) >= SHORTEST}, key=len, reverse=True)
        self._values = values
        self._pattern = re.compile("|".join(map(re.escape, values))) if values else None

    def __call__(self, text: str) -> str:
        """The text without the secrets."""
        if self._pattern is None or not any(value in text for value in self._values):
            return text  # looking for each value is many times faster than the pattern
        return self._pattern.sub(HIDDEN, text)
