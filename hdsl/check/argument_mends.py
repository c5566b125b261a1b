"""Options that are given by position, and those that are given twice."""

from __future__ import annotations

from collections.abc import Sequence

from hdsl.check.diagnostic import Fix
from hdsl.check.literals import literal_of
from hdsl.check.mends import SAFE, UNSAFE, item_removed
from hdsl.graph.signature import OptionParameter
from hdsl.syntax import tree
from hdsl.syntax.source import Source
from hdsl.syntax.tree import Span


def option_meant(value: tree.Value, spare: Sequence[OptionParameter]) -> str | None:
    """The option that is given by position, where it can be only one of those that are not given."""
    fitting = [
        option.name
        for option in spare
        if isinstance(option.kind, str)
        and (literal_of(value, option.kind) is not None or (option.kind == "shape" and type(value) is tree.ListValue))
    ]
    return fitting[0] if len(fitting) == 1 else None


def repeated_option_removed(source: Source, first: tree.Option, again: tree.Option) -> list[Fix]:
    """Takes the second of two options out; safe where both say the same."""
    same = source.text[slice(*first.value.span)] == source.text[slice(*again.value.span)]
    span = Span(again.name.span.start, again.value.span.end)
    return item_removed(source, span, "Remove the second one", SAFE if same else UNSAFE)
