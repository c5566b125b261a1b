"""What holds data, as plain data and back: frozen dataclasses, and plain classes that name their fields.

What comes back is checked against the annotations. Fields may be texts, numbers, bools, None, literals, tuples,
mappings by text, other such classes, and unions of these. Where a union holds several classes, the name of the class
stands beside the fields, as `"_"`.
"""

import functools
import types
from collections.abc import Mapping
from typing import Any, Literal, TypeVar, Union, get_args, get_origin

from hdsl.ground.fields import field_names, field_types, has_fields

Made = TypeVar("Made")


class NotPlain(ValueError):  # noqa: N818 - says what it is
    """Plain data is not what was expected in its place."""


def to_plain(value: Any) -> Any:
    """A value as plain data that JSON can hold; tuples become lists."""
    if has_fields(type(value)):
        named = {name: to_plain(getattr(value, name)) for name in field_names(type(value))}
        return {"_": value.__class__.__name__, **named}
    if isinstance(value, tuple | list):
        return [to_plain(each) for each in value]
    if isinstance(value, Mapping):
        return {name: to_plain(each) for name, each in value.items()}
    return value


def from_plain(kind: "type[Made]", value: Any) -> Made:
    """The value that plain data stands for. NotPlain where it does not fit."""
    made: Made = _made(kind, value)
    return made


def _made(kind: Any, value: Any) -> Any:
    if kind is Any:
        return value
    origin = get_origin(kind)
    if origin in (Union, types.UnionType):
        return _one_of(get_args(kind), value)
    if origin is Literal:
        return _expected(value in get_args(kind), kind, value)
    if origin is tuple:
        return _tuple(get_args(kind), kind, value)
    if origin is not None and issubclass(origin, Mapping):
        _expected(isinstance(value, dict), kind, value)
        return {str(name): _made(get_args(kind)[1], each) for name, each in value.items()}
    if has_fields(kind):
        return _by_fields(kind, value)
    if kind is float:
        return float(_expected(type(value) in (int, float), kind, value))
    return _expected(type(value) is kind or (kind in (None, type(None)) and value is None), kind, value)


def _by_fields(kind: Any, value: Any) -> Any:
    _expected(isinstance(value, dict), kind, value)
    hints = _hints(kind)
    unknown = value.keys() - hints.keys() - {"_"}
    if unknown:
        raise NotPlain(f"{kind.__name__} has no {sorted(unknown)[0]!r}")
    return kind(**{name: _made(hints[name], each) for name, each in value.items() if name != "_"})


def _one_of(kinds: tuple[Any, ...], value: Any) -> Any:
    name = value.get("_") if isinstance(value, dict) else None
    fitting = [each for each in kinds if name is None or not has_fields(each) or each.__name__ == name]
    for kind in fitting:
        try:
            return _made(kind, value)
        except (NotPlain, TypeError):
            continue
    raise NotPlain(f"{_shown(value)} is none of {', '.join(map(str, kinds))}")


def _tuple(parts: tuple[Any, ...], kind: Any, value: Any) -> Any:
    _expected(isinstance(value, list), kind, value)
    if len(parts) == 2 and parts[1] is Ellipsis:
        return tuple(_made(parts[0], each) for each in value)
    _expected(len(value) == len(parts), kind, value)
    return tuple(_made(part, each) for part, each in zip(parts, value, strict=True))


_hints = functools.cache(field_types)


def _expected(fits: bool, kind: Any, value: Any) -> Any:
    if not fits:
        raise NotPlain(f"{_shown(value)} is not {getattr(kind, '__name__', kind)}")
    return value


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) < 80 else text[:79] + "…"
