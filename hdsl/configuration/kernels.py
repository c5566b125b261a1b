"""The kernels that a configuration names: `[kernels.small]`, `[kernels.large]`, each a table of settings of its own."""

import os
import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from hdsl.configuration.settings import (
    KERNELS,
    REPLAY,
    NamedKernel,
    Settings,
    SettingsError,
    declared,
    setting_place,
    suggestion,
    value_in_file,
)

AGENT = "agent"
BUILT_IN = ("nearest", "local", "openai", AGENT)
"""The kernels that need no table; `replay:FILE` is another."""

KEY_VARIABLE = "api_key_env"
OF_A_KERNEL = (
    *("kernel", "model", "base_url", "temperature", "max_tokens", "reasoning_tokens", "timeout", "concurrency"),
    *("retries", "nearest_min", "local_model", "local_context", "local_parallel", "local_threads"),
    *("agent_program", "agent_turns", "agent_cost", "agent_parallel"),
    *("input_price", "output_price"),
)
"""The settings that a kernel's table may give."""

OF_ONE_MODEL = ("model", "temperature", "local_model", "local_context", "input_price", "output_price")
"""What a kernel's table does not take over from the settings around it: they are of another model."""

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_EXAMPLE = '`[kernels.small]`, then `model = "qwen3"`'


def kernel_tables(path: Path, text: str, table: object) -> Mapping[str, NamedKernel]:
    """The kernels of a `[kernels]` table by their names. SettingsError where one cannot be used."""
    if not isinstance(table, dict):
        raise SettingsError(f"{setting_place(path, text, KERNELS)}: kernels holds tables: {_EXAMPLE}")
    return {name: _kernel(path, text, name, value) for name, value in table.items()}


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
            raise SettingsError(f"there is no kernel {name!r}{suggestion(name, kernel_names(settings))}")
        own = settings if settings.kernel == name else replace(settings, kernel=name)
        return _of_bare_agent(own, settings) if name == AGENT else own
    values: dict[str, Any] = {"kernel": "openai", **{each: _default(each) for each in OF_ONE_MODEL}, **named.values}
    if named.key_variable:
        values["api_key"] = os.environ.get(named.key_variable, "").strip()
    elif "base_url" in named.values:
        values["api_key"] = ""
    if values["kernel"] == AGENT:
        # What is set beside the table is the address and the key of another kind of server.
        values = {"base_url": "", "api_key": "", **values}
    return replace(settings, **values)


def is_agent(settings: Settings, name: str) -> bool:
    """Whether the kernel of a name lets a coding agent work, or plays a recording of that. SettingsError."""
    kind = settings_of(settings, name).kernel
    return kind == AGENT or kind.startswith(REPLAY)


def _of_bare_agent(own: Settings, settings: Settings) -> Settings:
    """The agent kernel without a table: its server and key are in variables of its own, and so is not what is set."""
    model = settings.model if settings.kernel == AGENT else ""
    return replace(own, base_url="", api_key="", model=model)


def key_of(named: NamedKernel) -> str:
    """The key of a named kernel; empty where its variable is not set."""
    return os.environ.get(named.key_variable, "").strip() if named.key_variable else ""


def _kernel(path: Path, text: str, name: str, table: object) -> NamedKernel:
    place = _place(path, text, name)
    if not isinstance(table, dict):
        raise SettingsError(f"{place}: kernels.{name} is a table: {_EXAMPLE}")
    if not _NAME.fullmatch(name) or name in BUILT_IN:
        reason = "is a kernel that there is already" if name in BUILT_IN else "has other characters than letters and -_"
        raise SettingsError(f"{place}: the name {name!r} {reason}: choose another one")
    known = {setting.name: setting for setting in declared() if setting.name in OF_A_KERNEL}
    values: dict[str, object] = {}
    for each, value in table.items():
        if each == KEY_VARIABLE:
            continue
        if each == "api_key":
            raise SettingsError(f"{place}: keys stand in no file: name the variable that holds it, {KEY_VARIABLE} = …")
        if each not in known:
            raise SettingsError(f"{place}: there is no setting {each!r} of a kernel{suggestion(each, _names())}")
        values[each] = value_in_file(known[each], value, path.parent, place)
    kind = str(values.get("kernel", "openai"))
    if kind not in BUILT_IN and not kind.startswith(REPLAY):
        raise SettingsError(f"{place}: there is no kernel {kind!r} to make {name!r} of{suggestion(kind, BUILT_IN)}")
    return NamedKernel(values, _variable(table.get(KEY_VARIABLE, ""), place))


def _names() -> tuple[str, ...]:
    return (*OF_A_KERNEL, KEY_VARIABLE)


def _variable(value: object, place: str) -> str:
    """The name of a variable. What is none may be a key, and is not shown."""
    if value == "" or (isinstance(value, str) and _VARIABLE.fullmatch(value) and len(value) <= 100):
        return str(value)
    raise SettingsError(f'{place}: {KEY_VARIABLE} is the name of a variable that holds the key, as "OPENAI_API_KEY"')


def _default(name: str) -> object:
    return next(setting.default for setting in declared() if setting.name == name)


def _place(path: Path, text: str, name: str) -> str:
    found = re.search(rf"^[ \t]*\[[^\]\n]*kernels\.\"?{re.escape(name)}\"?[ \t]*\]", text, re.MULTILINE)
    return str(path) if found is None else f"{path}:{text.count(chr(10), 0, found.end()) + 1}"
