"""What is made from the sources is committed as they make it, and the stub types scripts of users."""

import subprocess
import sys
from pathlib import Path

import pytest

import hdsl
from hdsl.cli.main import parsers
from hdsl.publish.made import made_files

ROOT = Path(__file__).parents[2]

SCRIPT = """\
import hdsl
from hdsl import Status, ft_make_forwarded, make_tensor

tensor = make_tensor([["a"]], "folder")
asked = ft_make_forwarded("folder", [1], ["a"])
asked.ft_forward()
copied = hdsl.copy(tensor)
size: tuple[int, ...] = copied.shape
"""
WRONG = """\
confidence: str = Status.confidence("much")
asked.ft_backwards()
hdsl.no_such_name
"""


@pytest.fixture(scope="module")
def made() -> dict[str, str]:
    return dict(made_files(parsers()))


def test_committed_files_are_current(made: dict[str, str]) -> None:
    stale = [name for name in made if (ROOT / name).read_text(encoding="utf-8") != made[name]]
    assert stale == [], "`python -m hdsl.publish` makes them anew"


def test_every_public_name_is_documented(made: dict[str, str]) -> None:
    page = made["docs/reference/python.md"]
    missing = [name for name in hdsl.__all__ if name != "__version__" and f"### `{name}`\n" not in page]
    assert missing == []


def test_every_origin_holds_its_name() -> None:
    assert [name for name in hdsl.__all__ if not hasattr(hdsl, name)] == []


@pytest.mark.timeout(600)
def test_a_type_checker_finds_real_errors_in_a_users_script_and_no_others(tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text(SCRIPT + WRONG)
    # The cache of `make lint`: without it the types of torch are read for half a minute.
    cache = ["--config-file", str(ROOT / "pyproject.toml"), "--cache-dir", str(ROOT / ".mypy_cache")]
    command = [sys.executable, "-m", "mypy", "--strict", "--no-error-summary", *cache, str(script)]
    ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    found = sorted((int(line.split(":")[1]), line.rpartition("[")[2].rstrip("]")) for line in ran.stdout.splitlines())
    first = SCRIPT.count("\n") + 1
    assert found == [
        (first, "arg-type"),
        (first, "assignment"),
        (first + 1, "attr-defined"),
        (first + 2, "attr-defined"),
    ], ran.stdout + ran.stderr
