"""A short loop over the parser's tables.

It gives what `Lark.parse` gives in a third of the time, because it counts no lines, skips blanks with the token behind
them, makes lighter tokens, and those alone that somebody reads; and it needs no lark. Where a text does not fit it says
what lark would say: where, and what could stand there.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any

from hdsl.syntax.builder import TreeBuilder
from hdsl.syntax.tables import Kept, Reduction, Tables

END = "$END"
NOTHING = "<END-OF-FILE>"
"""What lark calls what could stand where no token can."""

_PASSES, _SPREADS, _WRAPS = 1, 2, 3
"""What becomes of a rule's one child: it stands for the whole; its own children are the rule's; it is the rule's."""


class Unparsed(Exception):  # noqa: N818 - says what a text is
    """The text does not fit: where, whether at its end, and the tokens that could stand there."""

    def __init__(self, offset: int, at_end: bool, expected: frozenset[str]) -> None:
        super().__init__(offset)
        self.offset, self.at_end, self.expected = offset, at_end, expected


class LightToken(str):
    """A token as the tree builder reads it: its text and where it stands."""

    __slots__ = ("end_pos", "start_pos")

    start_pos: int
    end_pos: int


_Callback = Callable[[list[Any]], Any]
_Scanner = Callable[[str, int, int], re.Match[str] | None]


class Driver:
    """The loop over some tables, with what it has made of them: once for all texts."""

    def __init__(self, tables: Tables) -> None:
        self.tables = tables
        self._steps = _steps(tables.reductions)
        self._scanners: dict[int, _Scanner] = {}

    def drive(
        self,
        text: str,
        start: str,
        begin: int = 0,
        end: int | None = None,
        seen: list[tuple[str, int, int]] | None = None,
    ) -> Any:
        """What a part of the text parses to, from the rule `start` on. Raises Unparsed.

        `seen` gets each token: its terminal, where it begins, where it ends.
        """
        tables, steps, scanners = self.tables, self._steps, self._scanners
        actions, told = tables.actions, tables.told
        state, goal = tables.starts[start], tables.ends[start]
        states = [state]
        values: list[Any] = []
        position, end = begin, len(text) if end is None else end
        while True:
            scan = scanners.get(state)
            if scan is None:
                scan = scanners[state] = re.compile(tables.patterns[state]).match
            found = scan(text, position, end)
            token: LightToken | None = None
            if found is not None:
                kind = str(found.lastgroup)
                at, position = found.span(kind)
                if kind in told:
                    token = LightToken(text[at:position])
                    token.start_pos, token.end_pos = at, position
                if seen is not None:
                    seen.append((kind, at, position))
            else:
                at = self._behind_blanks(text, position, end)
                if at < end:
                    raise self._unread(states, text, at, end)
                kind = END
            action = actions[state].get(kind)
            while action is not None and action < 0:
                origin, size, one, callback, reduction = steps[~action]
                if one:
                    if one != _PASSES:
                        children = values[-1] if one == _SPREADS else [values[-1]]
                        values[-1] = children if callback is None else callback(children)
                    state = states[-1] = actions[states[-2]][origin]
                else:
                    children = values[-size:] if size else []
                    if size:
                        del values[-size:], states[-size:]
                    if reduction.kept is not None:
                        children = _kept(reduction.kept, reduction.nones, children)
                    values.append(children if callback is None else callback(children))
                    state = actions[states[-1]][origin]
                    states.append(state)
                if kind is END and state == goal:
                    return values[-1]
                action = actions[state].get(kind)
            if action is None:
                raise Unparsed(at, kind is END, self._accepted(states))
            state = action
            states.append(state)
            values.append(token)

    def _behind_blanks(self, text: str, position: int, end: int) -> int:
        """Where the blanks and comments end that stand at a place."""
        found = re.compile(self.tables.blanks).match(text, position, end)
        return position if found is None else found.end()

    def _unread(self, states: Sequence[int], text: str, at: int, end: int) -> Unparsed:
        """The fault at a place where no token of the state stands: another one does, or none that there is."""
        if re.compile(self.tables.anything).match(text, at, end):
            return Unparsed(at, False, self._accepted(states))
        row = self.tables.actions[states[-1]]
        kinds = frozenset(kind for kind in row if kind in self.tables.terminals)
        return Unparsed(at, False, kinds or frozenset([NOTHING]))

    def _accepted(self, states: Sequence[int]) -> frozenset[str]:
        """The tokens that could stand where the parser is: those with which it gets as far as to read them."""
        row = self.tables.actions[states[-1]]
        kinds = [kind for kind in row if kind == END or kind in self.tables.terminals]
        return frozenset(kind for kind in kinds if self._is_accepted(list(states), kind)) or frozenset(kinds)

    def _is_accepted(self, states: list[int], kind: str) -> bool:
        actions = self.tables.actions
        while True:
            action = actions[states[-1]].get(kind)
            if action is None or action >= 0:
                return action is not None
            reduction = self.tables.reductions[~action]
            if reduction.size:
                del states[-reduction.size :]
            states.append(actions[states[-1]][reduction.origin])
            if kind == END and states[-1] in self.tables.ends.values():
                return True


def _kept(kept: Sequence[Kept], nones_behind: int, children: list[Any]) -> list[Any]:
    """The children a callback is given: tokens that say nothing left out, lists of repetitions spread, Nones put in."""
    given: list[Any] = []
    for index, expanded, nones in kept:
        if nones:
            given.extend([None] * nones)
        if not expanded:
            given.append(children[index])
        elif given:
            given.extend(children[index])
        else:
            # A list that grows by one with each reduction: nobody else has it, and a copy each time would be quadratic.
            given = children[index]
    if nones_behind:
        given.extend([None] * nones_behind)
    return given


def _steps(reductions: Sequence[Reduction]) -> list[tuple[str, int, int, _Callback | None, Reduction]]:
    """Of each reduction, what the loop asks for first: its name, its size, what becomes of one child, its callback."""
    builder = TreeBuilder()
    return [
        (
            each.origin,
            each.size,
            _of_one(each),
            None if each.callback is None else _called(builder, each),
            each,
        )
        for each in reductions
    ]


def _of_one(reduction: Reduction) -> int:
    """What becomes of a rule's one child; 0 where it has more or none, or something stands beside it."""
    if reduction.size != 1 or reduction.nones:
        return 0
    if reduction.kept is None:
        return _PASSES if reduction.single else _WRAPS
    (only,) = reduction.kept or ((0, False, 1),)
    return _SPREADS if only == (0, True, 0) else 0


def _called(builder: TreeBuilder, reduction: Reduction) -> _Callback:
    """The builder's method of a rule; of a rule that gives way to one child, that child where it is alone."""
    callback: _Callback = getattr(builder, str(reduction.callback), list)
    if not reduction.single:
        return callback
    return lambda children: children[0] if len(children) == 1 else callback(children)
