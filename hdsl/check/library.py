"""The standard library, checked once: the prelude and the modules of `std`, kept for later processes in a cache."""

import functools
import pickle
from collections.abc import Mapping

from hdsl.check.entry_points import entries_of
from hdsl.check.project import PRELUDE, standard_modules
from hdsl.graph.typed import Module
from hdsl.ground.resources import read_cached, resource_folder, write_cached

CACHED = "library.pickle"


@functools.cache
def library() -> Mapping[str, Module]:
    """Every module of the standard library by its name (`prelude`, `std.terminal`, …)."""
    modules = _recalled()
    if modules is None:
        modules = _checked()
        _remember(modules)
    return modules


@functools.cache
def library_entries() -> Mapping[str, frozenset[str]]:
    """The entry points of the standard library's operations, each with the effects that all of those have."""
    return entries_of(library())


def _checked() -> dict[str, Module]:
    """Checks the library itself; its faults would be ours."""
    from hdsl.check.checker import Checker  # the library comes from the cache nearly always
    from hdsl.check.report import Report

    modules: dict[str, Module] = {}
    report = Report()
    for name in (PRELUDE, *standard_modules()):
        checker = Checker(report, modules, building=modules)
        checker.library_module(name, resource_folder("stdlib") / f"{name.removeprefix('std.')}.hg")
    if report.has_errors:
        raise AssertionError("\n".join(f"{d.place.source.path}: {d.code} {d.message}" for d in report.diagnostics))
    return modules


def _recalled() -> dict[str, Module] | None:
    kept = read_cached(CACHED)
    if kept is None:
        return None
    modules: dict[str, Module] = pickle.loads(kept)
    return modules


def _remember(modules: Mapping[str, Module]) -> None:
    write_cached(CACHED, pickle.dumps(modules, protocol=pickle.HIGHEST_PROTOCOL))
