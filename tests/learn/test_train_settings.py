"""The settings of a `train` block are the same for the checker, the run and the documentation."""

import json
import re
from dataclasses import fields

from hdsl.check.contracts import TRAIN_SETTINGS
from hdsl.graph.typed import TypedTraining
from hdsl.learn.run_folder import Choices
from tests.commands import REPOSITORY


def test_each_setting_is_known_everywhere() -> None:
    known = set(TRAIN_SETTINGS)
    assert set(TypedTraining._fields) - {"harness"} == known
    assert {each.name for each in fields(Choices)} >= known


def test_the_documented_defaults_are_those_that_hold() -> None:
    page = (REPOSITORY / "docs" / "training.md").read_text(encoding="utf-8")
    table = page.partition("| setting | default |")[2].partition("\n\n")[0]
    documented: dict[str, object] = {}
    for names, defaults in re.findall(r"^\| (`[^|]*)\|([^|]*)\|", table, re.MULTILINE):
        values = re.findall(r"`([^`]*)`", defaults)
        for name, value in zip(re.findall(r"`(\w+)`", names), values or [None] * 9, strict=False):
            documented[name] = value
    assert set(documented) == set(TRAIN_SETTINGS)
    shown = {name: json.dumps(value) for name, value in TypedTraining._field_defaults.items()}
    assert {name: value for name, value in documented.items() if name in shown} == shown
