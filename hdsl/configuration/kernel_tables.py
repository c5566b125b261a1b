"""The tables of a configuration that name kernels (`[kernels.small]`), each with settings of its own."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from hdsl.configuration.files import SettingsError, setting_place, suggestion
from hdsl.configuration.values import REPLAY, Setting, value_in_file

KERNELS = "kernels"
"""The table whose tables are kernels of a name."""

AGENT, ACP = "agent", "acp"
AGENTS = (AGENT, ACP)
"""The kernels that let a coding agent work."""
BUILT_IN = ("nearest", "local", "openai", *AGENTS)
"""The kernels that need no table; `replay:FILE` is another."""

KEY_VARIABLE = "api_key_env"
OF_A_KERNEL = (
    *("kernel", "model", "base_url", "temperature", "max_tokens", "reasoning_tokens", "timeout", "concurrency"),
    *("retries", "nearest_min", "local_model", "local_context", "local_parallel", "local_threads"),
    *("agent_program", "agent_turns", "agent_cost", "agent_parallel", "acp_command"),
    *("input_price", "output_price"),
)
"""The settings that a kernel's table may give."""

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_EXAMPLE = '`[kernels.small]`, then `model = "qwen3"`'


@dataclass(frozen=True, slots=True)
class NamedKernel:
    """What a table of `[kernels]` says of one kernel: settings, and the variable that holds its key."""

    values: Mapping[str, object]
    key_variable: str = ""


def kernel_tables(path: Path, text: str, table: object, known: Mapping[str, Setting]) -> Mapping[str, NamedKernel]:
    """The kernels of a `[kernels]` table by name; `known`: all settings. SettingsError if one cannot be used."""
    if not isinstance(table, dict):
        raise SettingsError(f"{setting_place(path, text, KERNELS)}: kernels holds tables: {_EXAMPLE}")
    return {name: _kernel(path, text, name, value, known) for name, value in table.items()}


def _kernel(path: Path, text: str, name: str, table: object, known: Mapping[str, Setting]) -> NamedKernel:
    place = _place(path, text, name)
    if not isinstance(table, dict):
        raise SettingsError(f"{place}: kernels.{name} is a table: {_EXAMPLE}")
    if not _NAME.fullmatch(name) or name in BUILT_IN:
        reason = "is a kernel that there is already" if name in BUILT_IN else "has other characters than letters and -_"
        raise SettingsError(f"{place}: the name {name!r} {reason}: choose another one")
    values: dict[str, object] = {}
    for each, value in table.items():
        if each == KEY_VARIABLE:
            continue
        if each == "api_key":
            raise SettingsError(f"{place}: keys stand in no file: name the variable that holds it, {KEY_VARIABLE} = …")
        if each not in OF_A_KERNEL:
            raise SettingsError(f"{place}: unknown setting {each!r} of a kernel{suggestion(each, _names())}")
        values[each] = value_in_file(known[each], value, path.parent, place)
    kind = str(values.get("kernel", "openai"))
    if kind not in BUILT_IN and not kind.startswith(REPLAY):
        raise SettingsError(f"{place}: unknown kernel {kind!r} to make {name!r} of{suggestion(kind, BUILT_IN)}")
    return NamedKernel(values, _variable(table.get(KEY_VARIABLE, ""), place))


def _names() -> tuple[str, ...]:
    return (*OF_A_KERNEL, KEY_VARIABLE)


def _variable(value: object, place: str) -> str:
    """The name of a variable. What is none may be a key, and is not shown."""
    if value == "" or (isinstance(value, str) and _VARIABLE.fullmatch(value) and len(value) <= 100):
        return str(value)
    raise SettingsError(f'{place}: {KEY_VARIABLE} is the name of a variable that holds the key, as "OPENAI_API_KEY"')


def _place(path: Path, text: str, name: str) -> str:
    found = re.search(rf"^[ \t]*\[[^\]\n]*kernels\.\"?{re.escape(name)}\"?[ \t]*\]", text, re.MULTILINE)
    return str(path) if found is None else f"{path}:{text.count(chr(10), 0, found.end()) + 1}"
