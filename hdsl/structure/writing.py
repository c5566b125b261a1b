"""Values as canonical JSON: one line, and numbers as short as they can be read back from."""

import json
import re
from typing import TypeAlias

Value: TypeAlias = "str | int | float | bool | list[Value] | dict[str, Value]"
"""What was read of a text by its structure: fields in declared order, absent ones left out."""

_BREAKS = re.compile("[\x7f-\x9f\u2028\u2029\ud800-\udfff]")
"""What some programs take for the end of a line, what acts on a terminal, and what UTF-8 cannot hold."""


def written(value: Value) -> str:
    """The canonical JSON of a value."""
    match value:
        case bool():
            return "true" if value else "false"
        case int():
            return str(value)
        case float():
            return number(value)
        case str():
            return quoted(value)
        case list():
            return f"[{', '.join(map(written, value))}]"
        case _:
            return "{" + ", ".join(f"{quoted(name)}: {written(each)}" for name, each in value.items()) + "}"


def plain(value: Value) -> str:
    """A value as a text of its own: a text as it is, anything else as JSON."""
    return value if isinstance(value, str) else written(value)


def quoted(text: str) -> str:
    """A text as JSON has it."""
    return _BREAKS.sub(lambda found: f"\\u{ord(found[0]):04x}", json.dumps(text, ensure_ascii=False))


def number(value: float) -> str:
    """The shortest number that reads back as this one; -0 is 0."""
    return repr(value + 0.0).removesuffix(".0")
