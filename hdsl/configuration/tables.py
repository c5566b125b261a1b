"""The tables of a configuration that are rules: `[policy]` and `[operations]`."""

from pathlib import Path
from typing import Any

from hdsl.configuration.entry_points import EntryRules, is_ours, is_pattern
from hdsl.configuration.files import SettingsError, find_configuration, setting_place, shown, suggestion
from hdsl.policy.decision import MODES, Rules

POLICY = "policy"
OF_THE_POLICY = {
    "allow": "patterns of commands that may be typed although a built-in rule denies them",
    "ask": "patterns of commands that are asked about; without a terminal to ask at they are denied",
    "deny": "patterns of commands that are never typed, not even with `--yes`",
    "default": 'what holds for every other command: `"allow"`, `"ask"` or `"deny"`',
}
"""The keys of `[policy]`, and what each says."""

OPERATIONS = "operations"
OF_THE_OPERATIONS = {
    "allow": "functions outside of the project that operations may name: "
    '`"module:function"`, `"module:*"`, `"package.*"`',
}
"""The keys of `[operations]`, and what each says."""


def entry_rules(folder: Path) -> EntryRules:
    """Which entry points the files of a folder may name. SettingsError where the configuration cannot be used."""
    found = find_configuration(folder.absolute())
    if found is None:
        return EntryRules()
    path, text, table = found
    return EntryRules(path.parent, allowed_entries(path, text, table.get(OPERATIONS, {})))


def allowed_entries(path: Path, text: str, table: object) -> tuple[str, ...]:
    """The entry points that an `[operations]` table allows. SettingsError where it cannot be used."""
    example = '`[operations]`, then `allow = ["package.module:function"]`'
    if not isinstance(table, dict):
        place = setting_place(path, text, OPERATIONS)
        raise SettingsError(f"{place}: operations is a table, not {shown(table)}: {example}")
    for name in table:
        if name not in OF_THE_OPERATIONS:
            place = setting_place(path, text, name)
            raise SettingsError(
                f"{place}: unknown setting {name!r} of the operations{suggestion(name, OF_THE_OPERATIONS)}"
            )
    patterns = table.get("allow", [])
    if not isinstance(patterns, list):
        place = setting_place(path, text, "allow")
        raise SettingsError(f"{place}: allow is a list of entry points, not {shown(patterns)}: {example}")
    for pattern in patterns:
        if not isinstance(pattern, str) or not is_pattern(pattern) or is_ours(pattern):
            place = setting_place(path, text, "allow")
            raise SettingsError(
                f"{place}: {shown(pattern)} is not an entry point that can be allowed: write "
                '"module:function", "module:*" or "package.*"'
            )
    return tuple(patterns)


def policy_rules(path: Path, text: str, table: object) -> Rules:
    """The rules that a `[policy]` table gives. SettingsError where it cannot be used."""
    if not isinstance(table, dict):
        place = setting_place(path, text, POLICY)
        raise SettingsError(f'{place}: policy is a table, not {shown(table)}: `[policy]`, then `allow = ["npm *"]`')
    values: dict[str, Any] = {}
    for name, value in table.items():
        place = setting_place(path, text, name)
        if name not in OF_THE_POLICY:
            raise SettingsError(f"{place}: unknown setting {name!r} of the policy{suggestion(name, OF_THE_POLICY)}")
        if name == "default":
            if value not in MODES:
                raise SettingsError(f'{place}: default is "allow", "ask" or "deny", not {shown(value)}')
            values[name] = value
            continue
        if not isinstance(value, list) or not all(isinstance(each, str) and each.strip() for each in value):
            raise SettingsError(f'{place}: {name} is a list of patterns, not {shown(value)}: `{name} = ["npm *"]`')
        values[name] = tuple(value)
    return Rules(**values)
