"""Entry points: from `"module:function"` to the function, beside the `.hg` file or among installed packages."""

import functools
import hashlib
import importlib
import importlib.util
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any


class EntryError(Exception):
    """An operation's function cannot be loaded; the message says which, from where, and why."""


def load_entry(operation: str, entry: str, folder: Path) -> Callable[..., Any]:
    """The function of an operation. A module file beside the `.hg` file goes before an installed module."""
    module_name, _, function_name = entry.partition(":")
    beside = folder.joinpath(*module_name.split(".")).with_suffix(".py")
    if beside.is_file():
        module = _module_of_file(operation, beside.resolve())
    else:
        try:
            module = importlib.import_module(module_name)
        except ModuleNotFoundError as error:
            if error.name and not module_name.startswith(error.name):
                raise EntryError(f"the operation `{operation}` needs the package `{error.name}`: {error}") from error
            reason = f"there is no {beside.name} beside the file, and no installed module `{module_name}`"
            if module_name.startswith("hdsl.ops."):
                reason = "it is declared, but this version of hdsl has no implementation of it"
            raise EntryError(f"the operation `{operation}` cannot run: {reason}") from None
    function = getattr(module, function_name, None)
    if not callable(function):
        if module_name.startswith("hdsl.ops."):
            reason = "it is declared, but this version of hdsl has no implementation of it"
        else:
            reason = f"`{module_name}` has no function `{function_name}`"
        raise EntryError(f"the operation `{operation}` cannot run: {reason}")
    return function  # type: ignore[no-any-return]


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
        raise EntryError(
            f"the operation `{operation}` cannot run: {path} raises {type(error).__name__}: {error}"
        ) from error
    return module
