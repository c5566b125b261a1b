"""A harness file as a Python package: a typed function for each harness, which runs it."""

from __future__ import annotations

import json
import keyword
import re
from collections.abc import Iterator

from hdsl import __version__
from hdsl.adapt.bundle import HARNESS, Bundle
from hdsl.adapt.harness_tool import documentation_of, text_inputs
from hdsl.adapt.json_schema import is_single
from hdsl.adapt.writing import FACTS, File, text_file
from hdsl.graph.program import Program
from hdsl.graph.shapes import Shape
from hdsl.graph.types import Type
from hdsl.ground.display import one_line
from hdsl.structure.structures import Choice, ListOf, Plain, Record, Structure

_PLAIN = {"text": "str", "int": "int", "float": "float", "bool": "bool"}
_OPTIONS = {"str": "str", "int": "int", "float": "float", "bool": "bool", "dim": "int"}
_WIDTH = 100


def package_name(bundle: Bundle) -> str:
    """What the package is called: as the file is."""
    name = re.sub(r"\W", "_", bundle.main.rpartition("/")[2].removesuffix(".hg"))
    return f"{name}_" if keyword.iskeyword(name) or not name.isidentifier() else name


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
    types = _Types()
    functions = [part for program in bundle.programs for part in _function(program, types)]
    names = ", ".join(json.dumps(program.name) for program in bundle.programs)
    head = [
        f'"""The harnesses of {bundle.main}, as functions. Made by `hdsl export`, from {bundle.hash[:12]}."""',
        "",
        "from __future__ import annotations",
        "",
        "from pathlib import Path",
        "from typing import Any, Literal, NotRequired, TypedDict, cast",
        "",
        "from hdsl.adapt.calling import CallFailed, call",
        "",
        f'__all__ = ["CallFailed", {names}]',
        f'FILE = Path(__file__).with_name("{HARNESS}").joinpath({json.dumps(bundle.main)})',
        "",
        "",
    ]
    return "\n".join([*head, *types.lines, *functions]).rstrip() + "\n"


def _function(program: Program, types: _Types) -> Iterator[str]:
    result = program.nodes[program.result]
    parts = [f"{each.name}: {_shaped(types.of(each.type), each.shape)}" for each in text_inputs(program)]  # type: ignore[arg-type]
    options = [
        f"{each.name}: {_OPTIONS[str(each.kind)]}" + ("" if each.required else f" = {each.default!r}")
        if each.required or each.default is not None
        else f"{each.name}: {_OPTIONS[str(each.kind)]} | None = None"
        for each in program.options
    ]
    names = [each.name for each in text_inputs(program)] + [each.name for each in program.options]
    given = ", ".join(f'"{name}": {name}' for name in names)
    gives = _shaped(types.of(result.type), result.shape, is_result=True)
    said = one_line(documentation_of(program) or f"Runs the harness {program.name}.", _WIDTH).replace('"""', "'''")
    signature = ", ".join([*parts, "*", *options, "kernel: str | None = None"])
    yield f"def {program.name}({signature}) -> {gives}:"
    yield f"    {json.dumps(said, ensure_ascii=False)}"
    yield f'    return cast("{gives}", call(FILE, "{program.name}", {{{given}}}, kernel=kernel))'
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

    def __init__(self) -> None:
        self.lines: list[str] = []
        self._names: dict[Record, str] = {}

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
        if record not in self._names:
            base = re.sub(r"\W", "_", record.name) or "Given"
            name, number = base, 1
            while name in self._names.values():
                number += 1
                name = f"{base}{number}"
            self._names[record] = name
            fields = {
                each.name: f"NotRequired[{kind}]" if each.optional else kind
                for each, kind in ((each, self._structure(each.structure)) for each in record.fields)
            }
            inner = ", ".join(f"{json.dumps(key)}: {kind}" for key, kind in fields.items())
            self.lines += [f'{name} = TypedDict("{name}", {{{inner}}})', ""]
        return self._names[record]
