"""Entry points: from `"module:function"` to the function, if `hdsl.configuration.entry_points` lets it be loaded."""

import functools
import hashlib
import importlib
import importlib.util
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

from hdsl.check.library import library_entries
from hdsl.configuration.entry_points import EntryRefused, EntryRules, check_entry
from hdsl.configuration.files import SettingsError
from hdsl.configuration.tables import entry_rules
from hdsl.graph.signature import Signature
from hdsl.ground.errors import HdslError


class EntryError(HdslError):
    """An operation's function cannot be loaded; the message says which, from where, and why."""


def entry_rules_of(file: str) -> EntryRules:
    """Which entry points the program of a file may name. EntryError where its configuration cannot be used."""
    try:
        return entry_rules(Path(file).parent)
    except SettingsError as error:
        raise EntryError(str(error)) from None


def load_entry(signature: Signature, rules: EntryRules) -> Callable[..., Any]:
    """The function of an operation: hdsl's own, of a module beside its `.hg` file or in the project, or an allowed one.

    EntryError, before anything is imported, for any other, whatever checked the file; and where it cannot be loaded.
    """
    operation, entry = signature.name, signature.entry
    assert entry is not None
    effects = frozenset(effect.name for effect in signature.effects)
    try:
        file = check_entry(entry, effects, Path(signature.module).parent, rules, library_entries())
    except EntryRefused as refused:
        reason = f"the operation `{operation}` cannot run: {refused}. {refused.help}".strip()
        raise EntryError(reason) from None
    module_name, _, function_name = entry.partition(":")
    module = _module_of_file(operation, file) if file is not None else _imported(operation, module_name)
    return _function_in(module, operation, module_name, function_name)


def function_of_file(operation: str, file: Path, function: str) -> Callable[..., Any]:
    """The function of an operation in a Python file. EntryError where it cannot be loaded."""
    if not file.is_file():
        raise EntryError(f"the operation `{operation}` cannot run: there is no {file}")
    return _function_in(_module_of_file(operation, file), operation, file.stem, function)


def _function_in(module: ModuleType, operation: str, module_name: str, name: str) -> Callable[..., Any]:
    function = getattr(module, name, None)
    if not callable(function):
        raise EntryError(f"the operation `{operation}` cannot run: `{module_name}` has no function `{name}`")
    return function  # type: ignore[no-any-return]


def _imported(operation: str, module_name: str) -> ModuleType:
    try:
        return importlib.import_module(module_name)
    except ModuleNotFoundError as error:
        if error.name and not f"{module_name}.".startswith(f"{error.name}."):
            raise EntryError(f"the operation `{operation}` needs the package `{error.name}`: {error}") from error
        raise EntryError(f"the operation `{operation}` cannot run: no module `{module_name}` is installed") from None
    except Exception as error:
        raise EntryError(
            f"the operation `{operation}` cannot run: {module_name} raises {type(error).__name__}: {error}"
        ) from error


@functools.cache
def _module_of_file(operation: str, path: Path) -> ModuleType:
    name = f"_hdsl_entry_{path.stem}_{hashlib.sha256(str(path).encode()).hexdigest()[:12]}"
    specification = importlib.util.spec_from_file_location(name, path)
    assert specification is not None and specification.loader is not None
    module = importlib.util.module_from_spec(specification)
    sys.modules[name] = module
    try:
        specification.loader.exec_module(module)
    except Exception as error:
        del sys.modules[name]
        reason = f"{path} raises {type(error).__name__}: {error}{_why_not_found(error, path)}"
        raise EntryError(f"the operation `{operation}` cannot run: {reason}") from error
    return module


def _why_not_found(error: Exception, path: Path) -> str:
    """Why a module that lies beside a file of functions is not found; empty where it is something else."""
    name = error.name if isinstance(error, ModuleNotFoundError) else None
    if not name or not name.isidentifier() or not path.with_name(f"{name}.py").is_file():
        return ""
    return f". {name}.py lies beside it, but a file of functions is loaded alone: put what it needs into {path.name}"
