"""The kernels that can be asked for by a name, and the settings that hold for each."""

import os
from dataclasses import replace
from typing import Any

from hdsl.configuration.files import SettingsError, suggestion
from hdsl.configuration.kernel_tables import AGENT, AGENTS, BUILT_IN, NamedKernel
from hdsl.configuration.settings import Settings, declared
from hdsl.configuration.values import REPLAY

OF_ONE_MODEL = ("model", "temperature", "local_model", "local_context", "input_price", "output_price")
"""What a kernel's table does not take over from the settings around it: they are of another model."""


def kernel_names(settings: Settings) -> tuple[str, ...]:
    """The names by which kernels can be asked for."""
    return (*settings.kernels, *BUILT_IN)


def settings_of(settings: Settings, name: str) -> Settings:
    """The settings of the kernel of a name, which `kernel` then is the kind of. SettingsError where there is none.

    The key of a server goes to no other: a table with an address of its own has the key that it names, or none.
    """
    named = settings.kernels.get(name)
    if named is None:
        if name not in BUILT_IN and not name.startswith(REPLAY):
            raise SettingsError(f"unknown kernel {name!r}{suggestion(name, kernel_names(settings))}")
        own = settings if settings.kernel == name else replace(settings, kernel=name)
        return _of_bare_agent(own, settings) if name in AGENTS else own
    values: dict[str, Any] = {"kernel": "openai", **{each: _default(each) for each in OF_ONE_MODEL}, **named.values}
    if named.key_variable:
        values["api_key"] = os.environ.get(named.key_variable, "").strip()
    elif "base_url" in named.values:
        values["api_key"] = ""
    if values["kernel"] in AGENTS:
        # What is set beside the table is the address and the key of another kind of server.
        values = {"base_url": "", "api_key": "", **values}
    return replace(settings, **values)


def is_agent(settings: Settings, name: str) -> bool:
    """Whether the kernel of a name lets a coding agent work, or plays a recording of that. SettingsError."""
    kind = settings_of(settings, name).kernel
    return kind in AGENTS or kind.startswith(REPLAY)


def _of_bare_agent(own: Settings, settings: Settings) -> Settings:
    """The agent kernel without a table: its server and key are in variables of its own, and so is not what is set."""
    model = settings.model if settings.kernel == own.kernel == AGENT else ""
    return replace(own, base_url="", api_key="", model=model)


def key_of(named: NamedKernel) -> str:
    """The key of a named kernel; empty where its variable is not set."""
    return os.environ.get(named.key_variable, "").strip() if named.key_variable else ""


def _default(name: str) -> object:
    return next(setting.default for setting in declared() if setting.name == name)
