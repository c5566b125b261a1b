"""A short loop over the parser's tables, for texts without faults.

It gives what `Lark.parse` gives in half the time, because it counts no lines and makes lighter tokens, and it needs no
lark. At the first token that does not fit it gives up, and lark itself is asked, whose errors the recovery reads.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable
from typing import Any

from hdsl.syntax.builder import TreeBuilder
from hdsl.syntax.tables import Reduction, Tables

END = "$END"


class LightToken(str):
    """A token as the tree builder reads it: its text and where it stands."""

    __slots__ = ("end_pos", "start_pos")

    start_pos: int
    end_pos: int


def drive(tables: Tables, text: str, start: str) -> Any:
    """What the text parses to; None where it has a fault."""
    actions, reductions, ignored = tables.actions, tables.reductions, tables.ignored
    callbacks = _callbacks(tuple(reduction.callback for reduction in reductions))
    states = [tables.starts[start]]
    values: list[Any] = []
    scanners: dict[int, Callable[[str, int], re.Match[str] | None]] = {}
    position, end = 0, len(text)
    while True:
        if position < end:
            scan = scanners.get(states[-1])
            if scan is None:
                scan = scanners[states[-1]] = re.compile(tables.patterns[states[-1]]).match
            found = scan(text, position)
            if found is None:
                return None
            kind, stop = str(found.lastgroup), found.end()
            if kind in ignored:
                position = stop
                continue
            token = LightToken(found.group())
            token.start_pos, token.end_pos = position, stop
            position = stop
        else:
            kind, token = END, LightToken()
        while True:
            action = actions[states[-1]].get(kind)
            if action is None:
                return None
            if action >= 0:
                states.append(action)
                values.append(token)
                break
            number = -1 - action
            reduction = reductions[number]
            size = reduction.size
            children = values[-size:] if size else []
            if size:
                del values[-size:], states[-size:]
            if reduction.kept is not None:
                children = _kept(reduction, children)
            callback = callbacks[number]
            if callback is None:
                values.append(children)
            elif reduction.single and len(children) == 1:
                values.append(children[0])
            else:
                values.append(callback(children))
            states.append(actions[states[-1]][reduction.origin])
            if kind is END and states[-1] == tables.ends[start]:
                return values[-1]


def _kept(reduction: Reduction, children: list[Any]) -> list[Any]:
    """The children a callback is given: tokens that say nothing left out, lists of repetitions spread, Nones put in."""
    given: list[Any] = []
    for index, expanded, nones in reduction.kept or ():
        if nones:
            given.extend([None] * nones)
        if expanded and not given:
            # A list that grows by one with each reduction: nobody else has it, and a copy each time would be quadratic.
            given = children[index]
        elif expanded:
            given.extend(children[index])
        else:
            given.append(children[index])
    if reduction.nones:
        given.extend([None] * reduction.nones)
    return given


@functools.cache
def _callbacks(names: tuple[str | None, ...]) -> list[Callable[[list[Any]], Any] | None]:
    builder = TreeBuilder()
    return [None if name is None else getattr(builder, name, list) for name in names]
