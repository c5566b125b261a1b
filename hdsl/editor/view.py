"""A checked file as the features of the editor look at it: what stands where, and what encloses it."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from functools import cached_property
from typing import TypeAlias

from hdsl.check.library import library
from hdsl.editor.positions import Positions
from hdsl.editor.symbols import Occurrence, Symbol, occurrences
from hdsl.editor.workspace import Analysis, Workspace
from hdsl.graph.cost import Bound, bounds
from hdsl.graph.inline import inline
from hdsl.graph.program import Program
from hdsl.graph.typed import Module, TypedHarness, TypedNode
from hdsl.syntax import tree

Enclosing: TypeAlias = tree.Harness | tree.Test


class View:
    """One analysis, with what is worked out of it when a feature needs it."""

    def __init__(self, workspace: Workspace, analysis: Analysis, encoding: str) -> None:
        self.workspace = workspace
        self.analysis = analysis
        self.positions = Positions(analysis.source, analysis.text, encoding)
        self._programs: dict[str, Program] = {}

    @property
    def uri(self) -> str:
        """The URI of the file."""
        return self.workspace.documents.uri(self.analysis.path)

    @property
    def module(self) -> Module:
        """What the file declares."""
        return self.analysis.module

    @cached_property
    def occurrences(self) -> list[Occurrence]:
        """All names of the file that stand for something, in order."""
        return occurrences(self.workspace, self.analysis)

    @cached_property
    def _starts(self) -> list[int]:
        return [each.span.start for each in self.occurrences]

    def occurrence(self, offset: int) -> Occurrence | None:
        """The name at an offset, or the one that ends there."""
        at = bisect_right(self._starts, offset)
        for each in reversed(self.occurrences[max(0, at - 2) : at]):
            if each.span.start <= offset <= each.span.end:
                return each
        return None

    def item(self, offset: int) -> tree.Item | None:
        """The declaration around an offset; one that has no end yet goes on to the next."""
        found: tree.Item | None = None
        for item in self.analysis.parsed.file.items:
            if item.span.start > offset:
                break
            found = item
        if found is None or offset <= found.span.end:
            return found
        is_open = isinstance(found, Enclosing) and not self.analysis.source.text[: found.span.end].endswith("}")
        return found if is_open else None

    def module_of(self, symbol: Symbol) -> Module | None:
        """The module that declares a symbol."""
        if symbol.module == self.module.path:
            return self.module
        if symbol.module in library():
            return library()[symbol.module]
        analysis = self.workspace.analysis(symbol.module)
        return None if analysis is None else analysis.module

    def body(self, item: Enclosing) -> TypedHarness | None:
        """What was inferred of a harness or a test, as far as it was checked."""
        if isinstance(item, tree.Test):
            return self.analysis.tests.get(item.name.text)
        return self.module.harnesses.get(item.name.text)

    @cached_property
    def typed(self) -> dict[int, TypedNode]:
        """The inferred nodes of the file by where they begin."""
        bodies = [*self.module.harnesses.values(), *self.analysis.tests.values()]
        return {node.span.start: node for body in bodies for node in body.nodes}

    def bound(self, harness: str, node: str = "") -> tuple[Bound, Bound] | None:
        """What a harness, or a node of it, costs at most: in its dimensions, and with their defaults."""
        if harness not in self.module.sound or harness not in self.module.harnesses:
            return None
        program = self._programs.get(harness)
        if program is None:
            program = self._programs[harness] = inline(self.module, self.module.harnesses[harness])
        sizes = {name: size for name, size in program.dimensions.items() if isinstance(size, int)}
        total, each = bounds(program, within="" if node in program.nodes else node)
        bound = each.get(node, Bound()) if node in program.nodes else total
        return bound, bound.at(sizes)


def statements_of(item: tree.Item | None) -> Sequence[tree.Statement | tree.TestStatement]:
    """The statements of a harness or a test."""
    if isinstance(item, tree.Harness):
        return item.body
    return item.statements if isinstance(item, tree.Test) else ()
