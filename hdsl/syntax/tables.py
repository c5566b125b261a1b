"""The parser's tables as plain data, made from lark's once and kept: texts are parsed without lark."""

from __future__ import annotations

import functools
import pickle
from typing import TYPE_CHECKING, Any, NamedTuple

from hdsl.ground.resources import read_cached, write_cached
from hdsl.syntax.grammar import lark_parser

if TYPE_CHECKING:
    from lark import Lark


CACHED = "tables.pickle"

KNOWN = "1.3."
"""How the versions of lark begin whose private attributes are read here: tests compare the result with lark's own.

Lark has no public way to the patterns of its contextual lexer (`Lark.save` leaves them out). With any other version
every text is parsed by lark, which is correct and slower."""


NEVER = "(?!)"
"""Matches nothing: the pattern of a state in which the text has to be over."""


class Kept(NamedTuple):
    """A child that a callback is given: where it stands, whether its own children stand in for it, Nones before it."""

    position: int
    expanded: bool
    nones: int


class Reduction(NamedTuple):
    """One rule: its size and name, and how its callback (None: a list for the rule above) is given its children."""

    origin: str
    size: int
    callback: str | None
    kept: tuple[Kept, ...] | None
    nones: int
    single: bool


class Tables(NamedTuple):
    """Actions by state and token: a state to shift to (or go to), or -1 - n for reduction n. Patterns by state.

    A pattern skips the blanks before its token. `blanks`: what may stand behind the last one. `anything`: any token at
    all. `told`: the tokens that a callback may be given, all others say nothing.
    """

    actions: dict[int, dict[str, int]]
    patterns: dict[int, str]
    reductions: list[Reduction]
    starts: dict[str, int]
    ends: dict[str, int]
    terminals: frozenset[str]
    told: frozenset[str]
    blanks: str
    anything: str


@functools.cache
def tables() -> Tables | None:
    """The tables, from this user's cache where they are current; None where this lark keeps its own elsewhere."""
    kept = read_cached(CACHED)
    if kept is not None:
        return Tables(*pickle.loads(kept))
    made = tables_of(lark_parser())
    if made is not None:
        write_cached(CACHED, pickle.dumps(tuple(made), protocol=pickle.HIGHEST_PROTOCOL))
    return made


def tables_of(parser: Lark) -> Tables | None:
    """The tables of a lark parser; None if its tokens have callbacks of their own, or its version is not known."""
    try:
        import lark

        if not lark.__version__.startswith(KNOWN):
            return None
        from lark.parsers.lalr_analysis import Shift

        from hdsl.syntax.scanners import shared_patterns

        frontend: Any = parser.parser
        table = frontend.parser.parser.parse_table
        lexers = frontend.lexer.lexers
        if any(lexer.scanner is None or lexer.callback for lexer in lexers.values()):
            return None  # a lexer knows its callbacks once it has its scanner
        accepted = {state: frozenset(str(each.name) for each in lexer.terminals) for state, lexer in lexers.items()}
        in_order = {str(each.name): each.pattern.to_regexp() for each in frontend.lexer.root_lexer.terminals}
        skipped = frozenset(map(str, frontend.lexer_conf.ignore))
        blanks = f"(?:{'|'.join(in_order[name] for name in sorted(skipped))})?+"
        accepted = {state: tokens - skipped for state, tokens in accepted.items()}
        shared = shared_patterns(accepted.values(), in_order)
        patterns = {state: f"{blanks}(?:{shared[tokens] or NEVER})" for state, tokens in accepted.items()}
        numbers: dict[Any, int] = {}
        reductions: list[Reduction] = []
        actions: dict[int, dict[str, int]] = {}
        for state, row in table.states.items():
            actions[state] = {}
            for token, (action, argument) in row.items():
                if action is Shift:
                    actions[state][str(token)] = argument
                    continue
                if argument not in numbers:
                    numbers[argument] = len(reductions)
                    reductions.append(_reduction(argument))
                actions[state][str(token)] = -1 - numbers[argument]
        told = frozenset(
            str(symbol.name)
            for rule in numbers
            for symbol in rule.expansion
            if symbol.is_term and (rule.options.keep_all_tokens or not symbol.filter_out)
        )
        terminals = frozenset(in_order) - skipped
        anything = "|".join(in_order[name] for name in in_order if name in terminals)
        return Tables(
            actions, patterns, reductions, dict(table.start_states), dict(table.end_states), terminals, told, blanks,
            anything,
        )  # fmt: skip
    except (AttributeError, ImportError, ValueError):
        return None


def _reduction(rule: Any) -> Reduction:
    """How lark's own tree builder treats the children of a rule. Names become plain texts, which need no lark."""
    options = rule.options
    gaps = [0] * (len(rule.expansion) + 1)
    if options.empty_indices:
        marks = "".join(str(int(empty)) for empty in options.empty_indices)
        gaps = [len(ones) for ones in marks.split("0")]
    kept: list[Kept] = []
    nones = 0
    for index, symbol in enumerate(rule.expansion):
        nones += gaps[index]
        if options.keep_all_tokens or not (symbol.is_term and symbol.filter_out):
            kept.append(Kept(index, not symbol.is_term and symbol.name.startswith("_"), nones))
            nones = 0
    nones += gaps[-1]
    changed = any(each.expanded or each.nones for each in kept)
    plain = len(kept) == len(rule.expansion) and not nones and not changed
    name = str(rule.alias or rule.origin.name)
    callback = None if name.startswith("_") else name
    single = bool(options.expand1) and not rule.alias
    return Reduction(
        str(rule.origin.name), len(rule.expansion), callback, None if plain else tuple(kept), nones, single
    )
