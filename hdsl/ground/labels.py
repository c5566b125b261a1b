"""Labels of a text: which label of a type a text carries, and the payload behind it.

A label that ends in a colon carries a payload (`"text:"` matches `text:ls -la`); any other label is exact.
"""

from collections.abc import Container, Iterable, Iterator
from functools import cached_property

LISTED = 20
"""How many labels a message lists."""


class Labels(tuple[str, ...]):
    """The labels of one type, in order; made once, so that very many texts can be compared with very many labels."""

    @cached_property
    def places(self) -> dict[str, int]:
        """The position of each label."""
        return {label: place for place, label in reversed([*enumerate(self)])}

    @cached_property
    def lengths(self) -> frozenset[int]:
        """The lengths that labels with a payload have."""
        return frozenset(len(label) for label in self if label.endswith(":"))

    def carried_by(self, text: str) -> str | None:
        """The first label that a text carries."""
        found = [self.places[each] for each in (text, *heads(text, self.lengths)) if each in self.places]
        return self[min(found)] if found else None


def heads(text: str, lengths: Container[int]) -> Iterator[str]:
    """What stands in front of a text up to each colon, where that is of one of these lengths."""
    colon = text.find(":")
    while colon >= 0:
        if colon + 1 in lengths:
            yield text[: colon + 1]
        colon = text.find(":", colon + 1)


def label_of(text: str, labels: Iterable[str]) -> str | None:
    """The label that `text` (stripped) carries, or None where it carries none of them."""
    stripped = text.strip()
    if isinstance(labels, Labels):
        return labels.carried_by(stripped)
    for label in labels:
        if stripped == label or (label.endswith(":") and stripped.startswith(label)):
            return label
    return None


def payload_of(text: str, labels: Iterable[str]) -> str:
    """What follows the label of `text` that ends in a colon; empty where the label is exact or there is none."""
    label = label_of(text, labels)
    if label is None or not label.endswith(":"):
        return ""
    return text.strip()[len(label) :]


def listed(labels: Iterable[str], joint: str = ", ") -> str:
    """Labels as a message lists them: in quotation marks, of very many the first."""
    known = list(labels)
    shown = joint.join(f'"{label}"' for label in known[:LISTED])
    return shown if len(known) <= LISTED else f"{shown}, and {len(known) - LISTED:,} more"
