"""A repository as it was read: its Python files, and an archive of all that its tests may need."""

import hashlib
import io
import os
import tarfile
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from hdsl.ground.errors import HdslError
from hdsl.ground.files import read_regular

LARGEST_FILE, LARGEST_REPOSITORY, MOST_FILES = 1 << 20, 256 << 20, 50_000
_LEFT_ALONE = frozenset(
    {".git", ".hg", ".svn", ".venv", "venv", ".tox", ".nox", "node_modules", "__pycache__", "build", "dist", "runs"}
    | {".mypy_cache", ".ruff_cache", ".pytest_cache", ".hypothesis", ".eggs"}
)
_NO_SOURCE = frozenset({"test", "tests", "testing", "docs", "doc", "examples", "example", "benchmarks", "scripts"})
_NO_MODULE = frozenset({"setup", "conftest", "noxfile", "conf", "versioneer", "_version"})


class RepositoryError(HdslError):
    """There is nothing that tasks could be made of."""


@dataclass(frozen=True, slots=True)
class Repository:
    """What was read: texts of Python files by their paths, all contents, and what was left out and why."""

    root: Path
    python: Mapping[str, str]
    contents: Mapping[str, bytes]
    left_out: Mapping[str, int]

    @property
    def digest(self) -> str:
        """Changes with every byte that was read."""
        found = hashlib.sha256()
        for name, content in self.contents.items():
            found.update(f"{name}\0{len(content)}\0".encode("utf-8", "surrogateescape") + content)
        return found.hexdigest()

    @property
    def roots(self) -> tuple[str, ...]:
        """The folders, beside the repository's own, that modules are imported from."""
        return ("src",) if any(name.startswith("src/") for name in self.python) else ()

    def sources(self) -> Iterator[tuple[str, str]]:
        """The Python files that are not tests, and no scripts of the project."""
        return ((name, text) for name, text in self.python.items() if is_source(name))

    def test_files(self) -> tuple[str, ...]:
        """The files in which pytest looks for tests."""
        return tuple(name for name in self.python if is_test(name))

    def archive(self) -> bytes:
        """Everything that was read as a tar file, the same bytes for the same contents."""
        written = io.BytesIO()
        with tarfile.open(fileobj=written, mode="w") as archive:
            for name, content in self.contents.items():
                entry = tarfile.TarInfo(name)
                entry.size, entry.mode = len(content), 0o644
                archive.addfile(entry, io.BytesIO(content))
        return written.getvalue()


def is_test(name: str) -> bool:
    """Whether pytest looks for tests in a file."""
    stem = PurePosixPath(name).stem
    return stem.startswith("test_") or stem.endswith("_test") or stem in ("test", "tests")


def is_source(name: str) -> bool:
    """Whether a file is part of what a repository is about."""
    path = PurePosixPath(name)
    return not (is_test(name) or path.stem in _NO_MODULE or _NO_SOURCE & set(path.parts[:-1]))


def read_repository(root: Path, but: Path | None = None) -> Repository:
    """Reads the regular files below a folder; links are not followed. RepositoryError where there is no Python.

    `but`: a folder that is not part of it, such as the one that tasks are written to.
    """
    if not root.is_dir():
        raise RepositoryError(f"{root} is not a folder")
    left_out: Counter[str] = Counter()
    contents: dict[str, bytes] = {}
    size = 0
    for path in _files(root, None if but is None else but.resolve(), left_out):
        try:
            content = read_regular(path, LARGEST_FILE)
        except OSError as error:
            left_out["larger than 1 MiB" if error.strerror and "larger" in error.strerror else "unreadable"] += 1
            continue
        size += len(content)
        if size > LARGEST_REPOSITORY or len(contents) >= MOST_FILES:
            raise RepositoryError(f"{root} is too large: name a folder of it")
        name = path.relative_to(root).as_posix()
        try:
            name.encode("utf-8")
        except UnicodeEncodeError:
            left_out["a name that is not UTF-8"] += 1
            continue
        contents[name] = content
    python = dict(_texts(contents, left_out))
    if not any(is_source(name) for name in python):
        raise RepositoryError(f"{root} has no Python source files that tasks could be made of")
    return Repository(root, python, contents, dict(sorted(left_out.items())))


def _files(root: Path, but: Path | None, left_out: Counter[str]) -> Iterator[Path]:
    def unreadable(error: OSError) -> None:
        left_out["unreadable"] += 1

    for folder, folders, names in os.walk(root, onerror=unreadable):
        here = Path(folder)
        if but is not None and here.resolve() == but:
            folders.clear()
            continue
        kept = [name for name in folders if name not in _LEFT_ALONE and not name.endswith(".egg-info")]
        left_out["a link"] += sum(1 for name in kept if (here / name).is_symlink())
        folders[:] = sorted(name for name in kept if not (here / name).is_symlink())
        for name in sorted(names):
            path = here / name
            if path.is_symlink():
                left_out["a link"] += 1
            elif path.is_file():
                yield path
            else:
                left_out["not a regular file"] += 1
    if not left_out["a link"]:
        del left_out["a link"]


def _texts(contents: Mapping[str, bytes], left_out: Counter[str]) -> Iterator[tuple[str, str]]:
    for name, content in contents.items():
        if name.endswith(".py"):
            try:
                yield name, content.decode("utf-8-sig").replace("\r\n", "\n")
            except UnicodeDecodeError:
                left_out["Python that is not UTF-8"] += 1
