"""Elements that cost a few milliseconds of a core each, for workers that need nothing but the standard library."""

import hashlib
from collections.abc import Iterator, Sequence
from typing import Any

ROUNDS = 4_000


def hashed(setup: Any, ask: Any) -> Any:
    """A text hashed some thousand times."""

    def run(elements: Sequence[str]) -> Iterator[tuple[int, str]]:
        for position, text in enumerate(elements):
            value = text.encode()
            for _ in range(ROUNDS):
                value = hashlib.sha256(value).digest()
            yield position, value.hex()

    return run
