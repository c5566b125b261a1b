"""A harness as a skill: SKILL.md of portable keys, its most telling rows as a reference, a script that runs it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence

from hdsl.adapt.bundle import HARNESS, Bundle, TableFacts
from hdsl.adapt.harness_tool import documentation_of, text_inputs, tool_of
from hdsl.adapt.json_schema import is_single
from hdsl.adapt.python_text import docstring
from hdsl.adapt.skill_rules import MOST_LINES
from hdsl.adapt.writing import EXECUTABLE, FACTS, File, text_file
from hdsl.check.library import library
from hdsl.experience.row_changes import Rows
from hdsl.graph.cost import bounds
from hdsl.graph.program import Call, Node, Program
from hdsl.graph.shapes import shown_shape
from hdsl.graph.signature_text import shown_option
from hdsl.graph.types import Type, shown_type
from hdsl.ground.display import one_line, safe
from hdsl.retrieval.similarity import similarity
from hdsl.retrieval.tokens import tokens

_MOST_ROWS = 40
SCRIPT, ROWS = "scripts/run.py", "references/rows.md"
_LONGEST_DESCRIPTION = 1024
_LONGEST_TEXT = 600
_SCRIPT = """#!/usr/bin/env python3
{about}

import importlib.util
import os
import shutil
import sys
from pathlib import Path

FILE = Path(__file__).resolve().parents[1] / {folder!r} / {main!r}
words = ["run", str(FILE), "--harness", {name!r}, *sys.argv[1:]]
if importlib.util.find_spec("hdsl") is not None:
    os.execv(sys.executable, [sys.executable, "-m", "hdsl", *words])
program = shutil.which("hdsl")
if program is None:
    sys.exit("hdsl is not installed: pip install 'hdsl[run]'")
os.execv(program, [program, *words])
"""


def skill_name(program: Program) -> str:
    """The name of a harness's skill: small letters and digits, with single hyphens between them."""
    return re.sub(r"[^a-z0-9]+", "-", program.name.lower()).strip("-")[:64].strip("-") or "harness"


def skill_files(bundle: Bundle, program: Program) -> dict[str, File]:
    """The files of a skill's folder, by their names in it."""
    about = f"Runs the harness `{program.name}` of hdsl, with the options of `hdsl run`: `run.py {_usage(program)}`."
    script = _SCRIPT.format(about=docstring(about), folder=HARNESS, main=bundle.main, name=program.name)
    files = {
        "SKILL.md": text_file(skill_text(bundle, program)),
        SCRIPT: text_file(script, EXECUTABLE),
        FACTS: text_file(json.dumps(bundle.facts(), ensure_ascii=False, indent=2) + "\n"),
        **{f"{HARNESS}/{name}": File(content) for name, content in bundle.files.items()},
    }
    tables = bundle.tables_of(program)
    if tables:
        files[ROWS] = text_file(rows_page(program, tables))
    return files


def skill_text(bundle: Bundle, program: Program) -> str:
    """SKILL.md: what a client lists, and what it reads when it uses the skill."""
    rows = sum(len(table.rows) for table in bundle.tables_of(program))
    facts = bundle.facts()
    front = {
        "name": skill_name(program),
        "description": _description(program),
        "license": bundle.licence,
        "compatibility": "The script needs Python 3.11 and hdsl[run]; the instructions alone need nothing.",
    }
    metadata = {
        "hdsl-version": facts["hdsl"],
        "sha256": bundle.hash,
        "rows": str(rows),
        "rows-from": "; ".join(f"{table.name}: {table.source}" for table in bundle.tables_of(program)) or "none",
        "source-licence": bundle.licence,
    }
    head = [f"{key}: {_yaml(value)}" for key, value in front.items()]
    head += ["metadata:", *(f"  {key}: {_yaml(value)}" for key, value in metadata.items())]
    body = list(skill_body(program))
    if len(body) >= MOST_LINES:
        body = [*body[: MOST_LINES - 3], "", f"(More is in {HARNESS}/{bundle.main}.)"]
    return "\n".join(["---", *head, "---", "", *body]) + "\n"


