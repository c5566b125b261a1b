"""A text that is held to a grammar by a custom tool: the form of OpenAI's own chat completions.

The model calls the one tool there is, and what it gives to the tool, in Lark's grammar, is the answer.
"""

import json
from collections.abc import Mapping
from typing import Any

NAME = "write_file"
TOOLS, CHOICE = "tools", "tool_choice"


def tool_parameters(grammar: str) -> dict[str, Any]:
    """What tells a server to let the model answer by such a call."""
    text = "\n".join(line for line in grammar.splitlines() if not line.startswith("//"))
    tool = {
        "name": NAME,
        "description": "Takes the whole .hg file.",
        "format": {"type": "grammar", "grammar": {"syntax": "lark", "definition": text}},
    }
    return {TOOLS: [{"type": "custom", "custom": tool}], CHOICE: {"type": "custom", "custom": {"name": NAME}}}


def input_of(calls: Any) -> str | None:
    """What a call, or a piece of one in a stream, gives to a custom tool; None if it is none.

    Gateways that know no custom tools make a function of it, with one argument `input`.
    """
    call = calls[0] if isinstance(calls, list) and calls else calls
    if not isinstance(call, Mapping):
        return None
    custom, function = call.get("custom"), call.get("function")
    if isinstance(custom, Mapping) and isinstance(custom.get("input"), str):
        return str(custom["input"])
    if isinstance(function, Mapping) and function.get("name") == NAME:
        return _argument(function.get("arguments"))
    return None


def _argument(arguments: Any) -> str | None:
    if isinstance(arguments, str):
        try:
            arguments = json.loads(arguments)
        except (ValueError, RecursionError):
            return None
    found = arguments.get("input") if isinstance(arguments, Mapping) else None
    return found if isinstance(found, str) else None
