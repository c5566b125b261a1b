"""Rules of names: definitions once and under a free name, lookups with a suggestion, uses that are missing."""

from __future__ import annotations

from hdsl.check import findings
from hdsl.check.diagnostic import Fix, Place, Related
from hdsl.check.report import Report
from hdsl.check.scope import Scope
from hdsl.graph.signature import Signature
from hdsl.graph.typed import ExperienceTable, Module
from hdsl.graph.types import Type
from hdsl.ground.spelling import certain, closest
from hdsl.syntax.tree import Name

RUN_OPTIONS = frozenset({"harness", "kernel", "record", "sandbox", "resume", "yes", "json", "help"})
"""Options of `hdsl run` itself: an input of a harness cannot be called so."""

_OFTEN = 3
"""From so many uses on, an unknown name is not a slip of one that is like it: its definition is missing."""


def find_callable(module: Module, prelude: Module | None, name: str) -> Signature | None:
    """The operation or harness of this name, through a module's alias where it has a dot."""
    alias, dot, last = name.rpartition(".")
    if dot:
        used = module.uses.get(alias)
        return used.callables.get(last) if used is not None else None
    return module.callables.get(name) or (prelude.callables.get(name) if prelude is not None else None)


def is_of_library(path: str) -> bool:
    """Whether a module's path is that of the standard library, whose modules go by their names."""
    return path == "prelude" or (path.startswith("std.") and not path.endswith(".hg"))


def report_unknown_callable(report: Report, scope: Scope, name: Name) -> None:
    """Reports a call of what is not an operation or harness, suggesting one, or the `use` that is missing."""
    module, prelude = scope.module, scope.prelude
    alias, dot, last = name.text.rpartition(".")
    found: findings.finding.Finding
    if dot and alias in module.uses:
        used = module.uses[alias]
        if not used.complete:
            return
        found = findings.names.UnknownOperationOfModule(name.text, report.likely(last, used.callables), used.callables)
    elif dot:
        found = findings.names.UnknownOperationWithoutModule(name.text, missing_module(report, module, name))
    else:
        known = report.likely(last, module.callables, prelude.callables if prelude is not None else ())
        through = [f"{alias}.{last}" for alias, used in sorted(module.uses.items()) if last in used.callables]
        is_like_none = not through and closest(last, known) is None
        if is_like_none and scope.callables is not None and scope.callables.hides(last):
            return
        found = findings.names.UnknownOperation(name.text, known, through)
    report.tell(found, module.source, name.span)


def missing_module(report: Report, module: Module, name: Name) -> findings.names.MissingModule:
    """The facts of a name of a module that is not in use. More names of it are not reported after this one."""
    from hdsl.check.project import standard_modules

    alias = name.text.rpartition(".")[0]
    known = report.likely(alias, module.uses)
    standard = standard_modules()
    in_full, is_used = alias in standard, alias.removeprefix("std.") in module.uses
    module.uses[alias] = Module(alias, module.source, alias, complete=False)
    return findings.names.MissingModule(name, known, f"std.{alias}" in standard, in_full, is_used)


def help_with_module(report: Report, module: Module, name: Name) -> tuple[str, list[Fix]]:
    """What to do about a name of a module that is not in use; see `missing_module`."""
    from hdsl.check.wording.names import without_module

    return without_module(missing_module(report, module, name), module.source)


def find_experience(module: Module, name: str) -> ExperienceTable | None:
    """The experience of this name at the top of the file or of a module in use."""
    alias, dot, last = name.rpartition(".")
    if dot:
        used = module.uses.get(alias)
        return used.experiences.get(last) if used is not None else None
    return module.experiences.get(name)


def report_unknown_value(report: Report, scope: Scope, name: Name) -> None:
    """Reports a name that is not a node, input or experience here: defined further down, misspelt, or not at all."""
    module = scope.module
    source = module.source
    root = name.text.partition(".")[0]
    later = name.text if root in module.uses else root
    if later in scope.later:
        defined = scope.later[later]
        related = Related("defined here", Place(source, defined.name.span))
        # A definition too late for several uses, or a use before several definitions, is one fault.
        cause = scope.early.get(later) or scope.early.get(scope.statement) or (scope.place, later)
        scope.early[later] = scope.early[scope.statement] = cause
        found = findings.names.UsedBeforeDefinition(later, defined.span, scope.statement)
        report.tell(found, source, name.span, related=[related], cause=cause)
        return
    alias, dot, last = name.text.rpartition(".")
    if dot and alias in module.uses:
        if module.uses[alias].complete:
            tables = report.likely(last, module.uses[alias].experiences)
            report.tell(findings.names.UnknownNameOfModule(name.text, tables), source, name.span)
    elif dot and certain(name.text, fields_meant(scope, name)) is not None:
        meant = findings.names.UnknownName(name.text, fields_meant(scope, name), False, True)
        report.tell(meant, source, name.span)
    elif dot:
        report.tell(
            findings.names.UnknownNameWithoutModule(name.text, missing_module(report, module, name)), source, name.span
        )
    elif name.text in module.callables:
        report.tell(findings.names.UnknownNameOfOperation(name.text), source, name.span)
    else:
        _report_undefined(report, scope, name)


def fields_meant(scope: Scope, name: Name) -> list[str]:
    """The path of a field with the name of each record of a body before it, for one that leads into nothing."""
    _, _, rest = name.text.partition(".")
    values = scope.values.items()
    return [
        f"{each}.{rest}" for each, value in values if isinstance(value.type, Type) and value.type.record is not None
    ]


def _report_undefined(report: Report, scope: Scope, name: Name) -> None:
    """Reports a name that is defined nowhere. Where its definition is what is wrong, all its uses are one fault."""
    source = scope.module.source
    known = report.likely(name.text, scope.values, scope.module.experiences)
    meant = certain(name.text, known)
    if meant is None and any(definitions.hides(name.text) for definitions in scope.definitions):
        return
    defined = scope.values.get(meant) if meant is not None else None
    is_often_used = scope.uses(name.text) >= _OFTEN and (meant is None or scope.uses(name.text) > scope.uses(meant))
    is_definition = meant is None or is_often_used or (defined is not None and not (defined.used or defined.is_input))
    if meant is None or is_often_used:
        scope.unresolved.add(name.text)
    related = [] if defined is None else [Related(f"`{meant}` is defined here", Place(source, defined.span))]
    is_anything_defined = bool(scope.values or scope.module.experiences)
    report.tell(
        findings.names.UnknownName(name.text, known, is_often_used, is_anything_defined),
        source,
        name.span,
        related=related,
        cause=(scope.place, name.text) if is_definition else None,
    )
