"""Lines that start no program with a rule of its own: most answers in words, told apart a hundred times faster than by
reading them as a shell does."""

import re

from hdsl.policy.builtins import BUILTINS
from hdsl.policy.kinds import JUDGED
from hdsl.policy.names import FETCHERS, READS_COMMANDS
from hdsl.policy.runners import RARELY_INNOCENT
from hdsl.policy.shells import OTHERS, PYTHON, SHELLS
from hdsl.policy.wrappers import WRAPPERS

# No quote, glob, path, variable, redirection or second command; a full stop only where a sentence has one.
_PLAIN = re.compile(r"[A-Za-z](?:[A-Za-z0-9 ,:+-]|_(?!rsa|netrc)|\.(?= |\Z))*")
_KEYWORDS = (
    *("if", "then", "elif", "else", "fi", "case", "esac", "for", "select", "while", "until", "do", "done", "in"),
    *("function", "time", "coproc", "always", "end", "repeat", "foreach"),
)
_KNOWN = frozenset([*JUDGED, *WRAPPERS, *BUILTINS, *SHELLS, *FETCHERS, *READS_COMMANDS, *_KEYWORDS])
_MAKES_FILE_SYSTEMS = ("mkfs", "mke2fs", "newfs")
_CREDENTIAL = ("id_", "ssh_host")


def is_plain_line(text: str) -> bool:
    """Whether a text is one line of words that the built-in rules of `decide` allow; others have to be asked."""
    if _PLAIN.fullmatch(text) is None or any(part in text for part in _CREDENTIAL):
        return False
    if not RARELY_INNOCENT.isdisjoint(re.split(r"[ .]", text)):
        return False
    first = text.partition(" ")[0]
    if first in _KNOWN or first.startswith(_MAKES_FILE_SYSTEMS):
        return False
    return PYTHON.match(first) is None and OTHERS.match(first) is None
