"""Checks whole files: modules in the order they use each other, harnesses in the order they call each other."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from hdsl.check.annotations import doubt_annotations, unannotated
from hdsl.check.body import Body
from hdsl.check.budgets import check_budgets
from hdsl.check.commands import check_commands
from hdsl.check.contracts import check_train, check_version
from hdsl.check.declarations import Declarer, dimension_names
from hdsl.check.diagnostic import Diagnostic, Place, Related
from hdsl.check.effects import check_effects
from hdsl.check.entry_points import check_entry_points
from hdsl.check.findings.bodies import ExpectAScore, ResultDisagrees, TestWithoutExpect
from hdsl.check.findings.control import Recursion
from hdsl.check.findings.modules import ModuleCycle, UnusedUse
from hdsl.check.findings.names import DefinedTwice
from hdsl.check.library import PRELUDE, library
from hdsl.check.limits import DEEPEST_USE, MOST_ERRORS, MOST_INLINED
from hdsl.check.names import Definitions
from hdsl.check.project import Project, standard_modules
from hdsl.check.report import Report, TooManyErrors
from hdsl.check.scope import Scope, Value, parameter_signature
from hdsl.check.spelling import closest
from hdsl.check.suppressions import judged
from hdsl.check.syntax import check_directions, check_escapes, check_numbers
from hdsl.check.unused import report_unused
from hdsl.entry_points import EntryRules
from hdsl.graph.inline import MOST_NODES, ProgramTooLarge, inline
from hdsl.graph.program import Program
from hdsl.graph.signature import Effect, OperationOf, Signature
from hdsl.graph.typed import CallOf, ExperienceTable, Module, TypedHarness, TypedNode
from hdsl.graph.types import SCORE, UNKNOWN, is_usable
from hdsl.syntax import tree
from hdsl.syntax.collector import collector_paused
from hdsl.syntax.source import Source


class Checked:
    """A checked file: its module, and all that was found in it and in the files it uses."""

    def __init__(
        self,
        module: Module | None,
        tests: dict[str, TypedHarness],
        diagnostics: tuple[Diagnostic, ...],
        files: list[str],
    ) -> None:
        self.module = module
        self.tests = tests
        self.diagnostics = diagnostics
        self.has_errors = any(diagnostic.severity == "error" for diagnostic in diagnostics)
        self.files = files


def check_file(
    path: Path,
    shown: str | None = None,
    levels: Mapping[str, str] | None = None,
    entries: EntryRules | None = None,
) -> Checked:
    """Checks one file and what it uses, at the levels given to codes. OSError where it cannot be opened.

    `entries`: which entry points these files may name; by default what the configuration above the file says. Give
    `NO_ENTRIES` for a file that a model or a stranger wrote.
    """
    checker = Checker(Report(), entries=entries)
    module = checker.check(path, shown or str(path))
    return Checked(module, checker.tests, checker.judged(levels), list(checker.project.parsed))


class Checker:
    """Checks files into one report; each file once."""

    def __init__(
        self,
        report: Report,
        modules: dict[str, Module] | None = None,
        project: Project | None = None,
        entries: EntryRules | None = None,
    ) -> None:
        """`modules`: the standard library as far as it is checked, where the library itself is being checked.

        `project`: where the files come from, where that is not the disk alone. `entries`: see `check_file`.
        """
        self._entries = entries
        self.report = report
        report.most_errors = MOST_ERRORS
        self.library: Mapping[str, Module] = library() if modules is None else modules
        self._building = modules
        self.project = project or Project(report)
        self.modules: dict[str, Module] = {}
        self.tests: dict[str, TypedHarness] = {}
        self._open: list[str] = []
        self._inlined = 0
        self._by_file: dict[Path, Module] = {}
        self._paths: dict[str, Path] = {}

    def check(self, path: Path, shown: str) -> Module | None:
        """The module of a file with everything in it checked; None where it is no text. OSError as `open`."""
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
        check_escapes(self.report, module.source)
        check_numbers(self.report, module.source)
        check_directions(self.report, module.source)
        used = self._uses(module, parsed.file)
        declarer = Declarer(self.report, module, parsed.unread)
        declarer.declare(parsed.file)
        if self._building is None and any(isinstance(item, tree.Operation) for item in parsed.file.items):
            check_entry_points(self.report, module, parsed.file, self._entry_rules())
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
            from hdsl.settings import SettingsError, entry_rules  # most files declare no operation

            try:
                self._entries = entry_rules(Path(next(iter(self.modules))).parent)
            except SettingsError:  # whoever reads the configuration says so
                self._entries = EntryRules()
        return self._entries

    def _named_once(self, module: Module, first: tree.Text, name: tree.Text) -> None:
        """Reports a second test of one name: results are told by it."""
        if first is not name:
            related = Related("the first test of this name is here", Place(module.source, first.span))
            self.report.tell(DefinedTwice(name.text), module.source, name.span, related=[related])

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
            self.report.tell(ModuleCycle([*opened[begin:], opened[begin]]), place.source, place.span)
            return Module(shown, place.source, path.stem, complete=False)
        known = self._by_file.get(resolved)
        if known is not None:
            return known
        if len(opened) > DEEPEST_USE:
            reason = f"more than {DEEPEST_USE} files use each other in a chain"
            self.report.add("beyond-limits", place.source, place.span, reason=reason)
            return Module(shown, place.source, path.stem, complete=False)
        self._open.append(shown)
        module: Module | None = None
        try:
            module = self._checked(path, shown)
        except OSError as error:
            self.report.add(
                "unreadable-file", place.source, place.span, path=shown, reason=error.strerror or "unreadable"
            )
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
        for alias, use in used.items():
            if f"{alias}." not in text[use.span.end :] and module.uses[alias].complete:
                self.report.tell(UnusedUse(alias), module.source, use.span)

    # Harnesses

    def check_harnesses(self, module: Module, declarer: Declarer, harnesses: list[tree.Harness]) -> None:
        """Checks each after those it calls, for their effects; a cycle is reported once, at its first harness."""
        by_name = {harness.name.text: harness for harness in reversed(harnesses)}
        calls = {name: [call for call in _called(harness) if call in by_name] for name, harness in by_name.items()}
        for cycle in _cycles(calls):
            first = by_name[cycle[0]]
            related = [
                Related(f"it calls `{callee}` here", Place(module.source, _call_in(by_name[caller], callee)))
                for caller, callee in zip(cycle, [*cycle[1:], cycle[0]], strict=True)
            ]
            self.report.tell(Recursion([*cycle, cycle[0]]), module.source, first.name.span, related=related)
        for name in _callees_first(calls):
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
        _put_inputs_in_scope(scope, signature)
        body = self.body(scope, declarer, definitions)
        self._statements(body, signature, harness, harness.body)

        def check_again(report: Report, nodes: Sequence[tree.Node]) -> None:
            scope = self._scope(module, declarer.unread)
            _put_inputs_in_scope(scope, signature)
            again = Body(report, scope, Declarer(report, module, declarer.unread), Definitions(report, module))
            self._statements(again, signature, harness, unannotated(harness.body, nodes))

        doubt_annotations(self.report, body.disagreeing, check_again)
        effects = _effects_of(body)
        if scope.unresolved:
            module.unresolved[signature.name] = frozenset(scope.unresolved)
        result = UNKNOWN if self.report.found("result-disagrees", module.source, harness.span) else signature.result
        module.callables[signature.name] = signature._replace(effects=effects, result=result)
        if harness.returned is not None:
            typed = TypedHarness(
                module.callables[signature.name],
                tuple(body.nodes),
                harness.returned.text,
                body.budget.limits,
                body.budget.per,
            )
            module.harnesses[signature.name] = typed
            if self._can_be_inlined(module, typed, harness):
                self._check_whole(module, typed, body)
        report_unused(self.report, body, signature, harness)

    def _check_whole(self, module: Module, typed: TypedHarness, body: Body) -> None:
        """Checks a harness without errors with all it calls."""
        found: list[Program] = []

        def inlined() -> Program:
            if not found:
                found.append(inline(module, typed))
                self._inlined += len(found[0].nodes)
                if self._inlined > MOST_INLINED:
                    raise ProgramTooLarge(f"with all they call, its harnesses have more than {MOST_INLINED:,} nodes")
            return found[0]

        signature = typed.signature
        try:
            if len(typed.nodes) > MOST_NODES:
                raise ProgramTooLarge(f"a harness has more than {MOST_NODES:,} nodes")
            check_effects(self.report, module, typed, inlined)
            check_budgets(self.report, module, typed, body.budget.span, inlined)
            check_commands(self.report, module, typed, self._written_rows)
        except ProgramTooLarge as reason:
            self.report.add("beyond-limits", module.source, signature.span, reason=str(reason))
        else:
            module.sound.add(signature.name)

    def _written_rows(self, table: ExperienceTable) -> tuple[Source, tuple[tree.Row, ...]]:
        """The rows of a table that stand in its file."""
        parsed = self.project.parsed.get(table.module)
        module = self.modules.get(table.module) or self.library.get(table.module)
        assert module is not None
        for item in () if parsed is None else parsed.file.items:
            if (
                isinstance(item, tree.Experience)
                and item.name.span == table.span
                and isinstance(item.source, tree.Rows)
            ):
                return module.source, item.source.rows
        return module.source, ()

    def _statements(
        self, body: Body, signature: Signature, harness: tree.Harness, statements: Sequence[tree.Statement]
    ) -> None:
        body.statements(statements)
        if harness.returned is not None:
            self._returned(body, signature, harness.result, harness.returned)

    def _can_be_inlined(self, module: Module, typed: TypedHarness, harness: tree.Harness) -> bool:
        """Whether a harness, and all it calls, has no errors."""
        nodes = sum(isinstance(statement, tree.Node) for statement in harness.body)
        whole = len(typed.nodes) == nodes and len(typed.signature.inputs) + len(typed.signature.options) == len(
            harness.parameters
        )
        if not whole or self.report.has_errors_in(module.source, harness.span):
            return False
        modules = module.reachable
        called = [node.value.signature for node in typed.nodes if isinstance(node.value, CallOf)]
        return all(
            not signature.is_harness
            or (signature.module in modules and signature.name in modules[signature.module].sound)
            for signature in called
        )

    def body(self, scope: Scope, declarer: Declarer, definitions: Definitions) -> Body:
        """What checks one body; an editor's remembers what it found before."""
        return Body(self.report, scope, declarer, definitions)

    def _scope(self, module: Module, unread: frozenset[str]) -> Scope:
        return Scope(module, self.library.get(PRELUDE), constants=dict(module.dims), unread=unread)

    def _returned(self, body: Body, signature: Signature, result: tree.TypeExpr, name: tree.Name) -> None:
        operand = body.operands.operand(name, "result")
        if not operand.known or not isinstance(operand.type, type(signature.result)) or operand.shape is None:
            return
        if signature.result == UNKNOWN:
            return
        if not is_usable(operand.type, signature.result) or operand.shape != signature.shape:
            source = body.source
            related = [
                Related("the harness declares this result", Place(source, result.span)),
                Related(f"`{name.text}` comes from here", Place(source, operand.origin)),
            ]
            found = ResultDisagrees(name.text, result, operand.type, operand.shape, signature.result, signature.shape)
            body.report.tell(found, source, name.span, related=related)

    def _test(self, module: Module, declarer: Declarer, test: tree.Test) -> None:
        scope = self._scope(module, declarer.unread)
        scope.place = test.span
        body = self.body(scope, declarer, Definitions(self.report, module))
        expected = _expectations(body, test.statements)

        def check_again(report: Report, nodes: Sequence[tree.Node]) -> None:
            scope = self._scope(module, declarer.unread)
            again = Body(report, scope, Declarer(report, module, declarer.unread), Definitions(report, module))
            _expectations(again, unannotated(test.statements, nodes))

        doubt_annotations(self.report, body.disagreeing, check_again)
        has_expect = any(isinstance(statement, tree.Expect) for statement in test.statements)
        if not has_expect and not self.report.has_errors_in(module.source, test.span):
            self.report.tell(TestWithoutExpect(test.name.text), module.source, test.name.span)
        report_unused(self.report, body, None, test)
        signature = Signature(test.name.text, module.path, (), (), SCORE, (), (), None, True, test.name.span)
        if module.path in self.modules and next(iter(self.modules)) == module.path:
            self.tests[test.name.text] = TypedHarness(
                signature, tuple(body.nodes), "", {}, expectations=tuple(expected)
            )


