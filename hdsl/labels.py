"""Labels of a text: which label of a type a text carries, and the payload behind it.

A label that ends in a colon carries a payload (`"text:"` matches `text:ls -la`); any other label is exact.
"""

from collections.abc import Iterable


def label_of(text: str, labels: Iterable[str]) -> str | None:
    """The label that `text` (stripped) carries, or None where it carries none of them."""
    stripped = text.strip()
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
