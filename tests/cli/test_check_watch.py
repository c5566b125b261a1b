"""`hdsl check --watch`: shows what is found again whenever something changes that it depends on, until interrupted."""

import os
import signal
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from hdsl.check.session import CheckedFiles, check_one
from hdsl.cli.recheck import Watch
from tests import warm
from tests.commands import start

LIBRARY = """hdsl 1

harness cut(line: text[1]) -> text[1] {
  first: text[1] = first_line(line)
  return first
}
"""
USER = LIBRARY.replace("hdsl 1\n", 'hdsl 1\n\nuse "lib.hg" as lib\n').replace("= first_line", "= lib.cut")


def write(path: Path, text: str) -> None:
    """Writes a file at once, so that nobody sees half of it; its time is another one even where the clock is coarse."""
    before = path.stat().st_mtime_ns if path.exists() else 0
    new = path.with_name("new")
    new.write_text(text, encoding="utf-8")
    after = max(new.stat().st_mtime_ns, before + 1)
    os.utime(new, ns=(after, after))
    new.replace(path)


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    write(tmp_path / "lib.hg", LIBRARY)
    write(tmp_path / "user.hg", USER)
    write(tmp_path / "alone.hg", LIBRARY)
    long_ago = tmp_path.stat().st_mtime_ns - 10_000_000_000
    for path in tmp_path.iterdir():
        os.utime(path, ns=(long_ago, long_ago))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def codes(watched: Watch) -> list[str]:
    return [f"{each.place.source.path}:{each.code}" for each in watched.all.diagnostics]


def test_what_changed_and_what_uses_it_is_checked_again(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    checked: list[str] = []

    def check_and_note(file: str, levels: Mapping[str, str] | None) -> CheckedFiles:
        checked.append(file)
        return check_one(file, levels)

    monkeypatch.setattr("hdsl.cli.recheck.check_one", check_and_note)
    watched = Watch(["."], ["."])
    assert watched.changed() and codes(watched) == []
    assert not watched.changed()
    checked.clear()
    write(project / "lib.hg", LIBRARY.replace("harness cut", "harness cat"))
    assert watched.changed() and codes(watched) == ["user.hg:HG109"]
    assert checked == ["lib.hg", "user.hg"]
    write(project / "lib.hg", LIBRARY)
    assert watched.changed() and codes(watched) == []


def test_files_come_and_go(project: Path) -> None:
    watched = Watch(["."], ["."])
    watched.changed()
    write(project / "new.hg", LIBRARY.replace("first_line", "frist_line"))
    assert watched.changed() and codes(watched) == ["new.hg:HG109"]
    (project / "new.hg").unlink()
    assert watched.changed() and codes(watched) == []
    (project / "lib.hg").unlink()
    assert watched.changed() and codes(watched) == ["user.hg:HG801"]
    assert watched.files == ["alone.hg", "user.hg"]
    write(project / "lib.hg", LIBRARY)
    assert watched.changed() and codes(watched) == []


def test_a_change_of_the_configuration_checks_everything_again(project: Path) -> None:
    write(project / "alone.hg", LIBRARY.replace("  return", "  spare: text[1] = first_line(first)\n  return"))
    watched = Watch(["."], ["."])
    watched.changed()
    write(project / "hdsl.toml", '[levels]\nHG104 = "error"\n')
    assert watched.changed()
    assert [each.severity for each in watched.all.diagnostics] == ["error"]
    write(project / "hdsl.toml", 'exclude = ["alone.hg"]\n')
    assert watched.changed() and codes(watched) == []
    (project / "hdsl.toml").unlink()
    assert watched.changed() and codes(watched) == ["alone.hg:HG104"]


@pytest.fixture
def process(project: Path) -> Iterator[warm.Process]:
    with start("check", ".", "--watch", folder=project) as running:
        yield running
        running.kill()


def test_the_command_shows_each_change_without_clearing_and_ends_when_interrupted(
    project: Path, process: warm.Process
) -> None:
    assert process.stdout is not None
    assert process.stdout.readline() == "3 files checked: no errors.\n"
    write(project / "lib.hg", LIBRARY.replace("first_line", "frist_line"))
    shown = [process.stdout.readline() for _ in range(2)]
    assert shown[0].startswith("error[HG109]") and "lib.hg:4:20" in shown[1]
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert err == "hdsl: interrupted\n"
    assert "\x1b" not in "".join(shown) + out


def test_the_command_waits_for_a_configuration_that_can_be_used(project: Path, process: warm.Process) -> None:
    assert process.stdout is not None and process.stderr is not None
    process.stdout.readline()
    write(project / "hdsl.toml", "levels = 3\n")
    assert "levels is a table" in process.stderr.readline()
    (project / "hdsl.toml").unlink()
    assert process.stdout.readline() == "3 files checked: no errors.\n"