def _expectations(body: Body, statements: Sequence[tree.Node | tree.Expect]) -> list[str]:
    """Checks the statements of a test; the names of what it expects, which are nodes like the others."""
    scope = body.scope
    for statement in statements:
        if isinstance(statement, tree.Node):
            scope.later[statement.name.text] = statement
    expected: list[str] = []
    for i, statement in enumerate(statements):
        if isinstance(statement, tree.Node):
            body.node(statement)
            continue
        scope.statement = statement.span
        result, typed, effects = body.call(statement.call, None)
        operation = statement.call.operation
        if result.type is not None and result.type.kind != "score":
            body.report.tell(ExpectAScore(operation.text), body.source, operation.span)
        elif typed is not None and result.type is not None and result.shape is not None:
            expected.append(f"expect {i}")
            body.nodes.append(TypedNode(expected[-1], typed, result.type, result.shape, effects, statement.span))
    return expected


def _put_inputs_in_scope(scope: Scope, signature: Signature) -> None:
    for wanted in signature.inputs:
        kind = None if wanted.type == UNKNOWN else wanted.type
        if kind is None:
            scope.unread |= {wanted.name}
        scope.values[wanted.name] = Value(kind, wanted.shape, wanted.span, is_input=True)
    for option in signature.options:
        if isinstance(option.kind, OperationOf):
            scope.operations[option.name] = parameter_signature(signature.module, option, option.kind)
        scope.options[option.name] = option
    scope.dimensions.update(dimension_names(signature))


