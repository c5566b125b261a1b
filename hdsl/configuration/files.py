"""The configuration file of a project: finds it, parses it, and tells the place of a setting in it."""

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from hdsl.configuration.search import LARGEST, SHARED, search
from hdsl.ground.errors import HdslError
from hdsl.ground.files import read_regular
from hdsl.ground.spelling import closest

_SECTION = re.compile(r"^[ \t]*\[\s*tool\s*\.\s*hdsl\s*\]", re.MULTILINE)
_TOML_POSITION = re.compile(r"\s*\(at (?:line (\d+), column \d+|end of document)\)")


class SettingsError(HdslError):
    """A configuration that cannot be used. The message says where, what, and the fix, and never holds a key."""


def find_configuration(start: Path) -> tuple[Path, str, dict[str, Any]] | None:
    """The nearest configuration file upward, its text and its table. SettingsError where it cannot be read."""
    _, found = search(str(start))
    while found is not None:
        path = Path(found)
        text = _read(path)
        table = _parse(path, text)
        if path.name == SHARED:
            table = table.get("tool", {}).get("hdsl")
        if table is not None:
            if not isinstance(table, dict):
                raise SettingsError(f"{path}: [tool.hdsl] is a table, not {shown(table)}")
            return path, text, table
        _, found = search(str(path.parent.parent)) if path.parent != path.parent.parent else ([], None)
    return None


def _read(path: Path) -> str:
    try:
        return read_regular(path, LARGEST).decode("utf-8-sig")
    except OSError as error:
        raise SettingsError(f"{path}: cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise SettingsError(f"{path}: is not UTF-8; save it as UTF-8") from error


def _parse(path: Path, text: str) -> dict[str, Any]:
    import tomllib

    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        place = _TOML_POSITION.search(str(error))
        reason = _TOML_POSITION.sub("", str(error))
        line = int(place[1]) if place and place[1] else text.count("\n") + 1
        raise SettingsError(f"{path}:{line}: is not TOML: {reason}") from error
    except RecursionError as error:
        raise SettingsError(f"{path}: is nested too deeply") from error
    except ValueError as error:
        raise SettingsError(f"{path}: has a number with too many digits") from error


def setting_place(path: Path, text: str, name: str) -> str:
    """`file:line` of a setting in the text of its file; `file` where the line is not plain to see."""
    section = _SECTION.search(text)
    begin = section.end() if section else 0
    found = re.compile(rf"^[ \t]*\"?{re.escape(name)}\"?\s*[=.]", re.MULTILINE).search(text, begin)
    if found is None:
        return str(path)
    line = text.count("\n", 0, found.end()) + 1
    return f"{path}:{line}"


def suggestion(name: str, known: Iterable[str]) -> str:
    """`, did you mean 'x'?` if a known name is close to this one, otherwise which names there are."""
    names = sorted(known)
    close = closest(name, names)
    return f", did you mean {close!r}?" if close else f"; there are {', '.join(names)}"


def shown(value: object) -> str:
    """A value as an error message names it."""
    return {bool: str(value).lower(), dict: "a table", list: "a list"}.get(type(value), repr(value))
