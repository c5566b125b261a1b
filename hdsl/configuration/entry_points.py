"""Entry points, `"module:function"`: which ones a file may name. Nothing is imported to know it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from hdsl.ground.errors import HdslError

OURS = "hdsl"


class EntryRules(NamedTuple):
    """Which entry points the files of a check or a run may name, beside those of the standard library.

    `own`: whether modules beside the `.hg` file and in `project`, the folder of the configuration, are among them.
    `allow`: others, as `[operations] allow` lists them: `"module:function"`, `"module:*"`, `"package.*"`.
    """

    project: Path | None = None
    allow: tuple[str, ...] = ()
    own: bool = True

    def allows(self, entry: str) -> bool:
        """Whether an entry point is listed. What hdsl itself is made of cannot be."""
        module = entry.partition(":")[0]
        return not is_ours(entry) and any(
            entry == pattern
            or (pattern.endswith(":*") and module == pattern[:-2])
            or (pattern.endswith(".*") and f"{module}.".startswith(pattern[:-1]))
            for pattern in self.allow
        )


NO_ENTRIES = EntryRules(own=False)
"""For files that a model or a stranger wrote: none but those of the standard library."""


class EntryRefused(HdslError):  # noqa: N818 - a state
    """An entry point that may not be named; the message says why, `help` what to do.

    `is_missing`: its module is not in the project, and may be nowhere.
    """

    def __init__(self, reason: str, help: str = "", *, is_missing: bool = False) -> None:
        super().__init__(reason)
        self.help = help
        self.is_missing = is_missing


def is_entry(entry: str) -> bool:
    """Whether it is `module:function`; a function has no dots."""
    module, colon, function = entry.partition(":")
    return bool(colon) and _is_module(module) and function.isidentifier() and not module.endswith(".py")


def is_pattern(text: str) -> bool:
    """Whether it can stand in `[operations] allow`."""
    if text.endswith(".*"):
        return _is_module(text.removesuffix(".*"))
    module, colon, function = text.partition(":")
    return bool(colon) and _is_module(module) and (function == "*" or function.isidentifier())


def _is_module(name: str) -> bool:
    return all(part.isidentifier() for part in name.split("."))


def is_ours(entry: str) -> bool:
    """Whether an entry point names a module of hdsl, whatever lies beside the file."""
    return entry.partition(":")[0].partition(".")[0] == OURS


def own_file(entry: str, folder: Path, rules: EntryRules) -> Path | None:
    """The Python file of a module beside the `.hg` file, in `folder`, or in the project; None where there is none.

    EntryRefused where it is a link out of both.
    """
    if is_ours(entry) or not rules.own:
        return None
    roots = [folder] if rules.project is None else [folder, rules.project]
    parts = entry.partition(":")[0].split(".")
    for root in roots:
        file = root.joinpath(*parts).with_suffix(".py")
        try:
            if not file.is_file():
                continue
            real = file.resolve()
        except (OSError, ValueError):
            continue
        if not any(real.is_relative_to(each.resolve()) for each in roots):
            raise EntryRefused(f"{file} is a link that leads out of the project", "Put the file itself there.")
        return real
    return None


def check_entry(
    entry: str,
    effects: frozenset[str],
    folder: Path,
    rules: EntryRules,
    library: Mapping[str, frozenset[str]],
) -> Path | None:
    """The file of a module of the project, None for one that is to be imported; EntryRefused if neither is allowed.

    `effects`: those that the operation declares. `library`: the entry points of the standard library with theirs.
    """
    if not is_entry(entry):
        raise EntryRefused(f"`{entry}` is not an entry point", 'An entry point is `"package.module:function"`.')
    if entry in library:
        missing = sorted(library[entry] - effects)
        if missing:
            shown = ", ".join(f"`!{effect}`" for effect in missing)
            raise EntryRefused(f"hdsl's own operation has {shown}, and this one does not say so", f"Declare {shown}.")
        return None
    if is_ours(entry):
        raise EntryRefused("no operation of hdsl has this function", "Use the operations of the standard library.")
    file = own_file(entry, folder, rules)
    if file is not None or rules.allows(entry):
        return file
    module = entry.partition(":")[0]
    beside = "/".join(module.split(".")) + ".py"
    raise EntryRefused(
        f"there is no {beside} beside this file or in the project, and the configuration does not allow `{module}`",
        f'Put {beside} beside this file, or add it to `hdsl.toml`: `[operations]`, `allow = ["{entry}"]`.'
        if rules.own
        else "This file may only use operations of the standard library.",
        is_missing=True,
    )
