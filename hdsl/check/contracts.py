"""Rules of contracts (HG7xx): the language version, and train blocks against their harness."""

from __future__ import annotations

from typing import Any, Literal

from hdsl.check import findings
from hdsl.check.calls import Arguments
from hdsl.check.diagnostic import Place, Related
from hdsl.check.report import Report
from hdsl.check.scope import Scope
from hdsl.graph.signature import EFFECTS, Effect, OperationOf, OptionParameter, Signature
from hdsl.graph.train_settings import TRAIN_SETTINGS
from hdsl.graph.typed import BoundOperation, TypedTraining
from hdsl.graph.types import SCORE, TEXT, ExperienceOf
from hdsl.syntax import tree
from hdsl.syntax.source import Source
from hdsl.syntax.tree import Span

LANGUAGE_VERSION = 1


def check_version(report: Report, source: Source, version: tree.Version | None) -> None:
    """The file must be of a version that this checker knows."""
    if version is not None and version.number != LANGUAGE_VERSION:
        report.tell(findings.contracts.UnknownVersion(version.number, LANGUAGE_VERSION), source, version.span)


def check_train(report: Report, scope: Scope, train: tree.Train) -> None:
    """The harness must be one of this file, and each setting one that training has."""
    module, unread = scope.module, scope.unread
    source, name = module.source, train.harness
    found_before = report.count
    signature = module.callables.get(name.text)
    if (signature is None or not signature.is_harness) and name.text not in unread:
        harnesses = [each for each, signature in module.callables.items() if signature.is_harness]
        known = report.likely(name.text, harnesses)
        report.tell(findings.contracts.UnknownHarness(name.text, harnesses, known), source, name.span)
    elif signature is not None:
        _check_trainable(report, source, signature, name)
    seen: set[str] = set()
    values: dict[str, Any] = {}
    for setting in train.settings:
        word = setting.name.text
        if word in seen:
            report.tell(findings.contracts.RepeatedSetting(setting), source, setting.name.span)
        elif word not in TRAIN_SETTINGS:
            report.tell(findings.contracts.UnknownSetting(word), source, setting.name.span)
        elif not _fits(word, setting.value):
            report.tell(findings.contracts.WrongSetting(setting), source, setting.value.span)
        elif word == "loss":
            values[word] = _check_loss(report, scope, setting)
        elif isinstance(setting.value, tree.Load):
            from hdsl.check.data import check_data  # most files train nothing, and reading data costs an import

            check_data(report, module, setting.value, name.text)
            values[word] = setting.value.path.text
        else:
            values[word] = _written_value(setting.value)
        seen.add(word)
    if "data" not in seen:
        report.tell(findings.contracts.WithoutData(), source, name.span)
    if report.count == found_before and scope.prelude is not None:
        values.setdefault("loss", BoundOperation(scope.prelude.callables["edit_distance"], {}))
        module.trainings[name.text] = TypedTraining(name.text, **values)


def _written_value(value: object) -> float | str:
    """A setting's number or text, which it was found to be."""
    assert isinstance(value, tree.Number | tree.Text)
    return value.value if isinstance(value, tree.Number) else value.text


def _check_trainable(report: Report, source: Source, signature: Signature, name: tree.Name) -> None:
    """Training gives a harness its inputs alone, so nothing else may be left to its callers."""
    left: list[tuple[Literal["experience", "option"], str, Span]] = [
        *(("experience", each.name, each.span) for each in signature.inputs if isinstance(each.type, ExperienceOf)),
        *(("option", each.name, each.span) for each in signature.options if each.required),
    ]
    if left:
        kind, of_callers, span = left[0]
        related = [Related("declared here", Place(source, span))]
        report.tell(findings.contracts.CannotTrain(name.text, kind, of_callers), source, name.span, related=related)


def _check_loss(report: Report, scope: Scope, setting: tree.Setting) -> BoundOperation | None:
    """A loss gives a score of two texts, the actual and the expected one."""
    two_texts = ((TEXT, ("*S",)), (TEXT, ("*S",)))
    loss = OperationOf(two_texts, SCORE, ("*S",), tuple(Effect(name) for name in EFFECTS))
    wanted = OptionParameter("loss", loss, None, True, setting.name.span)
    return Arguments(report, scope).operation(setting.value, wanted, loss)


def _fits(setting: str, value: object) -> bool:
    match setting, value:
        case "data", tree.Load(function=tree.Name(text="load")):
            return True
        case "loss", tree.Name() | tree.BoundOperation():
            return True
        case _:
            is_literal = isinstance(value, tree.Number | tree.Text)
            return is_literal and TRAIN_SETTINGS[setting].takes(_written_value(value))
