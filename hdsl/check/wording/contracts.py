"""The words of findings about the version of a file, and about `train` blocks."""

from __future__ import annotations

from hdsl.check.diagnostic import Fix, Place
from hdsl.check.findings.contracts import (
    RepeatedSetting,
    UnknownHarness,
    UnknownSetting,
    UnknownVersion,
    WithoutData,
    WrongSetting,
)
from hdsl.check.fixes import UNSAFE, literal_as, quoted, renamed, statement_removed, written
from hdsl.check.wording import Wording
from hdsl.check.wording.words import Words
from hdsl.graph.train_settings import TRAIN_SETTINGS
from hdsl.ground.spelling import did_you_mean
from hdsl.syntax import tree
from hdsl.syntax.source import Source


def _unknown_version(finding: UnknownVersion, place: Place) -> Words:
    number, known = finding.number, finding.known
    return Words(
        {"number": number, "known": known},
        fixes=[written(place.source, place.span, f"hdsl {known}", applicability=UNSAFE)],
        expected=str(known),
        found=str(number),
    )


def _unknown_harness(finding: UnknownHarness, place: Place) -> Words:
    name, harnesses = finding.name, finding.harnesses
    fixes = renamed(place.source, place.span, name, finding.known)
    if not fixes and len(harnesses) == 1:
        fixes = [written(place.source, place.span, harnesses[0], applicability=UNSAFE)]
    return Words({"name": name}, help=did_you_mean(name, finding.known, "Name a harness of this file."), fixes=fixes)


def _repeated_setting(finding: RepeatedSetting, place: Place) -> Words:
    name, span = finding.setting.name.text, finding.setting.span
    return Words({"name": name}, fixes=statement_removed(place.source, span, f"Remove the second `{name}`", UNSAFE))


def _unknown_setting(finding: UnknownSetting, place: Place) -> Words:
    name = finding.name
    known = ", ".join(f"`{each}`" for each in TRAIN_SETTINGS)
    return Words(
        {"name": name, "operation": "train"},
        help=did_you_mean(name, TRAIN_SETTINGS, f"The settings are {known}."),
        fixes=renamed(place.source, place.span, name, TRAIN_SETTINGS),
    )


def _wrong_setting(finding: WrongSetting, place: Place) -> Words:
    name = finding.setting.name.text
    wanted = TRAIN_SETTINGS[name].expected
    fixes = _literal(place.source, name, finding.setting.value)
    return Words({"name": name, "wanted": wanted}, fixes=fixes, expected=wanted)


def _literal(source: Source, setting: str, value: tree.Value | tree.BoundOperation | tree.Load) -> list[Fix]:
    """The fix of a setting in quotes or with a decimal point too many, where it then fits; of `data`, the `load`."""
    if setting == "data" and type(value) is tree.Text:
        return [written(source, value.span, f"load({quoted(value.text)})")]
    meant = literal_as(value, TRAIN_SETTINGS[setting].kind)
    return [] if meant is None else [written(source, value.span, meant)]


def _without_data(finding: WithoutData, place: Place) -> Words:
    return Words(
        {"name": "data", "operation": "train"},
        help='Add `data = load("pairs.jsonl")`.',
        expected=TRAIN_SETTINGS["data"].expected,
    )


WORDING: Wording = {
    RepeatedSetting: _repeated_setting,
    UnknownHarness: _unknown_harness,
    UnknownSetting: _unknown_setting,
    UnknownVersion: _unknown_version,
    WithoutData: _without_data,
    WrongSetting: _wrong_setting,
}
