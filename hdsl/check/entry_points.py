"""The rule of entry points: an operation's function is of the project, of hdsl, or allowed by the configuration."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path

from hdsl.check import findings
from hdsl.check.report import Report
from hdsl.configuration.entry_points import EntryRefused, EntryRules, check_entry, is_entry
from hdsl.graph.typed import Module
from hdsl.syntax import tree


def check_entry_points(
    report: Report, module: Module, file: tree.File, rules: EntryRules, library: Mapping[str, Module]
) -> None:
    """Reports each entry point of a file that may not run. No module is imported for it."""
    named = [(item, item.entry) for item in file.items if isinstance(item, tree.Operation) and item.entry is not None]
    named = [(item, entry) for item, entry in named if is_entry(entry.text)]
    if not named:
        return
    folder, known = Path(module.path).parent, entries_of(library)
    is_installed = cache(_is_installed)
    for item, entry in named:
        _looked_for(module, entry.text, folder, rules)
        effects = frozenset(effect.name for effect in item.effects)
        try:
            check_entry(entry.text, effects, folder, rules, known)
        except EntryRefused as refused:
            if refused.is_missing and rules.own and not is_installed(entry.text.partition(":")[0].partition(".")[0]):
                continue  # still to be written: a run says that it is not there
            report.tell(findings.signatures.EntryNotAllowed(entry.text, refused), module.source, entry.span)


def entries_of(modules: Mapping[str, Module]) -> Mapping[str, frozenset[str]]:
    """The entry points of the operations of a library, each with the effects that all of those have."""
    found: dict[str, frozenset[str]] = {}
    for module in modules.values():
        for signature in module.callables.values():
            if signature.entry is not None and signature.module == module.path:
                effects = frozenset(effect.name for effect in signature.effects)
                found[signature.entry] = found.get(signature.entry, effects) & effects
    return found


def _is_installed(package: str) -> bool:
    """Whether Python would find the package of an entry point, which is not imported."""
    from importlib.util import find_spec

    try:
        return find_spec(package) is not None
    except (ImportError, ValueError):
        return True  # one that is loaded and does not say from where


def _looked_for(module: Module, entry: str, folder: Path, rules: EntryRules) -> None:
    """Notes the files whose coming or going changes what is found."""
    parts = entry.partition(":")[0].split(".")
    for root in (folder, rules.project):
        if root is not None:
            module.seed_files.add(str(root.joinpath(*parts).with_suffix(".py")))
