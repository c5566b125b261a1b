"""Regular expressions of the lexer that several states of the parser share.

Lark's contextual lexer has one for each set of tokens that a state accepts, and compiling them takes a tenth of a cold
check. A state may as well use the one of a larger set if no other token of it can begin where one of its own begins: at
the beginning of a token of its own the two then find the same. Elsewhere the shared one may find a token that the
state does not accept, which is an error as well.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any

BEYOND = 128
"""Stands for all characters beyond ASCII."""

_ANY = frozenset(range(BEYOND + 1))
_DIGITS, _SPACES = frozenset(map(ord, "0123456789")), frozenset(map(ord, " \t\n\r\f\v"))
_WORDS = frozenset(each for each in range(BEYOND) if chr(each).isalnum() or chr(each) == "_")
_CATEGORIES = {
    "CATEGORY_DIGIT": _DIGITS | {BEYOND},
    "CATEGORY_SPACE": _SPACES | {BEYOND},
    "CATEGORY_WORD": _WORDS | {BEYOND},
}


@dataclass(slots=True)
class _Shared:
    tokens: frozenset[str]
    states: list[frozenset[str]] = field(default_factory=list)
    """The sets of tokens of the states that share it."""


def shared_patterns(accepted: Iterable[frozenset[str]], patterns: Mapping[str, str]) -> dict[frozenset[str], str]:
    """A regular expression for each set of tokens; several sets have the same one where that changes no token.

    `patterns`: of each token, in the order in which they are tried. ImportError or AttributeError if this Python reads
    regular expressions in another way.
    """
    begins = {name: beginnings(pattern) for name, pattern in patterns.items()}
    found: list[_Shared] = []
    for tokens in sorted(set(accepted), key=lambda each: (-len(each), sorted(each))):
        for shared in found:
            if all(
                _are_apart(own, others, begins)
                for own, others in [
                    (tokens, shared.tokens - tokens),
                    *((each, tokens - each) for each in shared.states),
                ]
            ):
                shared.tokens |= tokens
                shared.states.append(tokens)
                break
        else:
            found.append(_Shared(tokens, [tokens]))
    return {tokens: _pattern(shared.tokens, patterns) for shared in found for tokens in shared.states}


def _are_apart(tokens: frozenset[str], others: frozenset[str], begins: Mapping[str, frozenset[int]]) -> bool:
    return not any(begins[one] & begins[other] for one in tokens for other in others)


def _pattern(tokens: frozenset[str], patterns: Mapping[str, str]) -> str:
    return "|".join(f"(?P<{name}>{pattern})" for name, pattern in patterns.items() if name in tokens)


def beginnings(pattern: str) -> frozenset[int]:
    """The characters that a text which matches can begin with, as code points; at least those."""
    parser: Any = import_module("re._parser")
    return _first(list(parser.parse(pattern)))[0]


def _first(items: list[Any]) -> tuple[frozenset[int], bool]:
    """The first characters of a sequence, and whether it can be empty."""
    found: frozenset[int] = frozenset()
    for item in items:
        first, can_be_empty = _first_of(str(item[0]), item[1])
        found |= first
        if not can_be_empty:
            return found, False
    return found, True


def _first_of(kind: str, argument: Any) -> tuple[frozenset[int], bool]:
    if kind == "LITERAL":
        return frozenset([min(argument, BEYOND)]), False
    if kind == "IN":
        return _of_set(argument), False
    if kind == "BRANCH":
        branches = [_first(list(each)) for each in argument[1]]
        return frozenset().union(*(first for first, _ in branches)), any(empty for _, empty in branches)
    if kind == "SUBPATTERN":
        return _first(list(argument[-1]))
    if kind in ("MAX_REPEAT", "MIN_REPEAT", "POSSESSIVE_REPEAT"):
        first, can_be_empty = _first(list(argument[2]))
        return first, can_be_empty or argument[0] == 0
    return _ANY, True  # looks around, or something else: it may begin with anything


def _of_set(items: Iterable[tuple[Any, Any]]) -> frozenset[int]:
    found: set[int] = set()
    is_negated = False
    for kind, argument in items:
        if str(kind) == "NEGATE":
            is_negated = True
        elif str(kind) == "LITERAL":
            found.add(min(argument, BEYOND))
        elif str(kind) == "RANGE":
            found.update(range(min(argument[0], BEYOND), min(argument[1], BEYOND) + 1))
        else:
            found |= _CATEGORIES.get(str(argument), _ANY)
    return (_ANY - found) | {BEYOND} if is_negated else frozenset(found)
