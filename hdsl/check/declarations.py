"""Declarations of a file: types, dimensions, experiences and the signatures of operations and harnesses."""

from __future__ import annotations

from hdsl.check import findings
from hdsl.check.definitions import Definitions
from hdsl.check.report import Report
from hdsl.check.signatures import SignatureReader
from hdsl.check.type_declarations import TypeDeclarations
from hdsl.graph.typed import ExperienceTable, Module
from hdsl.syntax import tree


class Declarer(SignatureReader):
    """Reads the declarations of one module into it."""

    def __init__(self, report: Report, module: Module, unread: frozenset[str]) -> None:
        super().__init__(report, module, unread)
        self.values = Definitions(report, module)
        self.callables = Definitions(report, module)

    def declare(self, file: tree.File) -> None:
        """Declares all items; names of types may be used above their declaration."""
        self._preregister(file)
        declared = [item for item in file.items if isinstance(item, tree.TypeDeclaration | tree.RecordDeclaration)]
        TypeDeclarations(self, [item for item in declared if self._types.define(item.name)]).declare()
        for item in file.items:
            if isinstance(item, tree.DimConstant) and self.values.define(item.name):
                self.module.dims[item.name.text] = self.size(item.value, item.span)
        for item in file.items:
            if isinstance(item, tree.Experience) and self.values.define(item.name):
                self.module.experiences[item.name.text] = self.experience(item)
            elif isinstance(item, tree.Operation | tree.Harness) and self.callables.define(item.name):
                self.module.callables[item.name.text] = self.signature(item)

    def _preregister(self, file: tree.File) -> None:
        """Looks at what is defined twice, which hides the names that were meant."""
        items = file.items
        self._types.preregister(
            item.name.text for item in items if isinstance(item, tree.TypeDeclaration | tree.RecordDeclaration)
        )
        constants = (item for item in items if isinstance(item, tree.DimConstant | tree.Experience))
        self.values.preregister(item.name.text for item in constants)
        self.callables.preregister(item.name.text for item in items if isinstance(item, tree.Operation | tree.Harness))

    def experience(self, item: tree.Experience) -> ExperienceTable:
        """A table with its seed rows, each of three texts whose value is an answer of the value's type."""
        kind = self.experience_of(item.key, item.value)
        rows: list[tuple[str, str, str]] = []
        load: str | None = None
        if isinstance(item.source, tree.Load):
            load = item.source.path.text
            function = item.source.function
            if function.text != "load":
                self.report.tell(findings.declarations.OnlyLoad(function.text), self.module.source, function.span)
            else:
                from hdsl.check.seed_files import check_seed_file  # most tables have their rows in the module

                check_seed_file(self.report, self.module, item.source.path, kind)
        else:
            for row in item.source.rows:
                if len(row.values) != 3:
                    self.report.tell(findings.declarations.RowNotOfThree(len(row.values)), self.module.source, row.span)
                    continue
                query, key, value = row.values
                is_example = kind.key.record is not None and key.text
                shown = self.of_type(key, kind.key) if is_example else key.text
                rows.append((query.text, shown, self.of_type(value, kind.value)))
        return ExperienceTable(item.name.text, self.module.path, kind, tuple(rows), load, item.name.span)
