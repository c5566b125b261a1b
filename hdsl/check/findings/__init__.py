"""What rules find, as facts: one frozen dataclass for each rule, in a file for each part of the language.

How a fact is said, and how it is fixed, is in `hdsl.check.wording`, in the file of the same name. A file of facts is
loaded when one of them is first found: most files have no fault.
"""

from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from hdsl.check.findings import (
        bodies,
        budgets,
        calls,
        commands,
        comments,
        contracts,
        control,
        data,
        declarations,
        dimensions,
        effects,
        files,
        indexing,
        labels,
        modules,
        names,
        records,
        signatures,
        stubs,
        syntax,
        templates,
        types,
    )

__all__ = [
    "bodies",
    "budgets",
    "calls",
    "commands",
    "comments",
    "contracts",
    "control",
    "data",
    "declarations",
    "dimensions",
    "effects",
    "files",
    "indexing",
    "labels",
    "modules",
    "names",
    "records",
    "signatures",
    "stubs",
    "syntax",
    "templates",
    "types",
]


def __getattr__(name: str) -> ModuleType:
    if name in __all__:
        return import_module(f"{__name__}.{name}")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
