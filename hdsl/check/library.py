"""The standard library, checked once: the prelude and the modules of `std`, kept for later processes in a cache."""

import contextlib
import functools
import pickle
from collections.abc import Mapping

from hdsl.graph.typed import Module
from hdsl.resources import cache_folder, code_version, resource_folder

PRELUDE = "prelude"


@functools.cache
def library() -> Mapping[str, Module]:
    """Every module of the standard library by its name (`prelude`, `std.terminal`, …)."""
    modules = _recalled()
    if modules is None:
        modules = _checked()
        _remember(modules)
    return modules


def _checked() -> dict[str, Module]:
    """Checks the library itself; its faults would be ours."""
    from hdsl.check.checker import Checker
    from hdsl.check.project import standard_modules
    from hdsl.check.report import Report

    modules: dict[str, Module] = {}
    report = Report()
    for name in (PRELUDE, *standard_modules()):
        Checker(report, modules).library_module(name, resource_folder("stdlib") / f"{name.removeprefix('std.')}.hg")
    if report.has_errors:
        raise AssertionError("\n".join(f"{d.place.source.path}: {d.code} {d.message}" for d in report.diagnostics))
    return modules


def _recalled() -> dict[str, Module] | None:
    try:
        with (cache_folder() / "library.pickle").open("rb") as file:
            if pickle.load(file) != code_version():
                return None
            modules: dict[str, Module] = pickle.load(file)
            return modules
    except (OSError, EOFError, pickle.UnpicklingError, AttributeError, ImportError, TypeError):
        return None


def _remember(modules: Mapping[str, Module]) -> None:
    from hdsl.ground.files import write_atomically

    content = pickle.dumps(code_version()) + pickle.dumps(modules, protocol=pickle.HIGHEST_PROTOCOL)
    with contextlib.suppress(OSError):
        write_atomically(cache_folder() / "library.pickle", content)
