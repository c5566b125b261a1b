"""Names of keys as tmux knows them: which exist, and which of them end a line."""

import re

_NAMED = (
    r"F(?:1[0-2]|[1-9])|IC|Insert|DC|Delete|Home|End|NPage|PageDown|PgDn|PPage|PageUp|PgUp|Tab|BTab|Space|BSpace"
    r"|Enter|Escape|Up|Down|Left|Right|KP[0-9]|KP/|KP\*|KP-|KP\+|KPEnter|KP\."
)
_KEY = re.compile(rf"(?:[CMS]-)*(?:(?:{_NAMED})|[^\s\x00-\x1f\x7f])|\^[^\s\x00-\x1f\x7f]", re.IGNORECASE)
_LINE_ENDS = frozenset({"enter", "kpenter", "c-m", "c-j", "^m", "^j"})


def check_key(name: str) -> None:
    """Raises ValueError for a name tmux does not know: it would type that name instead of pressing a key."""
    if not _KEY.fullmatch(name):
        raise ValueError(f"no key is named {name!r}; keys are named as in tmux: Enter, Escape, Up, C-c, M-x, F1")


def ends_line(name: str) -> bool:
    """Whether the key hands the typed line to whoever reads it."""
    return name.lower() in _LINE_ENDS


def is_plain(name: str) -> bool:
    """Whether the key types one character and does nothing else."""
    return len(name) == 1 or name.lower() == "space"
