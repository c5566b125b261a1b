"""Names of keys as tmux knows them: which exist, and which of them end a line."""

import re

_MOVING = r"F(?:1[0-2]|[1-9])|IC|Insert|DC|Delete|Home|End|NPage|PageDown|PgDn|PPage|PageUp|PgUp|Up|Down|Left|Right"
_TYPING = r"Tab|BTab|Space|BSpace|Enter|Escape|KP[0-9]|KP/|KP\*|KP-|KP\+|KPEnter|KP\."
_CHARACTER = r"[^\s\x00-\x1f\x7f]"
_CONTROL = r"[A-Za-z@\[\\\]^_?]"
# Only what a terminal can send: for any other combination tmux types the name itself, or drops the modifier.
_KEY = re.compile(
    rf"(?!(?:[CMS]-)*([CMS])-(?:[CMS]-)*\1-)(?:[CMS]-){{0,3}}(?:{_MOVING})"
    rf"|(?:M-)?(?:{_TYPING}|{_CHARACTER})"
    rf"|(?:C-|C-M-|M-C-)(?:Space|{_CONTROL})|C-[/-]|\^{_CONTROL}",
    re.IGNORECASE,
)
_LINE_ENDS = re.compile(r"(?:M-)?(?:Enter|KPEnter)|(?:C-|\^|C-M-|M-C-)[mj]|(?:C-|\^)o", re.IGNORECASE)


def check_key(name: str) -> None:
    """Raises ValueError for a name that is not a key, and for a combination that no terminal can send."""
    if not _KEY.fullmatch(name):
        raise ValueError(f"no key is named {name!r}; keys are named as in tmux: Enter, Escape, Up, C-c, M-x, F1")


def ends_line(name: str) -> bool:
    """Whether the key hands the typed line to whoever reads it (C-o does in bash)."""
    return _LINE_ENDS.fullmatch(name) is not None


def is_plain(name: str) -> bool:
    """Whether the key types one character and does nothing else."""
    return len(name) == 1 or name.lower() == "space"
