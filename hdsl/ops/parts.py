"""The parts of a text that `split` gives: what stands between separators, or the items of a list."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Protocol

from hdsl.structure.fields import items_of, with_items
from hdsl.structure.structures import ListOf

Ranges = Sequence[tuple[int, int]]
"""Where the parts of a text begin and end."""

_BREAKS = "\r\n"


class Parts(Protocol):
    """One way to take a text apart."""

    def of(self, text: str) -> Sequence[str]:
        """The parts, in order. ValueError where the text has none that can be told."""
        ...

    def replaced(self, text: str, better: Mapping[int, str]) -> str:
        """The text with other parts at some places. ValueError where one cannot stand there."""
        ...


@dataclass(frozen=True, slots=True)
class Pieces:
    """What stands between the separators (of an empty one: the characters), packed up to so many characters."""

    at: str
    size: int

    def of(self, text: str) -> Sequence[str]:
        """The pieces, without line breaks around them, and none that are blank."""
        return [text[start:end] for start, end in parts_of(text, self.at, self.size)]

    def replaced(self, text: str, better: Mapping[int, str]) -> str:
        """The text with others in the place of some."""
        whole = text
        ranges = parts_of(text, self.at, self.size)
        for number in sorted(better, reverse=True):
            if number < len(ranges):
                start, end = ranges[number]
                whole = f"{whole[:start]}{better[number]}{whole[end:]}"
        return whole


@dataclass(frozen=True, slots=True)
class Items:
    """The items of a list, each as a text of its own."""

    structure: ListOf

    def of(self, text: str) -> Sequence[str]:
        """The items. NotOfStructure, a ValueError, where the text is not such a list."""
        return items_of(text, self.structure)

    def replaced(self, text: str, better: Mapping[int, str]) -> str:
        """The list with others in the place of some. NotOfStructure where one is not such an item."""
        return with_items(text, self.structure, better)


@lru_cache(maxsize=64)
def parts_of(text: str, at: str, size: int) -> Ranges:
    """Where the parts are: between the separators (of an empty one: the characters), without line breaks around them
    and without those that are blank; as many neighbours together as have at most `size` characters."""
    if not at:
        step = max(1, size)
        return [(start, min(start + step, len(text))) for start in range(0, len(text), step)]
    found: list[tuple[int, int]] = []
    start = 0
    for part in text.split(at):
        begin = start + len(part) - len(part.lstrip(_BREAKS))
        end = begin + len(part.strip(_BREAKS))
        start += len(part) + len(at)
        if not part.strip():
            continue
        if found and end - found[-1][0] <= size:
            found[-1] = found[-1][0], end
        else:
            found.append((begin, end))
    return found
