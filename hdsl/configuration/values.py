"""The declaration of a setting, and whether a value from a file, the environment or a caller is one of it."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hdsl.configuration.files import SettingsError, shown, suggestion

REPLAY = "replay:"
"""What a kernel's name begins with that answers from a recording; the rest is its file."""

_SAID = {"true": True, "1": True, "yes": True, "on": True, "false": False, "0": False, "no": False, "off": False}


@dataclass(frozen=True, slots=True)
class Setting:
    """The declaration of one setting. `in_file` is False for secrets: they are read from the environment alone."""

    name: str
    kind: type
    environment: str
    default: object
    description: str
    minimum: float | None = None
    maximum: float | None = None
    in_file: bool = True
    fallback: str = ""
    """A variable that other programs read for the same, honoured if nothing else says it."""
    choices: tuple[str, ...] = ()
    """The texts that it may be, where it is not any text."""


def value_in_file(setting: Setting, value: object, folder: Path, place: str) -> object:
    """A value of a setting in the file of a folder, which paths are relative to. SettingsError if it cannot be one."""
    checked = checked_value(setting, value, place)
    if setting.kind is Path:
        return folder / checked
    if setting.name == "kernel" and checked.startswith(REPLAY):
        return REPLAY + str(folder / checked.removeprefix(REPLAY))
    return checked


def value_of_text(setting: Setting, text: str, place: str) -> object:
    """A value of a setting as a variable or an option spells it. SettingsError if it cannot be one."""
    if setting.kind is str:
        return checked_value(setting, text, place)
    if setting.kind is Path:
        return Path(text).expanduser().absolute()
    if setting.kind is bool:
        if text.lower() not in _SAID:
            raise SettingsError(f"{place}: {setting.name} is {_kind(setting)}, not {text!r}")
        return _SAID[text.lower()]
    try:
        value = setting.kind(text)
    except ValueError as error:
        raise SettingsError(f"{place}: {setting.name} is {_kind(setting)}, not {text!r}") from error
    return checked_value(setting, value, place)


def checked_value(setting: Setting, value: object, place: str) -> Any:
    """`value` in the setting's kind and within its bounds, else a SettingsError."""
    wanted = str if setting.kind is Path else setting.kind
    if wanted is float and isinstance(value, int) and not isinstance(value, bool):
        value = float(value)
    if setting.kind is Path and isinstance(value, Path):
        return value.expanduser().absolute()
    if not isinstance(value, wanted) or (isinstance(value, bool) and wanted is not bool):
        raise SettingsError(f"{place}: {setting.name} is {_kind(setting)}, not {shown(value)}")
    if setting.choices and value not in setting.choices:
        raise SettingsError(
            f"{place}: {setting.name} is {_kind(setting)}, not {value!r}{suggestion(str(value), setting.choices)}"
        )
    if isinstance(value, int | float) and not isinstance(value, bool) and not _within(setting, value):
        raise SettingsError(f"{place}: {setting.name} is {_kind(setting)}, not {value}")
    return Path(value).expanduser() if setting.kind is Path and isinstance(value, str) else value


def _within(setting: Setting, value: float) -> bool:
    low = float("-inf") if setting.minimum is None else setting.minimum
    high = float("inf") if setting.maximum is None else setting.maximum
    return low <= value <= high and value not in (float("inf"), float("-inf"))


def _kind(setting: Setting) -> str:
    if setting.choices:
        return f"one of {', '.join(setting.choices)}"
    name = {str: "a text", int: "an integer", float: "a number", Path: "a path", bool: "true or false"}[setting.kind]
    if setting.minimum is not None and setting.maximum is not None:
        return f"{name} from {setting.minimum} to {setting.maximum}"
    return name if setting.minimum is None else f"{name} of at least {setting.minimum}"
