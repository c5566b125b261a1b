"""Lines that are harmless at a glance, so that most files need no analysis of their commands."""

_SHOWS = frozenset({"echo", "ls", "pwd", "true", "whoami"})
"""Programs that only show something, whatever words without shell syntax or a path are given to them."""

_KEYS = frozenset(
    {"Enter", "Escape", "Tab", "BTab", "Space", "BSpace", "Home", "End", "PageUp", "PageDown"}
    | {"Up", "Down", "Left", "Right"}
)
"""Names of keys, which are not programs."""

_PLAIN = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.,:+- ")


def is_plainly_harmless(text: str) -> bool:
    """Whether a line is one that `decide` allows under the rules that hold by default; it is not asked."""
    return text in _KEYS or (text.partition(" ")[0] in _SHOWS and _PLAIN.issuperset(text))
