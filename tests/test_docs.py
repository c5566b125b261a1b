"""Every code block of README and docs runs: hg checks and is laid out, Python runs, transcripts are what is printed."""

import os
import re
import shlex
import shutil
import subprocess
import tomllib
from pathlib import Path

import pytest

from hdsl.check.session import check_file
from hdsl.publish.settings_page import page
from hdsl.syntax.format import format_source
from tests import warm

ROOT = Path(__file__).parent.parent
DOCS = [path for path in sorted((ROOT / "docs").rglob("*.md")) if path.parent.name != "diagnostics"]
PAGES = [ROOT / "README.md", *DOCS, *sorted((ROOT / "examples").glob("*/README.md"))]
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
KNOWN = {"hg", "python", "console", "json", "toml", "yaml", "text"}


def blocks(language: str) -> list[object]:
    found = []
    for path in PAGES:
        for number, match in enumerate(BLOCK.finditer(path.read_text()), 1):
            if match[1] == language:
                found.append(pytest.param(match[2], id=f"{path.relative_to(ROOT)}-{number}"))
    return found


def test_every_block_is_of_a_kind_that_a_test_runs():
    languages = {match[1] for path in PAGES for match in BLOCK.finditer(path.read_text())}
    assert languages <= KNOWN


@pytest.mark.parametrize("text", blocks("hg"))
def test_hg_blocks_check_and_are_laid_out(text, tmp_path):
    file = tmp_path / "block.hg"
    file.write_text(text)
    assert [diagnostic.message for diagnostic in check_file(file).diagnostics] == []
    assert format_source(text) == text


@pytest.mark.parametrize("text", blocks("python"))
def test_python_blocks_run(text):
    exec(compile(text, "block", "exec"), {"__name__": "block"})


@pytest.mark.parametrize("text", blocks("json"))
def test_json_blocks_are_rows_or_training_data(text, tmp_path):
    from hdsl.experience.files import read_rows
    from hdsl.experience.training_data import read_examples

    file = tmp_path / "rows.jsonl"
    file.write_text(text)
    assert read_examples(file) if '"expected"' in text else read_rows(file)


@pytest.mark.parametrize("text", blocks("toml"))
def test_toml_blocks_are_settings(text, tmp_path):
    from hdsl.configuration.settings import load_settings

    (tmp_path / "hdsl.toml").write_text(text)
    assert load_settings(tmp_path).kernel == tomllib.loads(text).get("kernel", "nearest")


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize("text", blocks("console"))
def test_transcripts_are_what_is_printed(text, tmp_path):
    shutil.copytree(ROOT / "examples", tmp_path / "examples", ignore=shutil.ignore_patterns("runs"))
    parts = re.split(r"^\$ ((?:hdsl|cp) .*)$", text, flags=re.MULTILINE)
    for command, output in zip(parts[1::2], parts[2::2], strict=True):
        assert unvarying(printed(command, tmp_path)) == unvarying(output.removeprefix("\n"))


def printed(command: str, folder: Path) -> str:
    """What a line of a shell prints, errors in their place."""
    words = shlex.split(command)
    if words[0] != "hdsl" or any(character in command for character in "|&;<>$`*?~"):
        ran = subprocess.run(
            command, shell=True, cwd=folder, text=True, timeout=60, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
        )
        return ran.stdout
    reading, writing = os.pipe()
    with warm.start(["-m", *words], folder, stdout=writing, stderr=writing), os.fdopen(reading) as stream:
        os.close(writing)
        return stream.read()


def unvarying(output: str) -> str:
    """Output without what differs from run to run."""
    output = re.sub(r"\d{8}-\d{6}-[0-9a-f]{6}", "ID", output)
    output = re.sub(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\+00:00|Z)", "TIME", output)
    output = re.sub(r"\b(?:[0-9a-f]{64}|[0-9a-f]{12})\b", "HASH", output)
    output = re.sub(r"127\.0\.0\.1:\d+", "ADDRESS", output)
    output = re.sub(r"/\S*/hdsl/pool\.token", "TOKEN", output)
    return re.sub(r"\b\d+\.\d s\b", "N s", output)


def test_what_a_page_says_of_the_lines_of_a_file_is_so():
    """A transcript of a real model, which no test runs, counts the lines of the page that it is in."""
    shown = re.compile(r"^ *\$ wc -l (\S+)\n *(\d+) \1$", re.MULTILINE)
    files = [ROOT / "README.md", *(ROOT / "docs").glob("*.md")]
    counted = [(file, *found) for file in files for found in shown.findall(file.read_text())]
    assert counted
    for file, name, lines in counted:
        has = (ROOT / name).read_bytes().count(b"\n")
        assert int(lines) == has, f"{file.name}: `wc -l {name}` prints {has}, not {lines}: write that"


def test_the_configuration_page_is_current():
    assert (ROOT / "docs" / "configuration.md").read_text() == page()


def test_links_lead_to_files():
    for path in PAGES:
        for link in re.findall(r"\]\(([^)#:]+)\)", path.read_text()):
            assert (path.parent / link).exists(), f"{path}: {link}"
