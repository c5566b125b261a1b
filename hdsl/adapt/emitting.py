"""A checked program as Python that makes its nodes one by one, by `hdsl.adapt.emitted`."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from hdsl import __version__
from hdsl.adapt.emitted_nodes import BUILT_IN, NodeWriter
from hdsl.adapt.harness_tool import documentation_of
from hdsl.adapt.python_text import RESERVED, Names, bound_text, docstring, literal, type_text
from hdsl.experience.places import seed_rows
from hdsl.graph.cost import bounds
from hdsl.graph.program import (
    Program,
)
from hdsl.graph.typed import OptionReference
from hdsl.graph.types import Type
from hdsl.ground.display import one_line
from hdsl.run.asked import agents_of, model_named_by
from hdsl.run.runnable import source_hash

_IMPORTED: Mapping[str, Sequence[str]] = {
    "pathlib": ("Path",),
    "hdsl.adapt.emitted": (
        "Building",
        "Harness",
        "OptionNamed",
        "Shown",
        "Table",
        "function_beside",
        "option",
        "text_input",
    ),
    "hdsl.future.future_tensor": ("FutureTensor",),
    "hdsl.graph.program": ("Budget",),
    "hdsl.graph.types": (*sorted(BUILT_IN.values()), "type_of"),
    "hdsl.run.meter": ("UpperBound",),
    "hdsl.structure.structures": ("Choice", "ChoiceLabel", "Field", "ListOf", "Plain", "Record"),
}
"""What emitted Python may import beside the functions of operations, by its modules."""
_OWN = ("HARNESS", "TABLES", "beside", "main", "run", "sizes", "sys")
"""Names that emitted Python itself gives to something."""


def emitted_text(program: Program, project: Path, out: Path | None) -> str:
    """The Python of a program. `out`: where it will be, from where functions of the user are found.

    Raises what reading experience raises, and EntryRefused.
    """
    return _Emitting(program, project, out or Path("emitted.py")).text()


class _Emitting:
    def __init__(self, program: Program, project: Path, out: Path) -> None:
        self.program = program
        self.project = project
        names = Names({*RESERVED, *_OWN, *(name for names in _IMPORTED.values() for name in names)})
        self._function = names.new(program.name)
        self._nodes = NodeWriter(program, out, names)

    def text(self) -> str:
        """The whole module."""
        program, nodes = self.program, self._nodes
        body = list(nodes.statements())
        tables = list(self._tables())
        harness = list(self._harness())
        said = one_line(documentation_of(program), 400)
        declared = [
            *(
                ["def beside(file: str) -> str:", "    return str(Path(__file__).parent / file)", ""]
                * nodes.finds_files
            ),
            *nodes.own,
            *([""] if nodes.own else []),
            *(f"{name} = type_of({type_text(kind)})" for kind, name in nodes.types.items()),
            *([""] if nodes.types else []),
            *tables,
            "",
            f"def {self._function}(run: Building) -> FutureTensor:",
            f"    {docstring(said or program.name)}",
            *(f"    {variable} = run.size({name!r})" for name, variable in nodes.sizes.items()),
            *body,
            f"    return {nodes.variables[program.result]}",
            "",
            "",
            *harness,
            "",
            'if __name__ == "__main__":',
            "    from hdsl.cli.emitted import main",
            "",
            "    sys.exit(main(HARNESS))",
            "",
        ]
        lines = [docstring(self._head(said)), "", "import sys", "", *self._imports("\n".join(declared)), "", *declared]
        return "\n".join(lines)

    def _head(self, said: str) -> str:
        """What the emitted module says of itself."""
        name, shown = self.program.name, one_line(Path(self.program.module).name)
        about = f"`{name}` of {shown}, lowered to Python by hdsl {__version__}.{f' {said}' if said else ''}"
        origin = f"Made by `hdsl compile`, from {source_hash(self.program)[:16]}"
        return f"{about}\n\n{origin}; as a command it takes what `hdsl run {shown}` takes.\n"

    def _imports(self, text: str) -> Iterator[str]:
        """The imports that a text needs."""
        wanted = {
            module: [(name, name) for name in names if re.search(rf"\b{name}\b", text)]
            for module, names in _IMPORTED.items()
        }
        for (module, function), name in self._nodes.imports.items():
            wanted.setdefault(module, []).append((function, name))
        for module, names in sorted(wanted.items(), key=lambda each: (each[0].startswith("hdsl."), each[0])):
            if names:
                shown = sorted(name if name == alias else f"{name} as {alias}" for name, alias in names)
                yield f"from {module} import {', '.join(shown)}"

    def _tables(self) -> Iterator[str]:
        if not self.program.tables:
            return
        yield "TABLES = {"
        for key, table in self.program.tables.items():
            rows = seed_rows(table, self.project, Path(self.program.module))
            yield f"    {key!r}: Table("
            yield f"        {self._nodes.type_name(table.type.key)},"
            yield f"        {self._nodes.type_name(table.type.value)},"
            yield "        ["
            yield from (f"            {tuple(row)!r}," for row in rows)
            yield "        ],"
            yield "    ),"
        yield "}"
        yield ""

    def _harness(self) -> Iterator[str]:
        program = self.program
        yield "HARNESS = Harness("
        yield f"    name={program.name!r},"
        yield f"    file={program.module!r},"
        yield f"    sha256={source_hash(program)!r},"
        yield f"    result={program.result!r},"
        yield f"    build={self._function},"
        yield "    inputs=["
        for wanted in program.inputs:
            if isinstance(wanted.type, Type):
                kind = self._nodes.type_name(wanted.type)
                yield f"        text_input({wanted.name!r}, {list(wanted.shape)!r}, {kind}),"
        yield "    ],"
        if program.options:
            yield "    options=["
            for each in program.options:
                required = ", required=True" if each.required else ""
                yield f"        option({each.name!r}, {str(each.kind)!r}, {literal(each.default)}{required}),"
            yield "    ],"
        if program.tables:
            yield "    tables=TABLES,"
        if program.budgets:
            yield "    budgets=["
            yield from (f"        {budget!r}," for budget in program.budgets)
            yield "    ],"
        yield "    bounds={"
        for path in dict.fromkeys(["", *(budget.path for budget in program.budgets)]):
            yield f"        {path!r}: {bound_text(bounds(program, {}, within=path)[0])},"
        yield "    },"
        by_node = {
            path: str(each.llm_calls) for path, each in bounds(program)[1].items() if not each.llm_calls.is_nothing
        }
        yield f"    calls_by_node={by_node!r},"
        models = {path: model_named_by(node) for path, node in program.nodes.items()}
        if any(models.values()):
            shown = (f"{path!r}: {_model(model)}" for path, model in models.items() if model)
            yield f"    models={{{', '.join(shown)}}},"
        agents = agents_of(program)
        if agents:
            yield f"    agents={agents!r},"
        yield ")"


def _model(model: object) -> str:
    """The kernel that a node asks for by name."""
    return f"OptionNamed({model.name!r})" if isinstance(model, OptionReference) else repr(model)
