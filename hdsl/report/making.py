"""A report of any record: which kind of record a folder is, and its page."""

from collections.abc import Callable
from pathlib import Path

from hdsl.evolve.record import RECORD as EVOLUTION
from hdsl.ground.errors import HdslError
from hdsl.ground.files import PRIVATE_FILE, write_atomically
from hdsl.learn.run_folder import TRAINING
from hdsl.reflect.record import RECORD as REFLECTION
from hdsl.report.learning_pages import evolution_page, reflection_page, training_page
from hdsl.report.parts import Shown
from hdsl.report.reading import read_run
from hdsl.report.run_page import run_page
from hdsl.run.record import RUN, TRACE

REPORT = "report.html"

_PAGES: tuple[tuple[tuple[str, ...], Callable[[Path, Shown], str]], ...] = (
    ((RUN, TRACE), lambda folder, shown: run_page(read_run(folder), shown)),
    ((TRAINING,), training_page),
    ((REFLECTION,), reflection_page),
    ((EVOLUTION,), evolution_page),
)


class NoRecord(HdslError):  # noqa: N818 - a state
    """A folder holds no record that a report could be made of."""


def is_record(folder: Path) -> bool:
    """Whether a folder holds the record of anything."""
    return any((folder / name).exists() for names, _ in _PAGES for name in names)


def report_of(folder: Path, redact: Callable[[str], str]) -> str:
    """The page of a record, unfinished and damaged ones too. NoRecord where there is none."""
    for names, made in _PAGES:
        if any((folder / name).exists() for name in names):
            return made(folder, Shown(redact))
    if folder.is_dir():
        raise NoRecord(f"{folder} is not the record of a run, a training, a reflection or an evolution")
    raise NoRecord(f"{folder} is {'a file: name the folder of a record' if folder.exists() else 'not there'}")


def write_report(folder: Path, redact: Callable[[str], str], out: Path | None = None) -> Path:
    """Writes the page of a record, by default into it, and is where. OSError where it cannot be written."""
    path = folder / REPORT if out is None else out
    write_atomically(path, report_of(folder, redact).encode("utf-8", "backslashreplace"), mode=PRIVATE_FILE)
    return path
