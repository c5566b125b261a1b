"""A checked program as Python that makes its nodes one by one, by `hdsl.adapt.emitted`."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from hdsl import __version__
from hdsl.adapt.harness_tool import documentation_of
from hdsl.adapt.python_text import RESERVED, Names, bound_text, call_lines, docstring, literal, type_text
from hdsl.check.library import library_entries
from hdsl.check.names import is_of_library
from hdsl.configuration.entry_points import NO_ENTRIES, check_entry, is_ours
from hdsl.experience.places import seed_rows
from hdsl.graph.cost import bounds
from hdsl.graph.model_options import model_options_of, options_of_model
from hdsl.graph.program import (
    Argument,
    Call,
    Constant,
    ConstantArgument,
    Field,
    HarnessInput,
    Index,
    Node,
    NodeArgument,
    OpenedSession,
    Program,
    Stubbed,
    Switch,
    TableArgument,
    Text,
)
from hdsl.graph.shapes import Shape
from hdsl.graph.typed import DimensionHole, InputHole, OptionReference
from hdsl.graph.types import MASK, SCORE, SESSION, TEXT, Type
from hdsl.ground.display import one_line
from hdsl.ops.marks import BY_TOOL
from hdsl.run.asked import models_of
from hdsl.run.entries import entry_rules_of, load_entry
from hdsl.run.lower import SHOWN, gives_of_its_own, needed_by, uncaught
from hdsl.run.runnable import source_hash

_BUILT_IN = {TEXT: "TEXT", SESSION: "SESSION", MASK: "MASK", SCORE: "SCORE"}
_IMPORTED: Mapping[str, Sequence[str]] = {
    "pathlib": ("Path",),
    "hdsl.adapt.emitted": ("Building", "Harness", "Shown", "Table", "function_beside", "option", "text_input"),
    "hdsl.future.future_tensor": ("FutureTensor",),
    "hdsl.graph.program": ("Budget",),
    "hdsl.graph.types": (*sorted(_BUILT_IN.values()), "type_of"),
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
        self.out = out
        self.needed = needed_by(program, [program.result])
        self.uncaught = uncaught(program, [program.result])
        self.imports: dict[tuple[str, str], str] = {}
        self.types: dict[Type, str] = {}
        self.own: list[str] = []
        self._names = Names({*RESERVED, *_OWN, *(name for names in _IMPORTED.values() for name in names)})
        self.variables: dict[str, str] = {}
        self.sizes: dict[str, str] = {}
        self._function = self._names.new(program.name)
        self._of_files: dict[tuple[str, str], str] = {}
        self._finds_files = False

    def text(self) -> str:
        program = self.program
        for name in program.dimensions:
            self.sizes[name] = self._names.new(name.replace("*", "all_"))
        body = [line for number, node in enumerate(program.nodes.values()) for line in self._statement(number, node)]
        tables = list(self._tables())
        harness = list(self._harness())
        said = one_line(documentation_of(program), 400)
        declared = [
            *(
                ["def beside(file: str) -> str:", "    return str(Path(__file__).parent / file)", ""]
                * self._finds_files
            ),
            *self.own,
            *([""] if self.own else []),
            *(f"{name} = type_of({type_text(kind)})" for kind, name in self.types.items()),
            *([""] if self.types else []),
            *tables,
            "",
            f"def {self._function}(run: Building) -> FutureTensor:",
            f"    {docstring(said or program.name)}",
            *(f"    {variable} = run.size({name!r})" for name, variable in self.sizes.items()),
            *body,
            f"    return {self.variables[program.result]}",
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
        for (module, function), name in self.imports.items():
            wanted.setdefault(module, []).append((function, name))
        for module, names in sorted(wanted.items(), key=lambda each: (each[0].startswith("hdsl."), each[0])):
            if names:
                shown = sorted(name if name == alias else f"{name} as {alias}" for name, alias in names)
                yield f"from {module} import {', '.join(shown)}"

    def _type(self, kind: Type) -> str:
        if kind in _BUILT_IN:
            return _BUILT_IN[kind]
        if kind not in self.types:
            self.types[kind] = self._names.new(re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", kind.name).upper())
        return self.types[kind]

    def _shape(self, shape: Shape) -> str:
        return "[" + ", ".join(str(each) if isinstance(each, int) else self.sizes[each] for each in shape) + "]"

    def _statement(self, number: int, node: Node) -> Iterator[str]:
        if node.path not in self.needed:
            return
        is_input = any(wanted.name == node.path for wanted in self.program.inputs)
        said = "" if is_input else node.source.documentation(node.span.start)
        if said:
            yield f"    # {one_line(said, 110)}"
        name, parts = self._made(number, node)
        variable = self.variables[node.path] = self._names.new(node.path)
        yield from call_lines(f"    {variable} = run.{name}", parts)

    def _made(self, number: int, node: Node) -> tuple[str, list[str]]:
        """How a node is made: by which call, and its arguments."""
        path, shape, kind = repr(node.path), self._shape(node.shape), self._type(node.type)
        typed = [] if kind == "TEXT" else [f"type={kind}"]
        caught = ["caught=True"] if node.path not in self.uncaught else []
        arguments = [self._argument(each) for each in node.arguments]
        more = [*typed, *caught]
        match node.what:
            case HarnessInput():
                return "input", [path, shape, *typed]
            case OpenedSession():
                return "session", [path, shape, *caught]
            case Constant():
                return "constant", [path, arguments[0], *more]
            case Switch(labels=labels):
                cases = [f"({label!r}, {branch})" for label, branch in zip(labels, arguments[1:], strict=True)]
                return "switch", [path, arguments[0], f"[{', '.join(cases)}]", shape, *more]
            case Index(items=items):
                shown = "[" + ", ".join("..." if each is ... else repr(each) for each in items) + "]"
                return "index", [path, arguments[0], shown, shape, *more]
            case Field(names=names):
                effects = [f"effects={_effects(node)!r}"] if node.effects else []
                return "field", [path, arguments[0], repr(tuple(names)), shape, *typed, *effects, *caught]
            case Text(parts=parts):
                shown = ", ".join(self._part(part, arguments) for part in parts)
                return "text", [path, f"[{shown}]", shape, *more]
            case Stubbed():
                raise AssertionError("only tests have stubs")
            case Call():
                return "call", self._operation(number, node, node.what, arguments, more)

    def _operation(
        self, number: int, node: Node, call: Call, arguments: Sequence[str], more: Sequence[str]
    ) -> list[str]:
        signature = call.signature
        of_model = options_of_model(signature, node.options)
        options = ", ".join(
            f"{name!r}: {self._option(value)}" for name, value in node.options.items() if name not in of_model
        )
        parts = [repr(node.path), self._function_of(call), f"[{', '.join(arguments)}]"]
        parts += [f"{{{options}}}"] if options else []
        parts += [f"shape={self._shape(node.shape)}", *(each for each in more if each.startswith("type="))]
        effects = _effects(node)
        parts += [f"effects={effects!r}"] if effects else []
        if not is_of_library(signature.module):
            parts += ["is_own=True", f"kind={signature.kind!r}"]
        if gives_of_its_own(node) and node.type.structure is not None:
            parts.append("is_read=True")
        if node.meaning.takes_turns or any(effect.name in SHOWN for effect in node.effects):
            parts.append(f"step={number}")
        parts += [each for each in more if each.startswith("caught=")]
        owed = self._owed(node)
        parts += [f"owed={owed}"] if owed else []
        parts += [f"{name}={self._option(value)}" for name, value in model_options_of(node).items()]
        purpose = self._purpose(node) if "llm" in effects.split() else ""
        parts += [f"purpose={purpose!r}"] if purpose else []
        if is_ours(signature.entry or "") and getattr(load_entry(signature, NO_ENTRIES), BY_TOOL, False):
            beside = _from(Path(signature.module), self.out)
            parts.append(f"operation={signature.name!r}, declared_in=beside({beside!r})")
            self._finds_files = True
        return parts

    def _owed(self, node: Node) -> str:
        """The seconds that what a node owes may wait, as an expression."""
        parts = []
        for stage in self.program.demands[node.path]:
            for access in stage.accesses if stage.is_owed else ():
                argument = node.arguments[access.input]
                if isinstance(argument, NodeArgument):
                    waits = [
                        " * ".join(
                            [*map(self._size, each.shape), f"float({self._option(each.options[effect.option])})"]
                        )
                        for each in (self.program.nodes[path] for path in needed_by(self.program, [argument.path]))
                        for effect in each.effects
                        if effect.name == "wait" and effect.option is not None
                    ]
                    parts.append(" + ".join(sorted(waits)) or "0.0")
        return parts[0] if len(parts) == 1 else f"max({', '.join(parts)})" if parts else ""

    def _size(self, dimension: int | str) -> str:
        return str(dimension) if isinstance(dimension, int) else self.sizes[dimension]

    def _purpose(self, node: Node) -> str:
        harness = self.program.harness_starts.get(node.path.rpartition(".")[0])
        starts = [start for start in (harness, node.span.start) if start is not None]
        return " ".join(filter(None, map(node.source.documentation, starts)))

    def _function_of(self, call: Call) -> str:
        signature = call.signature
        assert signature.entry is not None
        module, _, function = signature.entry.partition(":")
        rules = entry_rules_of(self.program.module)
        effects = frozenset(effect.name for effect in signature.effects)
        file = check_entry(signature.entry, effects, Path(signature.module).parent, rules, library_entries())
        key = (module if file is None else str(file), function)
        if key not in self.imports and file is None:
            self.imports[key] = self._names.new(function)
        elif file is not None and key not in self._of_files:
            name = self._of_files[key] = self._names.new(function)
            self.own.append(f"{name} = function_beside(__file__, {_from(file, self.out)!r}, {function!r})")
        return self.imports[key] if file is None else self._of_files[key]

    def _argument(self, argument: Argument) -> str:
        match argument:
            case NodeArgument(path=path):
                return self.variables[path]
            case TableArgument(key=key):
                return f"run.table({key!r})"
            case ConstantArgument(texts=texts, shape=shape):
                return f"run.texts({texts!r}, {self._shape(shape)})"
            case _:
                return "None"

    def _part(self, part: Any, arguments: Sequence[str]) -> str:
        match part:
            case InputHole(position=position):
                return arguments[position]
            case OptionReference(name=name):
                return f"Shown(run.option({name!r}))"
            case DimensionHole(dimension=dimension):
                return f"Shown({self._size(dimension)})"
            case _:
                return repr(part)

    def _option(self, value: Any) -> str:
        if isinstance(value, OptionReference):
            return f"run.option({value.name!r})"
        return self._shape(value) if isinstance(value, tuple) else literal(value)

    def _tables(self) -> Iterator[str]:
        if not self.program.tables:
            return
        yield "TABLES = {"
        for key, table in self.program.tables.items():
            rows = seed_rows(table, self.project, Path(self.program.module))
            yield f"    {key!r}: Table("
            yield f"        {self._type(table.type.key)},"
            yield f"        {self._type(table.type.value)},"
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
                yield f"        text_input({wanted.name!r}, {list(wanted.shape)!r}, {self._type(wanted.type)}),"
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
        models = models_of(program, {each.name: each.default for each in program.options})
        if models:
            yield f"    models={models!r},"
        yield ")"


def _effects(node: Node) -> str:
    return " ".join(sorted({effect.name for effect in node.effects}))


def _from(file: Path, out: Path) -> str:
    """The path of a file from where the emitted one lies."""
    return Path(os.path.relpath(file.resolve(), out.resolve().parent)).as_posix()
