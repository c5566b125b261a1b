"""Checks whole files: modules in the order they use each other, harnesses in the order they call each other."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from hdsl.check import findings
from hdsl.check.annotations import doubt_annotations, unannotated
from hdsl.check.blocks import check_expectations, check_statements, effects_of, put_inputs_in_scope
from hdsl.check.body import Body
from hdsl.check.call_order import call_in, called, callees_first, cycles
from hdsl.check.contracts import check_train, check_version
from hdsl.check.declarations import Declarer
from hdsl.check.definitions import Definitions
from hdsl.check.diagnostic import Diagnostic, Place, Related
from hdsl.check.limits import DEEPEST_USE, MOST_ERRORS
from hdsl.check.project import PRELUDE, Project, standard_modules
from hdsl.check.report import Report, TooManyErrors
from hdsl.check.scope import Scope
from hdsl.check.suppressions import judged
from hdsl.check.syntax import check_directions, check_escapes, check_numbers
from hdsl.check.unused import report_unused
from hdsl.check.whole import WholeHarnesses, is_typed_throughout
from hdsl.configuration.entry_points import EntryRules
from hdsl.graph.signature import Signature
from hdsl.graph.typed import Module, TypedHarness
from hdsl.graph.types import SCORE, UNKNOWN
from hdsl.ground.collector import collector_paused
from hdsl.ground.spelling import closest
from hdsl.syntax import tree

_QUALIFIER = re.compile(r"(\w+)\.")


class Checker:
    """Checks files into one report; each file once."""

    def __init__(
        self,
        report: Report,
        library: Mapping[str, Module],
        project: Project | None = None,
        entries: EntryRules | None = None,
        building: dict[str, Module] | None = None,
    ) -> None:
        """`library`: the standard library. `project`: where the files come from, if that is not the disk alone.

        `entries`: which entry points files may name; None for what the configuration above a file says. `building`: if
        the library itself is being checked, its modules as far as they are.
        """
        self._entries = entries
        self.report = report
        report.most_errors = MOST_ERRORS
        self.library = library
        self._building = building
        self.project = project or Project(report)
        self.modules: dict[str, Module] = {}
        self.tests: dict[str, TypedHarness] = {}
        self._whole = WholeHarnesses(report, self.project.parsed, self.modules, self.library)
        self._open: list[str] = []
        self._by_file: dict[Path, Module] = {}
        self._paths: dict[str, Path] = {}

    def check(self, path: Path, shown: str) -> Module | None:
        """The module of a file with everything in it checked; None where it is not text. OSError as `open`."""
        try:
            with collector_paused():
                return self._checked(path, shown)
        except TooManyErrors:
            module = self.modules.get(shown)
            if module is not None:
                module.complete = False
            return module

    def _checked(self, path: Path, shown: str) -> Module | None:
        module = self.project.open(path, shown)
        if module is not None:
            self._check(module, shown)
        return module

    def _check(self, module: Module, shown: str) -> None:
        self.modules[shown] = module
        self._by_file[self._resolved(shown)] = module
        parsed = self.project.parsed[shown]
        check_version(self.report, module.source, parsed.file.version)
        check_escapes(self.report, module.source, parsed.file)
        check_numbers(self.report, module.source)
        check_directions(self.report, module.source)
        used = self._uses(module, parsed.file)
        declarer = Declarer(self.report, module, parsed.unread)
        declarer.declare(parsed.file)
        if self._building is None and any(isinstance(item, tree.Operation) for item in parsed.file.items):
            from hdsl.check.entry_points import check_entry_points  # most files declare no operation

            check_entry_points(self.report, module, parsed.file, self._entry_rules(), self.library)
        harnesses = [item for item in parsed.file.items if isinstance(item, tree.Harness)]
        named: dict[str, tree.Text] = {}
        self.check_harnesses(module, declarer, harnesses)
        for item in parsed.file.items:
            if isinstance(item, tree.Test):
                self._named_once(module, named.setdefault(item.name.text, item.name), item.name)
                self._test(module, declarer, item)
            elif isinstance(item, tree.Train):
                check_train(self.report, self._scope(module, parsed.unread), item)
        self._unused_modules(module, used)

    def _entry_rules(self) -> EntryRules:
        """What the project of the first file, and of no file that it uses, allows."""
        if self._entries is None:
            from hdsl.configuration.files import SettingsError  # most files declare no operation
            from hdsl.configuration.tables import entry_rules  # most files declare no operation

            try:
                self._entries = entry_rules(Path(next(iter(self.modules))).parent)
            except SettingsError:  # whoever reads the configuration says so
                self._entries = EntryRules()
        return self._entries

    def _named_once(self, module: Module, first: tree.Text, name: tree.Text) -> None:
        """Reports a second test of one name: results are told by it."""
        if first is not name:
            related = Related("first test with this name", Place(module.source, first.span))
            self.report.tell(findings.names.DefinedTwice(name.text), module.source, name.span, related=[related])

    def judged(self, levels: Mapping[str, str] | None = None) -> tuple[Diagnostic, ...]:
        """What was found, without what the files allow, at the levels given."""
        sources = [module.source for module in self.modules.values()]
        return judged(self.report.diagnostics, sources, levels)

    # Modules

    def library_module(self, name: str, path: Path) -> Module:
        """A module of the standard library; checked now where the library itself is being checked."""
        if self._building is not None and name not in self._building:
            module = self._checked(path, name)
            assert module is not None
            self._building[name] = module
        return self.library[name]

    def _uses(self, module: Module, file: tree.File) -> dict[str, tree.Use]:
        definitions = Definitions(self.report, module)
        used: dict[str, tree.Use] = {}
        for use in (item for item in file.items if isinstance(item, tree.Use)):
            alias = use.alias or use.module
            assert alias is not None
            short = tree.Name(alias.text.rpartition(".")[2], alias.span)
            if not definitions.define(short):
                continue
            found = self.project.locate(module, use)
            place = Place(module.source, (use.module or use.path or alias).span)
            if found is None:
                meant = None if use.module is None else closest(use.module.text, standard_modules())
                for name in (short.text, meant.removeprefix("std.") if meant and use.alias is None else short.text):
                    module.uses.setdefault(name, Module(name, module.source, name, complete=False))
                continue
            module.uses[short.text] = self.used_module(*found, place, is_library=use.module is not None)
            used[short.text] = use
        return used

    def used_module(self, path: Path, shown: str, place: Place, is_library: bool) -> Module:
        """The module of a file that is used at this place."""
        if is_library:
            return self.library_module(shown, path)
        resolved = path.resolve()
        opened = self._being_checked()
        begin = next((i for i, name in enumerate(opened) if self._resolved(name) == resolved), None)
        if begin is not None:
            self.report.tell(findings.modules.ModuleCycle([*opened[begin:], opened[begin]]), place.source, place.span)
            return Module(shown, place.source, path.stem, complete=False)
        known = self._by_file.get(resolved)
        if known is not None:
            return known
        if len(opened) > DEEPEST_USE:
            self.report.tell(findings.modules.UsesTooDeep(DEEPEST_USE), place.source, place.span)
            return Module(shown, place.source, path.stem, complete=False)
        self._open.append(shown)
        module: Module | None = None
        try:
            module = self._checked(path, shown)
        except OSError as error:
            unreadable = findings.files.UnreadableFile(shown, error.strerror or "unreadable")
            self.report.tell(unreadable, place.source, place.span)
        self._open.pop()
        return module or Module(shown, place.source, path.stem, complete=False)

    def _resolved(self, shown: str) -> Path:
        """The file of a name, through links."""
        path = self._paths.get(shown)
        if path is None:
            path = self._paths[shown] = Path(shown).resolve()
        return path

    def _being_checked(self) -> list[str]:
        first = next(iter(self.modules), None)
        return [*([first] if first is not None else []), *self._open]

    def _unused_modules(self, module: Module, used: dict[str, tree.Use]) -> None:
        text = module.source.text
        if not module.complete or self.report.has_errors_in(module.source, tree.Span(0, len(text))):
            return
        last = {found[1]: found.start() for found in _QUALIFIER.finditer(text)} if used else {}
        for alias, use in used.items():
            if last.get(alias, 0) < use.span.end and module.uses[alias].complete:
                self.report.tell(findings.modules.UnusedUse(alias), module.source, use.span)

    # Harnesses

    def check_harnesses(self, module: Module, declarer: Declarer, harnesses: list[tree.Harness]) -> None:
        """Checks each after those it calls, for their effects; a cycle is reported once, at its first harness."""
        by_name = {harness.name.text: harness for harness in reversed(harnesses)}
        calls = {name: [call for call in called(harness) if call in by_name] for name, harness in by_name.items()}
        for cycle in cycles(calls):
            first = by_name[cycle[0]]
            related = [
                Related(f"calls `{callee}` here", Place(module.source, call_in(by_name[caller], callee)))
                for caller, callee in zip(cycle, [*cycle[1:], cycle[0]], strict=True)
            ]
            self.report.tell(
                findings.control.Recursion([*cycle, cycle[0]]), module.source, first.name.span, related=related
            )
        for name in callees_first(calls):
            self.check_harness(module, declarer, by_name[name])

    def check_harness(self, module: Module, declarer: Declarer, harness: tree.Harness) -> None:
        """Checks one harness, whose callees are checked, into its module."""
        signature = module.callables.get(harness.name.text)
        if signature is None or signature.span != harness.name.span:
            return
        scope = self._scope(module, declarer.unread)
        scope.place = harness.span
        definitions = Definitions(self.report, module)
        for parameter in harness.parameters:
            definitions.define(parameter.name)
        put_inputs_in_scope(scope, signature)
        body = self.body(scope, declarer, definitions)
        check_statements(body, signature, harness, harness.body)

        def check_again(report: Report, nodes: Sequence[tree.Node]) -> None:
            scope = self._scope(module, declarer.unread)
            put_inputs_in_scope(scope, signature)
            again = Body(report, scope, Declarer(report, module, declarer.unread), Definitions(report, module))
            check_statements(again, signature, harness, unannotated(harness.body, nodes))

        doubt_annotations(self.report, body.disagreeing, check_again)
        effects = effects_of(body)
        if scope.unresolved:
            module.unresolved[signature.name] = frozenset(scope.unresolved)
        result = UNKNOWN if self.report.found("result-disagrees", module.source, harness.span) else signature.result
        module.callables[signature.name] = signature._replace(effects=effects, result=result)
        if harness.returned is not None:
            typed = TypedHarness(
                module.callables[signature.name],
                tuple(body.nodes),
                body.fields.called(harness.returned),
                body.budget.limits,
                body.budget.per,
            )
            module.harnesses[signature.name] = typed
            if self._whole.is_whole(module, typed, harness):
                self._whole.check(module, typed, body.budget.span)
        report_unused(self.report, body, signature, harness)

    def body(self, scope: Scope, declarer: Declarer, definitions: Definitions) -> Body:
        """What checks one body; an editor's remembers what it found before."""
        return Body(self.report, scope, declarer, definitions)

    def _scope(self, module: Module, unread: frozenset[str]) -> Scope:
        return Scope(module, self.library.get(PRELUDE), constants=dict(module.dims), unread=unread)

    def _test(self, module: Module, declarer: Declarer, test: tree.Test) -> None:
        scope = self._scope(module, declarer.unread)
        scope.place = test.span
        body = self.body(scope, declarer, Definitions(self.report, module))
        expected = check_expectations(body, test.statements)

        def check_again(report: Report, nodes: Sequence[tree.Node]) -> None:
            scope = self._scope(module, declarer.unread)
            again = Body(report, scope, Declarer(report, module, declarer.unread), Definitions(report, module))
            check_expectations(again, unannotated(test.statements, nodes))

        doubt_annotations(self.report, body.disagreeing, check_again)
        has_expect = any(isinstance(statement, tree.Expect) for statement in test.statements)
        if not has_expect and not self.report.has_errors_in(module.source, test.span):
            self.report.tell(findings.bodies.TestWithoutExpect(test.name.text), module.source, test.name.span)
        report_unused(self.report, body, None, test)
        signature = Signature(test.name.text, module.path, (), (), SCORE, (), (), None, True, test.name.span)
        typed = TypedHarness(signature, tuple(body.nodes), "", {}, expectations=tuple(expected))
        if any(isinstance(each, tree.Given) for each in test.statements):
            typed = self._with_stubs(module, test, typed)
        if module.path in self.modules and next(iter(self.modules)) == module.path:
            self.tests[test.name.text] = typed

    def _with_stubs(self, module: Module, test: tree.Test, typed: TypedHarness) -> TypedHarness:
        """A test with what its stubs say; they are checked if nothing else is wrong with it."""
        from hdsl.check.stubs import check_stubs, stubs_of  # few files have stubs, and a check is short

        stubbed = typed._replace(stubs=stubs_of(self.report, module, test))
        is_sound = not self.report.has_errors_in(module.source, test.span)
        if stubbed.stubs and is_sound and is_typed_throughout(stubbed, test.statements):
            check_stubs(self.report, module, stubbed)
        return stubbed
