"""Words without meaning, so that no model can know what the lab hides: the same ones for the same seed."""

from collections.abc import Iterator
from itertools import combinations
from random import Random

_ONSETS, _VOWELS = "bdfgklmnprstvz", "aeiou"


def fresh_words(source: Random) -> Iterator[str]:
    """Different words of two syllables, without end."""
    seen = set()
    while True:
        word = "".join(source.choice(letters) for letters in (_ONSETS, _VOWELS) * 2) + source.choice(_ONSETS)
        if word not in seen:
            seen.add(word)
            yield word


def colliding_keys(source: Random, count: int) -> tuple[str, ...]:
    """Keys of eight words each, six of which all share and two of eight in which they differ."""
    words = fresh_words(source)
    shared = [next(words) for _ in range(6)]
    pairs = list(combinations([next(words) for _ in range(8)], 2))
    source.shuffle(pairs)
    return tuple(" ".join((*shared[:3], first, *shared[3:], second)) for first, second in pairs[:count])
