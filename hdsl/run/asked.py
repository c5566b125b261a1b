"""Who is asked by a program: the kernels that its settings and its nodes name, within limits, and recorded."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from hdsl.configuration.settings import Settings
from hdsl.graph.program import Program
from hdsl.graph.typed import OptionReference
from hdsl.kernel.recording import Recording
from hdsl.kernel.registry import make_kernel
from hdsl.kernel.request import Kernel
from hdsl.kernel.spending import Purse

_OPTION, _EFFECT = "model", "llm"


@dataclass(frozen=True, slots=True)
class Asking:
    """What holds for all questions of a command: what they may spend, and whether they are recorded."""

    purse: Purse = field(default_factory=Purse)
    recording: Recording | None = None


def kernel_for(program: Program, options: Mapping[str, Any], settings: Settings, asking: Asking) -> Kernel:
    """The kernel that answers a program's questions, with those that its nodes name.

    Raises SettingsError and KernelNotConfigured, before any is asked, where one is missing or cannot be used.
    """
    kernel = make_kernel(settings, models_of(program, options), asking.purse)
    return kernel if asking.recording is None else asking.recording.of(kernel)


def models_of(program: Program, options: Mapping[str, Any]) -> list[str]:
    """The names of the kernels that nodes ask for, in the order of the nodes."""
    found: dict[str, None] = {}
    for node in program.nodes.values():
        if _OPTION in node.options and any(effect.name == _EFFECT for effect in node.effects):
            value = node.options[_OPTION]
            name = options.get(value.name) if isinstance(value, OptionReference) else value
            if isinstance(name, str) and name:
                found[name] = None
    return list(found)
