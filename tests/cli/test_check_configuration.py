"""`hdsl check` with a configuration: levels and excludes take effect, also where the answer is remembered."""

import shutil
from pathlib import Path

import pytest

from tests.commands import hdsl

UNUSED = """hdsl 1

harness twin(line: text[1]) -> text[1] {
  first: text[1] = first_line(line)
  spare: text[1] = first_line(first)
  return first
}
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "flows").mkdir()
    (tmp_path / "flows" / "main.hg").write_text(UNUSED, encoding="utf-8")
    return tmp_path


def configure(project: Path, text: str, name: str = "hdsl.toml") -> None:
    (project / name).write_text(text, encoding="utf-8")


def test_a_level_takes_effect_and_its_change_is_seen_at_once(project: Path) -> None:
    assert hdsl("check", "flows", folder=project).code == 0
    assert "1 warning" in hdsl("check", "flows", folder=project).out
    configure(project, '[levels]\nHG104 = "error"\n')
    assert hdsl("check", "flows", folder=project).code == 1
    assert "error[HG104]" in hdsl("check", "flows", folder=project).out
    configure(project, '[levels]\nHG104 = "off"\n')
    assert hdsl("check", "flows", "--strict", folder=project).out == "1 file checked: no errors.\n"
    (project / "hdsl.toml").unlink()
    configure(project, '[tool.hdsl]\nlevels = { HG104 = "error" }\n', "pyproject.toml")
    assert hdsl("check", "flows", folder=project).code == 1


def test_the_nearest_configuration_of_each_file_counts(project: Path) -> None:
    shutil.copytree(project / "flows", project / "strict")
    configure(project / "strict", '[levels]\nHG104 = "error"\n')
    found = hdsl("check", ".", "--format", "json", folder=project).json["diagnostics"]
    assert [(each["file"], each["severity"]) for each in found] == [
        ("flows/main.hg", "warning"),
        ("strict/main.hg", "error"),
    ]


def test_excluded_files_are_left_out_of_a_search_and_checked_where_they_are_named(project: Path) -> None:
    configure(project, 'exclude = ["flows/*"]\n')
    assert hdsl("check", ".", "--strict", folder=project).out == "0 files checked: no errors.\n"
    assert hdsl("check", ".", "--strict", folder=project).code == 0
    assert hdsl("check", "flows/main.hg", "--strict", folder=project).code == 1
    assert hdsl("check", ".", "flows/main.hg", "--strict", folder=project).code == 1


def test_a_configuration_that_cannot_be_used_is_said_in_one_sentence(project: Path) -> None:
    configure(project, '\n[levels]\nHG104 = "of"\n')
    ended = hdsl("check", "flows", folder=project)
    assert (ended.code, ended.out) == (2, "")
    assert ended.err == f'hdsl check: {project / "hdsl.toml"}:3: a level is "error", "warning" or "off", not \'of\'\n'


def test_a_run_heeds_levels_and_what_a_file_allows(project: Path) -> None:
    configure(project, '[levels]\nHG104 = "error"\n')
    assert hdsl("graph", "flows/main.hg", folder=project).code == 1
    allowed = UNUSED.replace("  spare", "  # hdsl: allow HG104 because soon\n  spare")
    (project / "flows" / "main.hg").write_text(allowed, encoding="utf-8")
    assert hdsl("graph", "flows/main.hg", folder=project).code == 0
    assert hdsl("check", "flows/main.hg", "--strict", folder=project).code == 0
