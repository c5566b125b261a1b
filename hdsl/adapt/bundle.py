"""A harness with all that it needs, to be taken elsewhere: files, rows as they are now, functions, locks.

Nothing leaves with a secret in it: a file or a row that holds one is refused, and named.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hdsl import __version__
from hdsl.adapt.imports import project_imports
from hdsl.check.entry import checked_module, programs_to_run
from hdsl.check.names import is_of_library
from hdsl.configuration.entry_points import is_ours, own_file
from hdsl.experience.history import whole_history
from hdsl.experience.learned import learned_folder
from hdsl.experience.places import rows_at
from hdsl.experience.row_changes import Rows
from hdsl.experience.row_files import write_rows
from hdsl.graph.program import Call, Program
from hdsl.graph.typed import Module
from hdsl.ground.errors import HdslError
from hdsl.ground.files import read_regular
from hdsl.run.entries import entry_rules_of
from hdsl.sessions.redaction import scrubbed_text
from hdsl.tools.lock import lock_beside

HARNESS = "assets"
"""The folder of a bundle in what is exported."""
_LARGEST = 64 << 20


class ExportError(HdslError):
    """Something cannot be exported; the message says what, and the fix. Nothing was written."""


@dataclass(frozen=True, slots=True)
class TableFacts:
    """An experience table as it is exported: how many rows, and where they came from."""

    name: str
    rows: Rows
    source: str

    def as_json(self) -> dict[str, Any]:
        """The facts without the rows."""
        return {"table": self.name, "rows": len(self.rows), "source": self.source}


@dataclass(frozen=True, slots=True)
class Bundle:
    """`files`: what it consists of, by their paths in it. `main`: the path of the harnesses' file among them."""

    files: Mapping[str, bytes]
    main: str
    module: Module
    programs: Sequence[Program]
    tables: Mapping[str, TableFacts]
    hash: str
    licence: str

    def facts(self) -> dict[str, Any]:
        """What an export says of its origin."""
        return {
            "hdsl": __version__,
            "file": Path(self.main).name,
            "sha256": self.hash,
            "licence": self.licence,
            "harnesses": [program.name for program in self.programs],
            "rows": [facts.as_json() for facts in self.tables.values()],
        }

    def tables_of(self, program: Program) -> list[TableFacts]:
        """The tables that a program reaches."""
        return [self.tables[key] for key in program.tables if key in self.tables]


def bundled(file: Path, project: Path, names: Sequence[str], licence: str) -> Bundle:
    """The bundle of a file. `names`: the harnesses that are exported; none: all that can be run.

    Raises ExportError, CheckError, and what reading experience raises.
    """
    checked, module = checked_module(file, str(file))
    programs = programs_to_run(module)
    missing = next((name for name in names if name not in {program.name for program in programs}), None)
    if missing is not None or not programs:
        raise ExportError(f"{file} has no harness `{missing}` that can be run" if missing else f"{file} has no harness")
    chosen = [program for program in programs if not names or program.name in names]
    sources = {Path(name).resolve() for name in checked.files if not is_of_library(name)}
    tables: dict[str, TableFacts] = {}
    learned: dict[Path, Rows] = {}
    rows: Rows
    for program in programs:
        for key, table in program.tables.items():
            place = learned_folder(table, project, file)
            rows = rows_at(place, table)
            tables[key] = TableFacts(key, rows, _source_of(table.load, place, rows))
            if place.is_dir() and not is_of_library(table.module):
                learned[place.resolve()] = rows
            if table.load is not None:
                sources.add((Path(table.module).parent / table.load).resolve())
    sources |= set(_data_of(module)) | set(_functions_of(programs, file))
    root = Path(os.path.commonpath([str(path.parent) for path in (*sources, *learned)]))
    files = {path.relative_to(root).as_posix(): _read(path) for path in sorted(sources)}
    _refuse_secrets(files, tables.values())
    for place, rows in learned.items():
        files |= _folder_of(rows, place.relative_to(root).as_posix())
    main = file.resolve().relative_to(root).as_posix()
    return Bundle(files, main, module, chosen, tables, _hash(files), licence)


