"""A harness file as a Python package: a typed function for each harness, which runs it."""

from __future__ import annotations

import json
import keyword
import sys
from collections.abc import Iterator
from pathlib import Path

from hdsl import __version__
from hdsl.adapt.bundle import HARNESS, Bundle
from hdsl.adapt.harness_tool import documentation_of, text_inputs
from hdsl.adapt.json_schema import is_single
from hdsl.adapt.python_text import Names, docstring, identifier, literal
from hdsl.adapt.writing import FACTS, File, text_file
from hdsl.graph.program import Program
from hdsl.graph.shapes import Shape
from hdsl.graph.types import Type
from hdsl.ground.display import one_line
from hdsl.structure.structures import Choice, ListOf, Plain, Record, Structure

_PLAIN = {"text": "str", "int": "int", "float": "float", "bool": "bool"}
_OPTIONS = {"str": "str", "int": "int", "float": "float", "bool": "bool", "dim": "int"}
_SUFFIX = "harness"
_WIDTH = 100
_NEEDED = frozenset({"hdsl", "torch", "numpy", "lark", "networkx", "aiohttp", "regex", "rich", "matplotlib", "mcp"})
"""Modules that running a harness imports: a package that is called as one of them would be imported in its place."""
_TYPING = ("Any", "Literal", "NotRequired", "TypedDict", "cast")
_MODULE_NAMES = frozenset(
    {*keyword.kwlist, *_TYPING, "CallFailed", "FILE", "Path", "annotations", "call", "list", *_PLAIN.values()}
)
"""What the module uses by these names."""


def package_name(bundle: Bundle) -> str:
    """What the package is called: as the file is, where that hides no module that Python or hdsl needs."""
    name = identifier(Path(bundle.main).stem).strip("_") or _SUFFIX
    name = f"{_SUFFIX}_{name}" if name[0].isdigit() else name
    is_taken = keyword.iskeyword(name) or name.lower() in sys.stdlib_module_names or name.lower() in _NEEDED
    return f"{name}_{_SUFFIX}" if is_taken else name


def package_files(bundle: Bundle) -> dict[str, File]:
    """The files of a project with the package in it."""
    name = package_name(bundle)
    facts = text_file(json.dumps(bundle.facts(), ensure_ascii=False, indent=2) + "\n")
    return {
        "pyproject.toml": text_file(_project(name, bundle)),
        FACTS: facts,
        f"{name}/__init__.py": text_file(_module(bundle)),
        f"{name}/py.typed": text_file(""),
        **{f"{name}/{HARNESS}/{path}": File(content) for path, content in bundle.files.items()},
    }


def _project(name: str, bundle: Bundle) -> str:
    said = one_line(documentation_of(bundle.programs[0]) or f"Harnesses of {bundle.main}", _WIDTH)
    licence = "" if bundle.licence == "unstated" else f"license = {json.dumps(bundle.licence)}\n"
    return f"""[build-system]
requires = ["hatchling"]
build-backend = "hatchling.build"

[project]
name = {json.dumps(name.replace("_", "-"))}
version = "0.1.0+{bundle.hash[:12]}"
description = {json.dumps(said, ensure_ascii=False)}
{licence}requires-python = ">=3.11"
dependencies = ["hdsl[run]=={__version__}"]

[tool.hatch.build.targets.wheel]
packages = [{json.dumps(name)}]
"""


def _module(bundle: Bundle) -> str:
    names = Names(_MODULE_NAMES)
    functions = {program.name: names.new(program.name) for program in bundle.programs}
    types = _Types(names)
    lines = [line for program in bundle.programs for line in _function(program, functions[program.name], types)]
    head = [
        docstring(
            f"The harnesses of {one_line(bundle.main)}, as functions. Made by `hdsl export`, from {bundle.hash[:12]}."
        ),
        "",
        "from __future__ import annotations",
        "",
        "from pathlib import Path",
        f"from typing import {', '.join(_TYPING)}",
        "",
        "from hdsl.adapt.calling import CallFailed, call",
        "",
        f"__all__ = {['CallFailed', *functions.values()]!r}",
        f"FILE = Path(__file__).with_name({HARNESS!r}).joinpath({bundle.main!r})",
        "",
        "",
    ]
    return "\n".join([*head, *types.lines, *lines]).rstrip() + "\n"


def _function(program: Program, function: str, types: _Types) -> Iterator[str]:
    """The function of a harness. A parameter whose name means something else in it ends with `_`."""
    result = program.nodes[program.result]
    gives = _shaped(types.of(result.type), result.shape, is_result=True)
    inputs = [(each, _shaped(types.of(each.type), each.shape)) for each in text_inputs(program)]  # type: ignore[arg-type]
    names = Names({*_MODULE_NAMES, *types.names, "kernel"})
    given_names = [*(each.name for each, _ in inputs), *(each.name for each in program.options)]
    parameters = {name: names.new(name) for name in given_names}
    parts = [f"{parameters[each.name]}: {kind}" for each, kind in inputs]
    options = []
    for each in program.options:
        kind = _OPTIONS[str(each.kind)]
        has_default = each.required or each.default is not None
        default = "" if each.required else f" = {literal(each.default)}"
        options.append(f"{parameters[each.name]}: {kind if has_default else f'{kind} | None'}{default}")
    given = ", ".join(f"{name!r}: {parameter}" for name, parameter in parameters.items())
    said = one_line(documentation_of(program) or f"Runs the harness {program.name}.", _WIDTH)
    signature = ", ".join([*parts, "*", *options, "kernel: str | None = None"])
    yield f"def {function}({signature}) -> {gives}:"
    yield f"    {docstring(said)}"
    yield f"    return cast({gives!r}, call(FILE, {program.name!r}, {{{given}}}, kernel=kernel))"
    yield ""
    yield ""


def _shaped(element: str, shape: Shape, *, is_result: bool = False) -> str:
    if is_single(shape):
        return element
    shaped = f"{element} | None" if is_result else element
    for _ in shape:
        shaped = f"list[{shaped}]"
    return shaped


class _Types:
    """The types of the language as Python's: labels are literals, records are typed dictionaries."""

    def __init__(self, names: Names) -> None:
        self.lines: list[str] = []
        self.names: list[str] = []
        self._given = names
        self._records: dict[Record, str] = {}

    def of(self, kind: Type) -> str:
        if kind.kind == "score":
            return "float"
        return "str" if kind.structure is None else self._structure(kind.structure)

    def _structure(self, structure: Structure) -> str:
        match structure:
            case Plain(kind=kind):
                return _PLAIN[kind]
            case ListOf(item=item):
                return f"list[{self._structure(item)}]"
            case Choice(has_payload=True):
                return "str"
            case Choice(texts=texts):
                return f"Literal[{', '.join(map(repr, texts))}]"
            case Record():
                return self._record(structure)

    def _record(self, record: Record) -> str:
        if record not in self._records:
            name = self._records[record] = self._given.new(record.name or "Given")
            self.names.append(name)
            fields = {
                each.name: f"NotRequired[{kind}]" if each.optional else kind
                for each, kind in ((each, self._structure(each.structure)) for each in record.fields)
            }
            inner = ", ".join(f"{key!r}: {kind}" for key, kind in fields.items())
            self.lines += [f"{name} = TypedDict({name!r}, {{{inner}}})", ""]
        return self._records[record]
