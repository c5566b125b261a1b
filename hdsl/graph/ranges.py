"""The values that the options of the library's operations may have, where a kind of literal says too little."""

from collections.abc import Mapping
from typing import NamedTuple

from hdsl.graph.signature import OptionParameter, Signature
from hdsl.graph.typed import CallOf, Module, OptionReference


class Range(NamedTuple):
    """Numbers between two, both among them; of a text, how many characters it has."""

    low: float
    high: float = float("inf")

    def takes(self, value: object) -> bool:
        """Whether a value is one of them. What is neither a number nor a text is not decided here."""
        if isinstance(value, str):
            return self.low <= len(value) <= self.high
        return not isinstance(value, int | float) or (self.low <= value <= self.high and value != float("inf"))

    def said(self, kind: str) -> str:
        """The values in words, for an option of a kind."""
        if kind == "str":
            return "a text that is not empty"
        number = "an integer" if kind == "int" else "a number"
        if self.high == float("inf"):
            return f"{number} of at least {self.low:g}"
        return f"{number} from {self.low:g} to {self.high:g}"


_SECONDS, _COUNT, _SIZE, _EXIT_CODE, _NOT_EMPTY = Range(0), Range(1), Range(0), Range(0, 255), Range(1)

_RANGES: Mapping[str, Mapping[str, Range]] = {
    "hdsl.ops.agent:agent": {"calls": _COUNT},
    "hdsl.ops.expert:expert": {"topk": _SIZE},
    "hdsl.ops.mcp:call": {"timeout": _SECONDS},
    "hdsl.ops.retrieve:retrieve": {"topk": _SIZE},
    "hdsl.ops.split:split": {"at": _NOT_EMPTY, "size": _SIZE},
    "hdsl.ops.terminal:capture": {"lines": _SIZE},
    "hdsl.ops.terminal:run": {"timeout": _SECONDS, "code": Range(-1, 255)},
    "hdsl.ops.terminal:sleep": {"seconds": _SECONDS},
    "hdsl.ops.terminal:until_exit": {"timeout": _SECONDS, "code": _EXIT_CODE},
    "hdsl.ops.terminal:wait_idle": {"timeout": _SECONDS},
}
"""By the function of an operation and the option; any other option may be any value of its kind."""


def range_of(signature: Signature, option: OptionParameter, module: Module | None = None) -> Range | None:
    """The values that an option may have; None where any of its kind will do.

    The option of a harness has the range of the option that it is passed on as, where its `module` is known.
    """
    if not signature.is_harness:
        return _RANGES.get(signature.entry or "", {}).get(option.name)
    home = None if module is None else module.reachable.get(signature.module)
    harness = None if home is None else home.harnesses.get(signature.name)
    for node in () if harness is None else harness.nodes:
        call = node.value
        if isinstance(call, CallOf):
            for inner in call.signature.options:
                if call.options.get(inner.name) == OptionReference(option.name):
                    found = range_of(call.signature, inner, home)
                    if found is not None:
                        return found
    return None
