"""Every output format: the golden files, and that SARIF is SARIF."""

import json
import os
from pathlib import Path

import pytest

from hdsl.check.render import sarif
from hdsl.check.session import check_file
from hdsl.cli.check import FORMATS
from tests.check.corpus import all_cases, check
from tests.check.formats import FILES, FOLDER, outputs
from tests.check.sarif_objects import violations
from tests.check.texts import REPLY
from tests.commands import hdsl


@pytest.mark.parametrize("name", FORMATS)
def test_each_format_says_what_its_golden_file_says(name):
    golden = (FOLDER / f"check.{name}").read_text(encoding="utf-8")
    assert outputs()[f"check.{name}"] == golden, "python -m tests.update_golden makes it anew"


@pytest.mark.parametrize("name", FORMATS)
def test_the_command_prints_the_golden_file(name):
    ended = hdsl("check", *reversed(FILES), "--format", name, folder=FOLDER)
    assert (ended.code, ended.err) == (1, "")
    assert ended.out == (FOLDER / f"check.{name}").read_text(encoding="utf-8")


def test_sarif_has_only_what_its_standard_has(tmp_path):
    assert list(violations(json.loads(outputs()["check.sarif"]))) == []
    for number, case in enumerate(all_cases()):
        found = check(case.wrong, tmp_path / str(number))
        assert list(violations(json.loads(sarif.render(found, ["main.hg"])))) == []
    assert list(violations(json.loads(sarif.render([], [])))) == []


def test_what_is_no_sarif_is_seen():
    log = json.loads(outputs()["check.sarif"])
    log["runs"][0]["results"][0]["level"] = "fatal"
    log["runs"][0]["tool"].pop("driver")
    log["runs"][0]["extra"] = 1
    assert sorted(violations(log)) == [
        ".runs[0].extra is not a property of a run",
        ".runs[0].results[0].level is none of ('none', 'note', 'warning', 'error')",
        ".runs[0].tool has no driver",
    ]


def test_a_name_that_is_no_text_can_be_written(tmp_path: Path):
    """A file's name may hold bytes that are not UTF-8."""
    file = os.fsdecode(bytes(tmp_path) + b"/\xff.hg")
    Path(file).write_text(REPLY.replace("llm", "lmm"))
    found = check_file(Path(file), file).diagnostics
    assert json.loads(sarif.render(found, [file]))["runs"][0]["artifacts"][0]["location"]["uri"].endswith("/%FF.hg")
