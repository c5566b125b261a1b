"""Mends of the arguments of a call: inputs by position first, options by name behind them, each once."""

from __future__ import annotations

from collections.abc import Sequence

from hdsl.check.diagnostic import Fix
from hdsl.check.literals import literal_of
from hdsl.check.mends import SAFE, UNSAFE, edit, item_removed, written
from hdsl.graph.signature import OptionParameter, Signature
from hdsl.syntax import tree
from hdsl.syntax.source import Source
from hdsl.syntax.tree import Span


def inputs_first(source: Source, call: tree.Call, signature: Signature) -> list[Fix]:
    """Writes the arguments anew: inputs in the order of the signature and without names, then the options."""
    whole = Span(call.arguments[0].span.start, call.arguments[-1].span.end)
    text = source.text
    if source.comments_in(whole):
        return []
    names = [wanted.name for wanted in signature.inputs]
    by_name: dict[str, str] = {}
    unnamed: list[str] = []
    options: list[str] = []
    for argument in call.arguments:
        written_as = text[argument.span.start : argument.span.end]
        if type(argument) is not tree.Option:
            unnamed.append(written_as)
        elif argument.name.text in names and argument.name.text not in by_name:
            by_name[argument.name.text] = text[argument.value.span.start : argument.value.span.end]
        else:
            options.append(written_as)
    inputs: list[str] = []
    for name in names:
        if name in by_name:
            inputs.append(by_name.pop(name))
        elif unnamed:
            inputs.append(unnamed.pop(0))
        elif by_name:
            return []
    arguments = ", ".join([*inputs, *unnamed, *options])
    return [Fix("Give the inputs first and by position", SAFE, (edit(source, whole, arguments),))]


def option_meant(value: tree.Value, spare: Sequence[OptionParameter]) -> str | None:
    """The option that is given by position, where it can be only one of those that are not given."""
    fitting = [
        option.name
        for option in spare
        if isinstance(option.kind, str)
        and (literal_of(value, option.kind) is not None or (option.kind == "shape" and type(value) is tree.ListValue))
    ]
    return fitting[0] if len(fitting) == 1 else None


def option_named(source: Source, value: tree.Value, name: str) -> Fix:
    """Names an option that is given by position."""
    start = value.span.start
    return written(source, Span(start, start), f"{name}=", title=f"Write `{name}=` before it")


def repeated_option_removed(source: Source, first: tree.Option, again: tree.Option) -> list[Fix]:
    """Takes the second of two options out; safe where both say the same."""
    same = source.text[slice(*first.value.span)] == source.text[slice(*again.value.span)]
    span = Span(again.name.span.start, again.value.span.end)
    return item_removed(source, span, "Remove the second one", SAFE if same else UNSAFE)