def _effects_of(body: Body) -> tuple[Effect, ...]:
    """The union of the effects of a body's nodes, without the options that bound them."""
    found = {effect.name for node in body.nodes for effect in node.effects}
    return tuple(Effect(name) for name in ("llm", "read", "write", "open", "wait", "fails") if name in found)


def _called(harness: tree.Harness) -> list[str]:
    names: list[str] = []
    for statement in harness.body:
        if isinstance(statement, tree.Node) and isinstance(statement.value, tree.Call):
            names.append(statement.value.operation.text)
            for argument in statement.value.arguments:
                if isinstance(argument, tree.Option):
                    value = argument.value
                    if isinstance(value, tree.BoundOperation):
                        names.append(value.operation.text)
                    elif isinstance(value, tree.Name):
                        names.append(value.text)
    return names


def _call_in(harness: tree.Harness, callee: str) -> tree.Span:
    """The node of a harness that calls another."""
    return next(
        statement.span
        for statement in harness.body
        if isinstance(statement, tree.Node) and callee in _called(harness._replace(body=(statement,)))
    )


def _callees_first(calls: dict[str, list[str]]) -> list[str]:
    """Each name after those it calls; cycles are cut where they close. Without recursion: files may be long."""
    order: list[str] = []
    state: dict[str, int] = {}
    for root in calls:
        stack = [(root, iter(calls[root]))] if root not in state else []
        state.setdefault(root, 1)
        while stack:
            name, rest = stack[-1]
            following = next(rest, None)
            if following is None:
                order.append(name)
                stack.pop()
            elif following not in state:
                state[following] = 1
                stack.append((following, iter(calls[following])))
    return order


def _cycles(calls: dict[str, list[str]]) -> Iterable[list[str]]:
    """One cycle for each group of harnesses that call each other."""
    seen: set[str] = set()
    for root in calls:
        if root in seen:
            continue
        path: list[str] = []
        stack = [(root, iter(calls[root]))]
        on_path = {root: 0}
        path.append(root)
        seen.add(root)
        while stack:
            following = next(stack[-1][1], None)
            if following is None:
                stack.pop()
                on_path.pop(path.pop())
            elif following in on_path:
                yield path[on_path[following] :]
            elif following not in seen:
                seen.add(following)
                on_path[following] = len(path)
                path.append(following)
                stack.append((following, iter(calls[following])))
