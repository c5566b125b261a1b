"""Elements that cost a few milliseconds of a core each, for workers that need nothing but the standard library."""

import hashlib
from collections.abc import Iterator, Sequence
from typing import Any


def hashed(rounds: int, ask: Any) -> Any:
    """A text hashed so many times."""

    def run(elements: Sequence[str]) -> Iterator[tuple[int, str]]:
        for position, text in enumerate(elements):
            value = text.encode()
            for _ in range(rounds):
                value = hashlib.sha256(value).digest()
            yield position, value.hex()

    return run
