"""Texts of which not all is known: what is not, is one of these characters, and so are globs that were not quoted."""

from __future__ import annotations

import re
from fnmatch import fnmatchcase

UNKNOWN = "\ue000"
"""Something that only running would tell."""
FETCHED = "\ue001"
"""What a server said."""
DECODED = "\ue002"
"""What a decoder made of something."""
HOME = "\ue003"
"""The home folder."""
SELF = "\ue004"
"""`$0`: what runs just now."""
GATHERED = "\ue005"
"""A whole home folder, or the whole disk."""
SECRETS = "\ue006"
"""Variables of the environment, and the keys among them."""
CHILD = "\ue007"
"""The number of a process that the shell itself started."""
PROCESSES = "\ue008"
"""Numbers of processes that were listed."""
MANY = "\ue009"
"""Stands at both ends of a name that is one of many: those that a lister gave."""

TOO_LONG = "\ue00a"
"""A text that would be too long to be made."""

GLOBS = {"*": "\ue010", "?": "\ue011", "[": "\ue012"}
_SHOWN = {mark: char for char, mark in GLOBS.items()} | dict.fromkeys(
    (UNKNOWN, FETCHED, DECODED, GATHERED, SECRETS, TOO_LONG), "…"
)
_SHOWN |= {HOME: "~", SELF: "$0", CHILD: "$!", PROCESSES: "…", MANY: ""}
_SHOW = str.maketrans(_SHOWN)
_PLAIN = {mark: char for char, mark in GLOBS.items()}
_PLAIN_GLOBS = str.maketrans(_PLAIN)
_OURS = re.compile("[\ue000-\uf8ff]")
TAINTS = (FETCHED, DECODED, GATHERED, PROCESSES, MANY, TOO_LONG)


def cleaned(text: str) -> str:
    """A text of others, without the characters that mean something here."""
    return _OURS.sub("\ufffd", text)


def shown(text: str) -> str:
    """The text as a person reads it."""
    return text.translate(_SHOW)


def plain(text: str) -> str:
    """The text with its globs as characters."""
    return text.translate(_PLAIN_GLOBS)


def has_glob(text: str) -> bool:
    """Whether file names are to be put in."""
    # A bracket that nothing closes is a bracket: `[ -f x ]`.
    bracket = text.find(GLOBS["["])
    return GLOBS["*"] in text or GLOBS["?"] in text or 0 <= bracket < text.rfind("]") - 1


def matches(text: str, name: str) -> bool:
    """Whether a text with globs may stand for a name, which begins with a plain character of it or has no glob."""
    if not has_glob(text):
        return text == name
    # A glob stays within a folder, and finds no hidden name.
    parts, names = text.split("/"), name.split("/")
    return len(parts) == len(names) and all(map(_matches_part, parts, names))


def _matches_part(text: str, name: str) -> bool:
    if name.startswith(".") and has_glob(text[:1]):
        return False
    return fnmatchcase(name, "".join(_PLAIN.get(char, char) for char in text))


def taint(text: str) -> str:
    """The marks of a text that stay whatever a filter makes of it."""
    return "".join(mark for mark in TAINTS if mark in text)


def settled(text: str) -> bool:
    """Whether all of a text is known."""
    return not any(mark in text for mark in (UNKNOWN, *TAINTS))


def derived(text: str) -> str:
    """What is known of a text that was made of another in an unknown way."""
    made = taint(text).replace(MANY, "") + UNKNOWN
    return many(made) if MANY in text else made


def many(text: str) -> str:
    """A name that stands for many: those that a lister gave."""
    return f"{MANY}{text.replace(MANY, '')}{MANY}"


def is_many(path: str) -> bool:
    """Whether a path is just what a lister gave: nothing was put before it or after it."""
    return path[:1] == MANY == path[-1:] != ""


def single(text: str) -> str:
    """The text as that of one name, whatever list it is from."""
    return text.replace(MANY, "") + UNKNOWN if MANY in text else text