def telling_rows(rows: Rows, most: int = _MOST_ROWS) -> list[int]:
    """The rows that stand for all others best: one after the other, that to which most of the rest is like."""
    if len(rows) <= most:
        return list(range(len(rows)))
    words = [frozenset(tokens(f"{query} {key}")) for query, key, _ in rows]
    nearness = [0.0] * len(rows)
    chosen: list[int] = []
    candidates = range(len(rows)) if len(rows) <= 1500 else range(0, len(rows), len(rows) // 1500 + 1)
    likeness = {each: [similarity(one, words[each]) for one in words] for each in candidates}
    while len(chosen) < most and len(chosen) < len(likeness):
        best = max(
            (each for each in likeness if each not in chosen),
            key=lambda each: sum(max(0.0, like - near) for like, near in zip(likeness[each], nearness, strict=True)),
        )
        chosen.append(best)
        nearness = [max(like, near) for like, near in zip(likeness[best], nearness, strict=True)]
    return sorted(chosen)


def _description(program: Program) -> str:
    said = documentation_of(program) or f"Runs the harness {program.name}."
    inputs = " and ".join(each.name.replace("_", " ") for each in text_inputs(program)) or "nothing"
    what = one_line(said, _LONGEST_DESCRIPTION - 200)
    when = one_line(f"Use it for work of this kind, given: {inputs}.", 190)
    return f"{what} {when}"


def skill_body(program: Program) -> Iterator[str]:
    """What an agent reads when it uses the skill, a line each."""
    tool = tool_of(program)
    yield f"# {program.name.replace('_', ' ').capitalize()}"
    yield ""
    yield safe(documentation_of(program)) or "A harness of hdsl: a graph that was checked before it runs."
    yield ""
    yield "## Run it"
    yield ""
    yield f"    python3 {SCRIPT} {_usage(program)}"
    yield ""
    yield "The result is printed; what it cost, and where the record is, stands on stderr. Exit code 0: done; 3: an"
    yield "element failed, and stderr says why; 4: its budget is spent; 5: no model can be reached."
    yield ""
    yield from _inputs(program)
    yield f"Result: {shown_type(program.nodes[program.result].type)}{shown_shape(program.nodes[program.result].shape)}."
    yield ""
    bound, _ = bounds(program, {name: size for name, size in program.dimensions.items() if isinstance(size, int)})
    calls = f"At most {bound.llm_calls} model calls." if not bound.llm_calls.is_nothing else "It asks no model."
    does = "It changes files or types into terminals." if tool.annotations["destructiveHint"] else "It changes nothing."
    yield f"{calls} {does}"
    yield ""
    yield "## Do it by hand"
    yield ""
    yield "Where it cannot be run, do what it does, in this order:"
    yield ""
    for number, node in enumerate(_telling_nodes(program), 1):
        yield from _step(number, node)
    if program.tables:
        yield ""
        yield f"{ROWS} has the examples that tell most of how it was done before: follow them."


def _inputs(program: Program) -> Iterator[str]:
    if text_inputs(program) or program.options:
        yield "| input | what it is |"
        yield "|---|---|"
        for wanted in text_inputs(program):
            several = "" if is_single(wanted.shape) else ", repeated for each element"
            yield f"| `--{wanted.name}` | {_cell(shown_type(wanted.type))}{several} |"
        for option in program.options:
            yield f"| `--{option.name}` | {_cell(shown_option(option))} |"
        yield ""
    for kind in {wanted.type for wanted in text_inputs(program) if isinstance(wanted.type, Type)}:
        yield from _type(kind)


def _type(kind: Type) -> Iterator[str]:
    if kind.labels and any(description for _, description in kind.labels):
        for label, description in kind.labels:
            yield f"- `{_cell(label)}`: {_cell(description)}"
        yield ""


def _telling_nodes(program: Program) -> list[Node]:
    """The nodes that say how the work is done: those that ask, judge or act."""
    found = []
    for node in program.nodes.values():
        effects = {effect.name for effect in node.effects}
        if isinstance(node.what, Call) and effects & {"llm", "write", "fails"}:
            found.append(node)
    return found


def _step(number: int, node: Node) -> Iterator[str]:
    said = node.source.documentation(node.span.start)
    task = node.options.get("task")
    says = " ".join(filter(None, [said, task if isinstance(task, str) else ""])) or _said_of_operation(node)
    yield f"{number}. **{node.path.replace('_', ' ')}**: {one_line(says, _LONGEST_TEXT)}"
    if node.type.labels:
        for label, description in node.type.labels:
            yield f"   - `{_cell(label)}`{': ' + _cell(description) if description else ''}"


def _said_of_operation(node: Node) -> str:
    """What the library says of a node's operation, with the options that are texts or numbers here."""
    assert isinstance(node.what, Call)
    signature = node.what.signature
    module = library().get(signature.module)
    said = "" if module is None else module.source.documentation(signature.span.start)
    options = [f"{name} {value}" for name, value in node.options.items() if isinstance(value, str | int | float)]
    shown = f" ({', '.join(options)})" if options else ""
    return f"{said or signature.name}{shown}"


def rows_page(program: Program, tables: Sequence[TableFacts]) -> str:
    """The rows that tell most, as a page."""
    lines = [f"# Examples of `{program.name}`", ""]
    for table in tables:
        chosen = telling_rows(table.rows, max(1, _MOST_ROWS // len(tables)))
        lines += [f"## {table.name}", "", f"{len(chosen)} of {len(table.rows)} rows ({table.source}).", ""]
        for number in chosen:
            _, key, value = table.rows[number]
            lines += [f"- Given: {_quoted(key)}", f"  Then: {_quoted(value)}"]
        lines.append("")
    return "\n".join(lines)


def _usage(program: Program) -> str:
    return " ".join(f'--{wanted.name} "…"' for wanted in text_inputs(program))


def _quoted(text: str) -> str:
    shown = one_line(text, _LONGEST_TEXT)
    marks = "`" * (max(map(len, re.findall("`+", shown)), default=0) + 1)
    return f"{marks} {shown} {marks}"


def _cell(text: str) -> str:
    return one_line(text, _LONGEST_TEXT).replace("|", "\\|")


def _yaml(text: str) -> str:
    """A text as YAML has it, in double quotes."""
    return json.dumps(one_line(text, _LONGEST_DESCRIPTION), ensure_ascii=False)
