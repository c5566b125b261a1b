"""The repositories that tasks are made of: this one, and small well-tested packages at pinned versions."""

import shutil
import subprocess
import sys
import tarfile
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from hdsl.tasks.building import Choices, build
from hdsl.tasks.data import REPORT, WORK
from hdsl.tasks.mapping import map_here

ROOT = Path(__file__).parent.parent.parent
LIMITS: Mapping[str, int] = {"docstring": 2_000, "masked": 80, "stack": 400, "code": 400, "tests": 400}
"""Functions that are looked at, by kind: what takes many runs of tests gets fewer."""


@dataclass(frozen=True, slots=True)
class Package:
    """A repository: a pinned sdist, or a part of this project."""

    name: str
    version: str = ""
    sources: tuple[str, ...] = ()
    tests: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    """Modules that its tests import, beside those that are here anyway: without them, they are not tests that pass."""


PACKAGES = (
    Package("toolz", "1.0.0"),
    Package("humanize", "4.17.0", needs=("freezegun",)),
    Package("more-itertools", "11.2.1"),
    Package("boltons", "26.2.0"),
    Package("inflection", "0.5.1"),
    Package("hdsl", sources=("hdsl/structure", "hdsl/policy"), tests=("tests/structure", "tests/policy")),
)


def fetch(package: Package, cache: Path) -> Path:
    """The folder of a package's source, from the package index where it is not in the cache."""
    if not package.version:
        return ROOT
    folder = cache / "sources" / f"{package.name}-{package.version}"
    if not folder.is_dir():
        archives = cache / "archives"
        archives.mkdir(parents=True, exist_ok=True)
        pip = [
            sys.executable,
            "-m",
            "pip",
            "download",
            "-q",
            "--no-deps",
            "--no-binary",
            ":all:",
            "--dest",
            str(archives),
        ]
        subprocess.run([*pip, f"{package.name}=={package.version}"], check=True)
        file = next(archives.glob(f"{package.name.replace('-', '?')}-{package.version}.tar.gz"))
        unpacked = folder.with_suffix(".new")
        with tarfile.open(file) as archive:
            archive.extractall(unpacked, filter="data")
        next(unpacked.iterdir()).rename(folder)
        unpacked.rmdir()
    return folder


def data_folder(package: Package, kind: str, cache: Path) -> Path:
    """Where the tasks of a kind are."""
    return cache / "data" / f"{package.name}-{kind}"


def make_data(package: Package, kind: str, cache: Path) -> None:
    """Makes the tasks of a kind, where they are not there yet; what the tests of a package do is found out once."""
    folder = data_folder(package, kind, cache)
    if (folder / REPORT).exists():
        return
    missing = [name for name in package.needs if find_spec(name) is None]
    if missing:
        raise SystemExit(f"the tests of {package.name} import {', '.join(missing)}: pip install {' '.join(missing)}")
    folder.mkdir(parents=True, exist_ok=True)
    for other in LIMITS:
        known = data_folder(package, other, cache) / WORK
        if known.exists() and not (folder / WORK).exists():
            shutil.copyfile(known, folder / WORK)
    choices = Choices(fetch(package, cache), kind, folder, 0, LIMITS[kind], package.tests, package.sources)
    report = build(choices, map_here, lambda stage, done, total: None)
    print(f"{package.name} {kind}: {report['tasks']} dropped {report['dropped']}", flush=True)
