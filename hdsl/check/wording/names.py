"""The words of findings about names."""

from __future__ import annotations

from collections.abc import Iterable
from heapq import nsmallest

from hdsl.check.diagnostic import Fix, Place
from hdsl.check.findings.names import (
    MissingModule,
    UnknownName,
    UnknownNameOfModule,
    UnknownNameOfOperation,
    UnknownNameOfOption,
    UnknownNameWithoutModule,
    UnknownOperation,
    UnknownOperationOfModule,
    UnknownOperationWithoutModule,
    UnusedNode,
    UsedBeforeDefinition,
)
from hdsl.check.fixes import SAFE, UNSAFE, edit, renamed, statement_moved, statement_removed, use_added, written
from hdsl.check.wording import Wording
from hdsl.check.wording.words import Words
from hdsl.ground.spelling import did_you_mean
from hdsl.syntax.source import Source
from hdsl.syntax.tree import Span


def without_module(missing: MissingModule, source: Source) -> tuple[str, list[Fix]]:
    """The help and the fixes of a name through an alias that no `use` gives."""
    name, known = missing.name, missing.known
    alias, _, last = name.text.rpartition(".")
    if missing.in_full:
        module = alias.rpartition(".")[2]
        short = f"{module}.{last}"
        others = [] if missing.is_used else [each for fix in use_added(source, alias) for each in fix.edits]
        edits = (*others, edit(source, name.span, short))
        return f"A module is called by its last word: `{short}`.", [Fix(f"Write `{short}`", SAFE, edits)]
    if missing.is_standard:
        return f"Add `use std.{alias}` at the top of the file.", use_added(source, f"std.{alias}")
    help = did_you_mean(alias, known, f"No `use` imports a module named `{alias}`.")
    is_written_plainly = len(alias) + 1 + len(last) == name.span.end - name.span.start
    span = Span(name.span.start, name.span.start + len(alias))
    return help, renamed(source, span, alias, known) if is_written_plainly else []


def _without_module(finding: UnknownOperationWithoutModule | UnknownNameWithoutModule, place: Place) -> Words:
    help, fixes = without_module(finding.module, place.source)
    return Words({"name": finding.name}, help=help, fixes=fixes)


def _unknown_operation(finding: UnknownOperation, place: Place) -> Words:
    through, known = finding.through, finding.known
    if through:
        help = f"Did you mean `{through[0]}`?"
        fixes = [written(place.source, place.span, through[0])] if len(through) == 1 else []
    else:
        help = did_you_mean(finding.name, known, "`hdsl card` lists all operations.")
        fixes = renamed(place.source, place.span, finding.name, known)
    return Words({"name": finding.name}, help=help, fixes=fixes)


def _unknown_operation_of_module(finding: UnknownOperationOfModule, place: Place) -> Words:
    alias, _, last = finding.name.rpartition(".")
    return Words(
        {"name": finding.name},
        help=did_you_mean(last, finding.known, f"`{alias}` has {_some(finding.all_of_module)}."),
        fixes=renamed(place.source, place.span, last, finding.known, f"{alias}."),
    )


def _used_before_definition(finding: UsedBeforeDefinition, place: Place) -> Words:
    fixes: list[Fix] = []
    if finding.before is not None:
        title = f"Move the definition of `{finding.name}` up"
        fixes = statement_moved(place.source, finding.definition, finding.before, title)
    return Words({"name": finding.name}, fixes=fixes)


def _unknown_name(finding: UnknownName, place: Place) -> Words:
    name, known = finding.name, finding.known
    otherwise = f"Defined here: {_some(known)}." if known else ""
    if not finding.is_anything_defined:
        otherwise = "Nothing is defined here yet."
    return Words(
        {"name": name},
        help=did_you_mean(name, known, otherwise),
        fixes=[] if finding.is_often_used else renamed(place.source, place.span, name, known),
    )


def _unknown_name_of_module(finding: UnknownNameOfModule, place: Place) -> Words:
    alias, _, last = finding.name.rpartition(".")
    return Words(
        {"name": finding.name},
        help=did_you_mean(last, finding.known, f"`{alias}` has no experience with this name."),
        fixes=renamed(place.source, place.span, last, finding.known, f"{alias}."),
    )


def _unknown_name_of_operation(finding: UnknownNameOfOperation, place: Place) -> Words:
    help = "It is an operation; call it in a node of its own and use the name of that node."
    return Words({"name": finding.name}, help=help)


def _unknown_name_of_option(finding: UnknownNameOfOption, place: Place) -> Words:
    return Words(
        {"name": finding.name},
        help=f"Did you mean `{finding.meant}`?",
        fixes=[written(place.source, place.span, finding.meant)],
    )


def _unused_node(finding: UnusedNode, place: Place) -> Words:
    """The node goes, which is safe where it is pure; else it may be its use that was forgotten."""
    node, returned = finding.node, finding.returned
    fixes: list[Fix] = []
    if node is not None:
        applicability = UNSAFE if node.effects else SAFE
        fixes = statement_removed(place.source, node.span, f"Remove `{node.name}`", applicability)
    if returned is not None:
        title = f"Return `{finding.name}`"
        instead = written(place.source, returned.span, finding.name, applicability=UNSAFE, title=title)
        fixes = [instead, *(fix._replace(applicability=UNSAFE) for fix in fixes)]
    return Words({"name": finding.name}, fixes=fixes)


def _some(names: Iterable[str]) -> str:
    listed = [f"`{name}`" for name in nsmallest(7, set(names))]
    return ", ".join(listed[:6]) + (", …" if len(listed) > 6 else "")


WORDING: Wording = {
    UnknownName: _unknown_name,
    UnknownNameOfModule: _unknown_name_of_module,
    UnknownNameOfOperation: _unknown_name_of_operation,
    UnknownNameOfOption: _unknown_name_of_option,
    UnknownNameWithoutModule: _without_module,
    UnknownOperation: _unknown_operation,
    UnknownOperationOfModule: _unknown_operation_of_module,
    UnknownOperationWithoutModule: _without_module,
    UnusedNode: _unused_node,
    UsedBeforeDefinition: _used_before_definition,
}
