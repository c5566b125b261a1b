"""Checks of harnesses without errors, each with all it calls: effects, budgets, commands."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from hdsl.check import findings
from hdsl.check.budgets import check_budgets
from hdsl.check.commands import check_commands
from hdsl.check.effects import check_effects
from hdsl.check.limits import MOST_INLINED
from hdsl.check.report import Report
from hdsl.graph.inline import MOST_NODES, ProgramTooLarge, inline
from hdsl.graph.program import Program
from hdsl.graph.typed import CallOf, ExperienceTable, FieldOf, Module, TypedHarness
from hdsl.syntax import tree
from hdsl.syntax.parsed import Parsed
from hdsl.syntax.source import Source
from hdsl.syntax.tree import Span


def is_typed_throughout(typed: TypedHarness, statements: Sequence[tree.Statement | tree.TestStatement]) -> bool:
    """Whether each statement of a body that makes a node has made one; a field that is read is a node beside those."""
    wanted = sum(isinstance(statement, tree.Node | tree.Expect) for statement in statements)
    return wanted == sum(not isinstance(node.value, FieldOf) for node in typed.nodes)


class WholeHarnesses:
    """Checks the harnesses of one check that are whole; `parsed` and `modules` grow while it goes on."""

    def __init__(
        self,
        report: Report,
        parsed: Mapping[str, Parsed],
        modules: Mapping[str, Module],
        library: Mapping[str, Module],
    ) -> None:
        self.report = report
        self.parsed = parsed
        self.modules = modules
        self.library = library
        self._inlined = 0

    def is_whole(self, module: Module, typed: TypedHarness, harness: tree.Harness) -> bool:
        """Whether a harness, and all it calls, has no errors."""
        parameters = len(typed.signature.inputs) + len(typed.signature.options)
        whole = is_typed_throughout(typed, harness.body) and parameters == len(harness.parameters)
        if not whole or self.report.has_errors_in(module.source, harness.span):
            return False
        modules = module.reachable
        called = [node.value.signature for node in typed.nodes if isinstance(node.value, CallOf)]
        return all(
            not signature.is_harness
            or (signature.module in modules and signature.name in modules[signature.module].sound)
            for signature in called
        )

    def check(self, module: Module, typed: TypedHarness, budget: Span | None) -> None:
        """Checks a harness that is whole; `budget` is where its own one stands."""
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
            check_budgets(self.report, module, typed, budget, inlined)
            check_commands(self.report, module, typed, inlined, self._written_rows)
        except ProgramTooLarge as reason:
            self.report.tell(findings.modules.HarnessTooLarge(str(reason)), module.source, signature.span)
        else:
            module.sound.add(signature.name)

    def _written_rows(self, table: ExperienceTable) -> tuple[Source, tuple[tree.Row, ...]]:
        """The rows of a table that stand in its file."""
        parsed = self.parsed.get(table.module)
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
