"""Rules of names: definitions once and under a free name, lookups with a suggestion, uses that are missing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from hdsl.check.diagnostic import Fix, Place, Related
from hdsl.check.mends import renamed, statement_moved, use_added, written
from hdsl.check.report import Report, did_you_mean
from hdsl.check.scope import Definition
from hdsl.check.syntax import check_not_reserved
from hdsl.graph.signature import Signature
from hdsl.graph.typed import ExperienceTable, Module
from hdsl.syntax.tree import Name, Span

RUN_OPTIONS = frozenset({"harness", "kernel", "resume", "json", "help"})
"""Options of `hdsl run` itself: an input of a harness cannot be called so."""


class Definitions:
    """The names of one kind in one scope, each defined once."""

    def __init__(self, report: Report, module: Module) -> None:
        self._report = report
        self._module = module
        self._spans: dict[str, Span] = {}

    def define(self, name: Name) -> bool:
        """Notes a definition; False after reporting that the name is taken."""
        check_not_reserved(self._report, self._module.source, name)
        first = self._spans.setdefault(name.text, name.span)
        if first is name.span:
            return True
        related = Related(f"`{name.text}` is defined here first", Place(self._module.source, first))
        self._report.add("defined-twice", self._module.source, name.span, related=[related], name=name.text)
        return False


def find_callable(module: Module, prelude: Module | None, name: str) -> Signature | None:
    """The operation or harness of this name, through a module's alias where it has a dot."""
    alias, dot, last = name.rpartition(".")
    if dot:
        used = module.uses.get(alias)
        return used.callables.get(last) if used is not None else None
    return module.callables.get(name) or (prelude.callables.get(name) if prelude is not None else None)


def report_unknown_callable(report: Report, module: Module, prelude: Module | None, name: Name) -> None:
    """Reports a call of what is no operation or harness, suggesting one, or the `use` that is missing."""
    alias, dot, last = name.text.rpartition(".")
    if dot and alias in module.uses:
        used = module.uses[alias]
        if not used.complete:
            return
        help = did_you_mean(last, used.callables, f"`{alias}` has {_some(used.callables)}.")
        fixes = renamed(module.source, name.span, last, used.callables, f"{alias}.")
    elif dot:
        help, fixes = help_with_module(module, name)
    else:
        known = {*module.callables, *(prelude.callables if prelude is not None else ())}
        through = [f"{alias}.{last}" for alias, used in sorted(module.uses.items()) if last in used.callables]
        help = f"Did you mean `{through[0]}`?" if through else did_you_mean(last, known, "`hdsl card` lists them all.")
        fixes = [written(module.source, name.span, through[0])] if len(through) == 1 else []
        fixes = fixes if through else renamed(module.source, name.span, last, known)
    report.add("unknown-operation", module.source, name.span, help=help, fixes=fixes, name=name.text)


def help_with_module(module: Module, name: Name) -> tuple[str, list[Fix]]:
    """What to do about a name of a module that is not in use. More names of it are not reported after this one."""
    from hdsl.check.project import standard_modules

    alias, _, last = name.text.rpartition(".")
    help = did_you_mean(alias, module.uses, f"No `use` gives a module the name `{alias}`.")
    fixes = renamed(module.source, Span(name.span.start, name.span.start + len(alias)), alias, module.uses)
    module.uses[alias] = Module(alias, module.source, alias, complete=False)
    if f"std.{alias}" in standard_modules():
        return f"Add `use std.{alias}` at the top of the file.", use_added(module.source, f"std.{alias}")
    return help, fixes if len(alias) + 1 + len(last) == name.span.end - name.span.start else []


def find_experience(module: Module, name: str) -> ExperienceTable | None:
    """The experience of this name at the top of the file or of a module in use."""
    alias, dot, last = name.rpartition(".")
    if dot:
        used = module.uses.get(alias)
        return used.experiences.get(last) if used is not None else None
    return module.experiences.get(name)


def report_unknown_value(
    report: Report,
    module: Module,
    name: Name,
    scope: Iterable[str],
    later: Mapping[str, Definition],
    statement: Span | None,
) -> None:
    """Reports a name that is no node, input or experience here: defined further down, misspelt, or not at all.

    `later`: the statements further down by what they define; `statement`: that which the name stands in.
    """
    if name.text in later:
        defined = later[name.text]
        related = Related("it is defined here", Place(module.source, defined.name.span))
        title = f"Define `{name.text}` above"
        moved = statement_moved(module.source, defined.span, statement, title) if statement is not None else []
        report.add("used-before-definition", module.source, name.span, related=[related], fixes=moved, name=name.text)
        return
    alias, dot, last = name.text.rpartition(".")
    fixes: list[Fix]
    if dot and alias in module.uses:
        if not module.uses[alias].complete:
            return
        tables = module.uses[alias].experiences
        help = did_you_mean(last, tables, f"`{alias}` has no experience of this name.")
        fixes = renamed(module.source, name.span, last, tables, f"{alias}.")
    elif dot:
        help, fixes = help_with_module(module, name)
    elif name.text in module.callables:
        help, fixes = "It is an operation; call it in a node of its own and use that node's name.", []
    else:
        known = {*scope, *module.experiences}
        fixes = renamed(module.source, name.span, name.text, known)
        help = did_you_mean(
            name.text, known, f"Known here: {_some(known)}." if known else "Nothing is defined here yet."
        )
    report.add("unknown-name", module.source, name.span, help=help, fixes=fixes, name=name.text)


def _some(names: Iterable[str]) -> str:
    listed = [f"`{name}`" for name in sorted(names)]
    return ", ".join(listed[:6]) + (", …" if len(listed) > 6 else "")
