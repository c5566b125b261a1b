"""The grammar in Lark's notation for decoders that do not take the longest match: no name in it is a reserved word.

Such a decoder (XGrammar) would read a keyword as a name wherever a name may stand. Names that are not keywords need a
regular expression that says so, letter by letter, as there is no way to say "not".
"""

import re
from collections.abc import Iterable

from hdsl.syntax.tree import RESERVED

_SMALL = "abcdefghijklmnopqrstuvwxyz"
_OTHERS = "A-Z_"
_DIGITS = "0-9"
_REST = "[A-Za-z0-9_]"

ANY_NAME = "[A-Za-z_][A-Za-z0-9_]*"
"""Every name, as the terminals NAME and LAST begin with it."""

OPTION_TYPE = "dim"
"""The one reserved word that is also a type, of an option."""


def without_reserved_names(grammar: str) -> str:
    """The grammar whose terminals for names leave the reserved words out; only fields may still be called by one.

    ValueError where the grammar has not what this looks for.
    """
    changes = [
        # An operation names its function, which the checker asks for: else it would end in a bare name.
        (r'^(op_decl: .*)\["=" STRING \[AS LAST\]\]$', r'\1"=" STRING [AS LAST]'),
        (r"^(path: .*\n)", rf'\1    | "{OPTION_TYPE}" -> dotted\n'),
        (r"^field: NAME", "field: FIELD_NAME"),
        (rf"^LAST: /{re.escape(ANY_NAME)}(.*)/$", r"LAST: NAME /\1/"),
        (rf"^NAME: /{re.escape(ANY_NAME)}/$", f"NAME: /{unreserved_names()}/\nFIELD_NAME: /{ANY_NAME}/"),
    ]
    for pattern, changed in changes:
        grammar, count = re.subn(pattern, changed, grammar, flags=re.MULTILINE)
        if not count:
            raise ValueError(f"the grammar has no line {pattern!r}")
    return grammar


def unreserved_names(words: Iterable[str] = RESERVED) -> str:
    """A regular expression of names that are none of the words."""
    return _names_after("", sorted(words))


def _names_after(prefix: str, words: list[str]) -> str:
    """What may stand behind a beginning of some of the words so that the whole is a name and none of them."""
    following = sorted({word[len(prefix)] for word in words if len(word) > len(prefix)})
    others = _OTHERS + _DIGITS * bool(prefix) + _ranges([sign for sign in _SMALL if sign not in following])
    options = [f"[{others}]{_REST}*"]
    for sign in following:
        longer = [word for word in words if word.startswith(prefix + sign)]
        options.append(sign + _names_after(prefix + sign, longer))
    alternatives = f"({'|'.join(options)})"
    return alternatives if not prefix or prefix in words else f"{alternatives}?"


def _ranges(signs: list[str]) -> str:
    """Letters in their order as ranges of a class."""
    found: list[list[str]] = []
    for sign in signs:
        if found and ord(sign) == ord(found[-1][-1]) + 1:
            found[-1].append(sign)
        else:
            found.append([sign])
    return "".join(run[0] if len(run) == 1 else f"{run[0]}-{run[-1]}" for run in found)
