"""The words of findings about calls."""

from __future__ import annotations

from hdsl.check.diagnostic import Fix, Place
from hdsl.check.findings.calls import (
    ExtraArgument,
    InputAfterOption,
    InputByName,
    MissingInput,
    MissingOption,
    NegativeSize,
    OperationDoesNotFit,
    OptionByPosition,
    OutOfRange,
    RepeatedOption,
    UnknownOption,
    WrongLiteral,
)
from hdsl.check.fixes import SAFE, UNSAFE, edit, item_removed, literal_as, renamed, written
from hdsl.check.literals import LITERALS
from hdsl.check.wording import Wording
from hdsl.check.wording.words import Words
from hdsl.graph.signature import Signature
from hdsl.graph.signature_text import shown_input, shown_operation, shown_option, shown_signature
from hdsl.graph.types import Type, shown_type
from hdsl.ground.spelling import did_you_mean
from hdsl.syntax import tree
from hdsl.syntax.source import Source
from hdsl.syntax.tree import Span

_MISFITS = {
    "inputs needed": "it needs {own} inputs, but gets {other}",
    "inputs taken": "it takes {own} inputs, but gets {other}",
    "input": "expected {own} for its input `{name}`, found {other}",
    "result": "expected {other} as its result, found {own}",
    "effects": "the parameter does not allow {own}",
}


def _unknown_option(finding: UnknownOption, place: Place) -> Words:
    name = finding.option.name.text
    known = ", ".join(f"`{each}`" for each in finding.known)
    fixes = renamed(place.source, place.span, name, finding.spare)
    if not fixes and len(finding.missing) == 1:
        fixes = [written(place.source, place.span, finding.missing[0], applicability=UNSAFE)]
    return Words(
        {"name": name, "operation": finding.operation},
        help=did_you_mean(name, finding.known, f"Its options are {known}." if known else "It has no options."),
        fixes=fixes,
    )


def _extra_argument(finding: ExtraArgument, place: Place) -> Words:
    most = finding.most
    return Words(
        {"operation": finding.signature.name, "count": f"{most or 'no'} input{'' if most == 1 else 's'}"},
        help=f"Its signature: `{shown_signature(finding.signature)}`.",
        fixes=item_removed(place.source, place.span, "Remove it", UNSAFE),
    )


def _input_after_option(finding: InputAfterOption, place: Place) -> Words:
    fixes = _inputs_first(place.source, finding.call, finding.signature)
    return Words({"name": finding.signature.name}, fixes=fixes)


def _input_by_name(finding: InputByName, place: Place) -> Words:
    fixes = _inputs_first(place.source, finding.call, finding.signature)
    return Words({"name": finding.name, "operation": finding.signature.name}, fixes=fixes)


def _option_by_position(finding: OptionByPosition, place: Place) -> Words:
    fixes: list[Fix] = []
    if finding.meant is not None:
        start = finding.value.span.start
        text = f"{finding.meant}="
        fixes = [written(place.source, Span(start, start), text, title=f"Write `{text}` before the value")]
    return Words({"name": finding.meant or finding.spare[0], "operation": finding.operation}, fixes=fixes)


def _operation_does_not_fit(finding: OperationDoesNotFit, place: Place) -> Words:
    misfit = finding.misfit
    reason = _MISFITS[misfit.part].format(name=misfit.name, own=_shown(misfit.own), other=_shown(misfit.other))
    return Words(
        {"name": finding.name, "parameter": finding.parameter, "reason": reason},
        expected=shown_operation(finding.wanted),
        found=shown_signature(finding.given),
    )


def _shown(fact: object) -> str:
    """A part of a misfit in words."""
    if isinstance(fact, Type):
        return shown_type(fact)
    return " ".join(map(str, fact)) if isinstance(fact, list | tuple) else str(fact)


def _inputs_first(source: Source, call: tree.Call, signature: Signature) -> list[Fix]:
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
    return [Fix("Pass the inputs first and by position", SAFE, (edit(source, whole, arguments),))]


def _repeated_option(finding: RepeatedOption, place: Place) -> Words:
    source, first, again = place.source, finding.first.value.span, finding.again.value.span
    same = source.text[slice(*first)] == source.text[slice(*again)]
    span = Span(finding.again.name.span.start, again.end)
    fixes = item_removed(source, span, f"Remove the second `{finding.again.name.text}`", SAFE if same else UNSAFE)
    return Words({"name": finding.again.name.text}, fixes=fixes)


def _missing_input(finding: MissingInput, place: Place) -> Words:
    return Words(
        {"name": finding.missing.name, "operation": finding.signature.name},
        help=f"Its signature: `{shown_signature(finding.signature)}`.",
        expected=shown_input(finding.missing),
    )


def _missing_option(finding: MissingOption, place: Place) -> Words:
    name = finding.missing.name
    return Words(
        {"name": name, "operation": finding.operation},
        help=f"Pass it by name: `{name}=…`.",
        expected=shown_option(finding.missing),
    )


def _wrong_literal(finding: WrongLiteral, place: Place) -> Words:
    kind = finding.kind
    if kind == "op":
        return Words({"name": finding.name, "wanted": "an operation"}, expected=kind)
    meant = literal_as(finding.value, kind)
    # A number where a text belongs is more often another text than that number in quotes.
    applicability = UNSAFE if kind == "str" else SAFE
    fixes = [] if meant is None else [written(place.source, place.span, meant, applicability=applicability)]
    return Words({"name": finding.name, "wanted": LITERALS[kind]}, expected=kind, fixes=fixes)


def _out_of_range(finding: OutOfRange, place: Place) -> Words:
    shown = f'"{finding.value}"' if isinstance(finding.value, str) else f"{finding.value:g}"
    return Words(
        {"name": finding.name, "wanted": finding.wanted},
        help=f"`{finding.name}` is {shown} here.",
        expected=finding.wanted,
        found=shown,
    )


def _negative_size(finding: NegativeSize, place: Place) -> Words:
    fixes = [written(place.source, place.span, str(-finding.size), applicability=UNSAFE)]
    return Words({"size": finding.size}, fixes=fixes)


WORDING: Wording = {
    MissingInput: _missing_input,
    MissingOption: _missing_option,
    NegativeSize: _negative_size,
    OutOfRange: _out_of_range,
    RepeatedOption: _repeated_option,
    WrongLiteral: _wrong_literal,
    ExtraArgument: _extra_argument,
    InputAfterOption: _input_after_option,
    InputByName: _input_by_name,
    OperationDoesNotFit: _operation_does_not_fit,
    OptionByPosition: _option_by_position,
    UnknownOption: _unknown_option,
}
