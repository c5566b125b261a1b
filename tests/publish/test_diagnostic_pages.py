"""The pages of the diagnostics in docs/ are those of the catalogue."""

import subprocess
import sys
from pathlib import Path

from hdsl.check.catalogue import rule_named
from hdsl.publish.diagnostic_pages import all_pages, page_of, write_pages

PAGES = Path(__file__).parents[2] / "docs" / "diagnostics"


def test_committed_pages_are_current():
    """Made anew by `python -m hdsl.publish.diagnostic_pages docs/diagnostics`."""
    committed = {path.name: path.read_text(encoding="utf-8") for path in PAGES.iterdir()}
    assert committed == all_pages()


def test_a_page_shows_the_wrong_file_the_diagnostic_and_the_fixed_file():
    rule = rule_named("unknown-name")
    page = page_of(rule)
    assert page.startswith("# HG101: unknown-name\n")
    assert rule.wrong.text.rstrip() in page
    assert rule.fixed.text.rstrip() in page
    assert "--> example.hg:4:25" in page


def test_a_page_shows_files_beside_the_example():
    page = page_of(rule_named("not-utf8"))
    assert "`greetings.hg`" in page
    assert "grüß" in page


def test_pages_of_codes_that_there_are_not_go(tmp_path):
    (tmp_path / "HG000.md").write_text("old")
    write_pages(tmp_path)
    assert not (tmp_path / "HG000.md").exists()
    assert (tmp_path / "README.md").exists()


def test_the_command_writes_the_folder(tmp_path):
    subprocess.run([sys.executable, "-m", "hdsl.publish.diagnostic_pages", str(tmp_path / "pages")], check=True)
    assert (tmp_path / "pages" / "HG402.md").read_text(encoding="utf-8") == page_of(rule_named("dimension-mismatch"))
