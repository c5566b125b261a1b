"""The fields of what holds data: of dataclasses, and of plain classes that name theirs in `__match_args__`.

What every check loads is written as the second, as each dataclass takes time to make.
"""

from dataclasses import fields, is_dataclass
from typing import Any, get_type_hints


def has_fields(kind: Any) -> bool:
    """Whether this is a class of either sort. A named tuple does not count: it is a tuple."""
    if not isinstance(kind, type) or issubclass(kind, tuple):
        return False
    return is_dataclass(kind) or bool(getattr(kind, "__match_args__", ()))


def field_names(kind: type) -> tuple[str, ...]:
    """The fields of such a class, in order."""
    if is_dataclass(kind):
        return tuple(each.name for each in fields(kind))
    names: tuple[str, ...] = kind.__match_args__  # type: ignore[attr-defined]
    return names


def field_types(kind: type) -> dict[str, Any]:
    """What the fields of such a class may be, as annotated there."""
    hints = get_type_hints(kind if is_dataclass(kind) else kind.__init__)  # type: ignore[misc]
    return {name: hints[name] for name in field_names(kind)}


def compared_names(kind: type) -> tuple[str, ...]:
    """Those of its fields that tell two of its values apart; a plain class names the others as `uncompared`."""
    if is_dataclass(kind):
        return tuple(each.name for each in fields(kind) if each.compare)
    uncompared = getattr(kind, "uncompared", ())
    return tuple(name for name in field_names(kind) if name not in uncompared)
