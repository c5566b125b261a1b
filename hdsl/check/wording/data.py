"""The words of findings about lines of training data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from hdsl.check.catalogue import rule_named
from hdsl.check.diagnostic import Fix, Place
from hdsl.check.findings.data import (
    DataShapeDisagrees,
    InData,
    MalformedData,
    MissingInData,
    NotALabelInData,
    NotOfRecordInData,
    UnknownInData,
    UnknownPath,
)
from hdsl.check.fixes import UNSAFE, quoted, written
from hdsl.check.wording import Wording
from hdsl.check.wording.words import Words
from hdsl.experience.training_data import EXPECTED
from hdsl.graph.shapes import shown_shape
from hdsl.ground.labels import listed
from hdsl.ground.spelling import did_you_mean

_SHOWN = 6
"""How many nodes are named."""


def _in_data(finding: InData, values: Mapping[str, str], help: str | None = None, fixes: Sequence[Fix] = ()) -> Words:
    """The words of a fault, with how many more lines have it."""
    if finding.more:
        usual = rule_named(finding.rule).help.format(**values) if help is None else help
        lines = "line has" if finding.more == 1 else "lines have"
        help = f"{usual} {finding.more} more {lines} the same error."
    return Words(values, help=help, fixes=fixes)


def _written(place: Place, meant: str | None) -> list[Fix]:
    """Writes another key."""
    return [] if meant is None else [written(place.source, place.span, quoted(meant), applicability=UNSAFE)]


def _malformed_data(finding: MalformedData, place: Place) -> Words:
    return _in_data(finding, {"reason": finding.reason})


def _missing_in_data(finding: MissingInData, place: Place) -> Words:
    what = f'the key "{EXPECTED}" for the result' if finding.input is None else f'the input "{finding.input}"'
    return _in_data(finding, {"what": what, "harness": finding.harness})


def _unknown_in_data(finding: UnknownInData, place: Place) -> Words:
    name = finding.name
    has = "The keys of a line are " + ", ".join(f'"{each}"' for each in finding.names) + "."
    if finding.is_option:
        help = f"It is an option; training uses its default. {has}"
    elif finding.is_input:
        help = f"It is a session; training opens a fresh one. {has}"
    else:
        help = did_you_mean(name, finding.known, has)
    return _in_data(finding, {"name": name, "harness": finding.harness}, help, _written(place, finding.meant))


def _unknown_path(finding: UnknownPath, place: Place) -> Words:
    path, inner = finding.path, finding.inner
    shown = ", ".join(f"`{each}`" for each in (inner or finding.nodes)[:_SHOWN])
    if inner:
        help = f"`{path}` is a call; its nodes are {shown}."
    else:
        help = did_you_mean(path, finding.known, f"Its nodes are {shown}.")
    return _in_data(finding, {"path": path, "harness": finding.harness}, help, _written(place, finding.meant))


def _data_shape_disagrees(finding: DataShapeDisagrees, place: Place) -> Words:
    sizes = ", ".join(f"{name} = {size}" for name, size in finding.sizes)
    wanted = f"shape {shown_shape(finding.wanted)}" + (f" ({sizes})" if sizes else "")
    given = shown_shape(finding.given) if finding.given else "a single text"
    return _in_data(finding, {"name": finding.name, "given": given, "wanted": wanted})


def _not_a_label(finding: NotALabelInData, place: Place) -> Words:
    otherwise = f"The labels of `{finding.type}` are {listed(finding.labels)}."
    help = did_you_mean(finding.text, finding.known, otherwise)
    return _in_data(finding, {"text": finding.begins, "type": finding.type}, help)


def _not_of_record(finding: NotOfRecordInData, place: Place) -> Words:
    return _in_data(finding, {"type": finding.type, "why": finding.why})


WORDING: Wording = {
    DataShapeDisagrees: _data_shape_disagrees,
    MalformedData: _malformed_data,
    MissingInData: _missing_in_data,
    NotALabelInData: _not_a_label,
    NotOfRecordInData: _not_of_record,
    UnknownInData: _unknown_in_data,
    UnknownPath: _unknown_path,
}
