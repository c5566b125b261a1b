"""The nodes of a program as Python: a line each, and the names that these need."""

from __future__ import annotations

import math
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from hdsl.adapt.python_text import Names, call_lines, literal
from hdsl.check.library import library_entries
from hdsl.check.names import is_of_library
from hdsl.configuration.entry_points import NO_ENTRIES, check_entry, is_ours
from hdsl.graph.model_options import MODEL_OPTIONS, model_options_of, options_of_model
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
from hdsl.graph.ranges import Range, range_of
from hdsl.graph.shapes import Shape
from hdsl.graph.signature import Signature
from hdsl.graph.typed import DimensionHole, InputHole, OptionReference
from hdsl.graph.types import MASK, SCORE, SESSION, TEXT, Type
from hdsl.ground.display import one_line
from hdsl.ops.marks import BY_TOOL
from hdsl.run.entries import entry_rules_of, load_entry
from hdsl.run.lower import SHOWN, gives_of_its_own, needed_by, uncaught

BUILT_IN = {TEXT: "TEXT", SESSION: "SESSION", MASK: "MASK", SCORE: "SCORE"}
_MODEL_RANGES: Mapping[str, Range | None] = {
    name: Range(1) if option.kind == "str" else None if option.minimum is None else Range(option.minimum)
    for name, option in MODEL_OPTIONS.items()
}
"""What an option of a model's node may be, as far as it is not written as a literal."""


class NodeWriter:
    """Writes nodes one after the other, and notes what they need: imports, types, functions of the user.

    `out`: the file that it is written for. `names`: gives out the names of the module.
    """

    def __init__(self, program: Program, out: Path, names: Names) -> None:
        self.program = program
        self.out = out
        self.names = names
        self.needed = needed_by(program, [program.result])
        self.uncaught = uncaught(program, [program.result])
        self.imports: dict[tuple[str, str], str] = {}
        """Functions of operations, by their modules and names: what they are called here."""
        self.types: dict[Type, str] = {}
        self.own: list[str] = []
        """The lines that load functions of the user."""
        self.variables: dict[str, str] = {}
        self.sizes = {name: names.new(name.replace("*", "all_")) for name in program.dimensions}
        self.finds_files = False
        """Whether something is found by its place from the emitted file."""
        self._of_files: dict[tuple[str, str], str] = {}

    def statements(self) -> Iterator[str]:
        """The lines of all nodes that the result needs."""
        for number, node in enumerate(self.program.nodes.values()):
            if node.path in self.needed:
                yield from self._statement(number, node)

    def type_name(self, kind: Type) -> str:
        """What a type is called."""
        if kind in BUILT_IN:
            return BUILT_IN[kind]
        if kind not in self.types:
            self.types[kind] = self.names.new(re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", kind.name).upper())
        return self.types[kind]

    def _shape(self, shape: Shape) -> str:
        return "[" + ", ".join(str(each) if isinstance(each, int) else self.sizes[each] for each in shape) + "]"

    def _statement(self, number: int, node: Node) -> Iterator[str]:
        is_input = any(wanted.name == node.path for wanted in self.program.inputs)
        said = "" if is_input else node.source.documentation(node.span.start)
        if said:
            yield f"    # {one_line(said, 110)}"
        name, parts = self._made(number, node)
        variable = self.variables[node.path] = self.names.new(node.path)
        yield from call_lines(f"    {variable} = run.{name}", parts)

    def _made(self, number: int, node: Node) -> tuple[str, list[str]]:
        """How a node is made: by which call, and its arguments."""
        path, shape, kind = repr(node.path), self._shape(node.shape), self.type_name(node.type)
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
            f"{name!r}: {self._option(value, _range(signature, name))}"
            for name, value in node.options.items()
            if name not in of_model
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
        parts += [
            f"{name}={self._option(value, _MODEL_RANGES[name])}" for name, value in model_options_of(node).items()
        ]
        purpose = self._purpose(node) if "llm" in effects.split() else ""
        parts += [f"purpose={purpose!r}"] if purpose else []
        if is_ours(signature.entry or "") and getattr(load_entry(signature, NO_ENTRIES), BY_TOOL, False):
            beside = _from(Path(signature.module), self.out)
            parts.append(f"operation={signature.name!r}, declared_in=beside({beside!r})")
            self.finds_files = True
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
            self.imports[key] = self.names.new(function)
        elif file is not None and key not in self._of_files:
            name = self._of_files[key] = self.names.new(function)
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

    def _option(self, value: Any, allowed: Range | None = None) -> str:
        if isinstance(value, OptionReference):
            limits = [] if allowed is None else [f"{each:g}" for each in allowed if math.isfinite(each)]
            return f"run.option({', '.join([repr(value.name), *limits])})"
        return self._shape(value) if isinstance(value, tuple) else literal(value)


def _range(signature: Signature, name: str) -> Range | None:
    """The values that the option of an operation may have."""
    option = signature.option(name)
    return None if option is None else range_of(signature, option)


def _effects(node: Node) -> str:
    return " ".join(sorted({effect.name for effect in node.effects}))


def _from(file: Path, out: Path) -> str:
    """The path of a file from where the emitted one lies."""
    return Path(os.path.relpath(file.resolve(), out.resolve().parent)).as_posix()
