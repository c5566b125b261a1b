"""The corpus of diagnostics: `tests/corpus/CODE_name_variant/`, each `wrong/main.hg` with its golden outputs."""

import contextlib
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from hdsl.check.checker import check_file
from hdsl.check.diagnostic import Diagnostic
from hdsl.check.render import human, json

CORPUS = Path(__file__).parents[1] / "corpus"
MAIN = "main.hg"


@dataclass(frozen=True)
class Fixture:
    """A file with one fault, and where `right` is there, the same file mended."""

    folder: Path

    @property
    def code(self) -> str:
        return self.folder.name[:5]

    @property
    def rule_name(self) -> str:
        """The rest of the folder's name: the rule's name, and a variant behind it."""
        return self.folder.name[6:].replace("_", "-")

    @property
    def has_right(self) -> bool:
        return (self.folder / "right").is_dir()


def all_fixtures() -> list[Fixture]:
    return [Fixture(folder) for folder in sorted(CORPUS.iterdir()) if folder.is_dir()]


def check(fixture: Fixture, side: str, workspace: Path) -> tuple[Diagnostic, ...]:
    """What is found in `wrong` or `right`, checked in a copy of it, from its own folder."""
    copy = workspace / side
    shutil.copytree(fixture.folder / side, copy)
    for marker in list(copy.rglob("*.size")):
        marker.with_suffix("").write_bytes(b"\n" * int(marker.read_text()))
        marker.unlink()
    with contextlib.chdir(copy):
        return check_file(Path(MAIN), MAIN).diagnostics


def goldens(diagnostics: tuple[Diagnostic, ...]) -> Iterator[tuple[str, str]]:
    """The golden files of a fixture by name."""
    yield "wrong.txt", human.render(diagnostics, [MAIN])
    yield "wrong.json", json.render(diagnostics, [MAIN])