def _source_of(load: str | None, place: Path, rows: Rows) -> str:
    written = "written in the file" if load is None else f"loaded from {Path(load).name}"
    if not place.is_dir():
        return written
    steps = len(whole_history(place.parent))
    return f"learned in {steps} step{'' if steps == 1 else 's'}; at the start {written}"


def _data_of(module: Module) -> Iterator[Path]:
    """The training data that the file names: without it, it would not check."""
    for each in module.reachable.values():
        for training in each.trainings.values():
            yield (Path(each.path).parent / training.data).resolve()


def _functions_of(programs: Sequence[Program], file: Path) -> Iterator[Path]:
    """The Python files of operations, and the locks of tools."""
    rules = entry_rules_of(str(file))
    for program in programs:
        for node in program.nodes.values():
            if not isinstance(node.what, Call) or is_of_library(node.what.signature.module):
                continue
            signature = node.what.signature
            assert signature.entry is not None
            if is_ours(signature.entry):
                lock = lock_beside(signature.module)
                if lock.exists():
                    yield lock.resolve()
                continue
            found = own_file(signature.entry, Path(signature.module).parent, rules)
            if found is None:
                module = signature.entry.partition(":")[0]
                raise ExportError(f"`{signature.name}` needs the package `{module}`, which does not go with an export")
            _refuse_imports(found, [Path(signature.module).parent, *filter(None, [rules.project])])
            yield found


def _refuse_imports(file: Path, roots: Sequence[Path]) -> None:
    """ExportError where a file of functions imports others of its project: it is loaded alone, wherever it lies."""
    try:
        for name, place in project_imports(_read(file), roots):
            raise ExportError(
                f"{file.name} imports `{name}` ({place}), which does not go with an export: a file of functions is "
                f"loaded alone. Put what it needs into {file.name}, or into a package that is installed elsewhere"
            )
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise ExportError(f"{file} is not Python: {error}") from None


def _read(path: Path) -> bytes:
    try:
        return read_regular(path, _LARGEST)
    except OSError as error:
        raise ExportError(f"{path} cannot be read: {error.strerror}") from None


def _refuse_secrets(files: Mapping[str, bytes], tables: Iterable[TableFacts]) -> None:
    for facts in tables:
        for number, row in enumerate(facts.rows, 1):
            if any(scrubbed_text(text) != text for text in (*row, "\n".join(row))):
                raise ExportError(
                    f"row {number} of `{facts.name}` holds what looks like a secret, so nothing was exported; "
                    "take it out (hdsl experience)"
                )
    for name, content in files.items():
        text = content.decode("utf-8", "replace")
        for number, line in enumerate(text.split("\n"), 1):
            if scrubbed_text(line) != line:
                raise ExportError(
                    f"{name}:{number} holds what looks like a secret, so nothing was exported; take it out"
                )
        if "PRIVATE KEY" in text and scrubbed_text(text) != text:
            raise ExportError(f"{name} holds a private key, so nothing was exported; take it out")


def _folder_of(rows: Rows, name: str) -> dict[str, bytes]:
    """The files of a table that was learned, as they are kept beside a harness; without its history."""
    with tempfile.TemporaryDirectory(prefix="hdsl-") as folder:
        target = Path(folder, "table")
        write_rows(rows, target)
        return {
            f"{name}/{path.relative_to(target).as_posix()}": path.read_bytes()
            for path in sorted(target.rglob("*"))
            if path.is_file()
        }


def _hash(files: Mapping[str, bytes]) -> str:
    """One hash for all files by their names."""
    whole = hashlib.sha256()
    for name, content in sorted(files.items()):
        whole.update(f"{name}\0{len(content)}\0".encode() + content)
    return whole.hexdigest()
