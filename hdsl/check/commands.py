"""Rule of commands: texts in files that would be typed into a shell, and that the policy would not let through.

Which texts those are is followed backward from what writes to sessions: constants, and the values of the tables behind
the experts that answer there, as far as an answer is one of its rows.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from hdsl.check import findings
from hdsl.check.diagnostic import Place, Related
from hdsl.check.files import place_in
from hdsl.check.names import is_of_library
from hdsl.check.report import Report
from hdsl.configuration.search import search
from hdsl.experience.learned import learned_folder
from hdsl.graph.program import Call, ConstantArgument, Node, NodeArgument, Program, TableArgument, Text
from hdsl.graph.typed import ExperienceTable, InputHole, Module, TypedHarness
from hdsl.ground.labels import label_of, payload_of
from hdsl.policy.glance import is_plainly_harmless
from hdsl.syntax import tree
from hdsl.syntax.source import Source
from hdsl.syntax.tree import Span

if TYPE_CHECKING:
    from hdsl.policy.decision import Rules

_COMMAND = "command"
"""The option of operations that run a command beside a session."""

RowsOf = Callable[[ExperienceTable], tuple[Source, tuple[tree.Row, ...]]]
"""The rows of a table as they are written in its file."""


class _Typed(NamedTuple):
    """A text that may be typed, and where it stands."""

    text: str
    source: Source
    span: Span
    by: Node | None = None
    """The node that types it, where it stands elsewhere."""
    row: Span | None = None
    """The row that it is the value of, if that stands in an `.hg` file."""


_HOLE = "\0"
_RUN_FROM_HOLE = re.compile(rf"(?:\A|[;&|(`\n])\s*{_HOLE}")

_REACHES = frozenset({"read", "write"})
"""The effects of what types into a session or runs a command beside one."""


def check_commands(
    report: Report, module: Module, harness: TypedHarness, inlined: Callable[[], Program], rows_of: RowsOf
) -> None:
    """Reports what a sound harness, with all it calls, would type or run although the policy does not allow it."""
    if is_of_library(module.path) or not any(effect.name in _REACHES for effect in harness.signature.effects):
        return
    found = list(_Follower(module, inlined(), rows_of).typed())
    rules = _rules(module) if found else None
    if rules is None:
        found = [each for each in found if not is_plainly_harmless(each.text)]
    if not found:
        return
    from hdsl.policy.deciding import decide  # most files type nothing that needs the analysis
    from hdsl.policy.decision import Rules

    rules = rules or Rules()
    for each in found:
        decision = decide(each.text, rules)
        if decision.mode != "allow":
            related = [Related("typed here", Place(each.by.source, each.by.span))] if each.by else []
            report.tell(
                findings.commands.DeniedCommand(each.text, decision, each.row), each.source, each.span, related=related
            )


class _Follower:
    """Finds the texts that may reach a session, each node looked at once."""

    def __init__(self, module: Module, program: Program, rows_of: RowsOf) -> None:
        self._module = module
        self._program = program
        self._rows_of = rows_of
        self._seen: set[str] = set()

    def typed(self) -> Iterator[_Typed]:
        for node in self._program.nodes.values():
            command = node.options.get(_COMMAND)
            if isinstance(command, str) and command.strip() and not is_of_library(node.module):
                yield _Typed(command, node.source, node.span)
            if _writes(node):
                for argument, is_session in zip(node.arguments, node.sessions, strict=False):
                    if not is_session:
                        yield from (self._typed_by(each, node) for each in self._texts_of(argument, node))

    def _typed_by(self, typed: _Typed, node: Node) -> _Typed:
        is_elsewhere = node.source.path == self._module.path and typed.span != node.span
        return typed._replace(by=node) if is_elsewhere else typed

    def _texts_of(self, argument: object, node: Node) -> Iterator[_Typed]:
        if isinstance(argument, ConstantArgument):
            texts = [argument.texts] if isinstance(argument.texts, str) else argument.texts
            for text in texts:
                yield _Typed(_bare(text, ()), node.source, node.span)
        elif isinstance(argument, TableArgument):
            table = self._program.tables.get(argument.key)
            if table is not None:
                yield from self._rows(table)
        elif isinstance(argument, NodeArgument) and argument.path not in self._seen:
            self._seen.add(argument.path)
            before = self._program.nodes[argument.path]
            if isinstance(before.what, Text) and before.what.parts != (InputHole(0),):
                made = _as_typed(before.what)
                yield from [] if made is None else [_Typed(_bare(made, ()), before.source, before.span)]
                return
            asks = any(effect.name == "llm" for effect in before.effects)
            for inner in before.arguments:
                # What a model is asked is not what it answers; what it answers may be a row.
                if not asks or isinstance(inner, TableArgument):
                    yield from self._texts_of(inner, before)

    def _rows(self, table: ExperienceTable) -> Iterator[_Typed]:
        labels = table.type.value.label_texts
        if table.load is None:
            source, rows = self._rows_of(table)
            for row in rows:
                if len(row.values) == 3:
                    yield _Typed(_bare(row.values[2].text, labels), source, row.values[2].span, row=row.span)
        else:
            yield from self._stored(Path(table.module).parent / table.load, labels)
        folder = learned_folder(table, _project(self._module), Path(self._module.path))
        self._module.seed_files.add(str(folder / "shape"))
        if folder.is_dir():
            yield from self._stored(folder, labels)

    def _stored(self, path: Path, labels: tuple[str, ...]) -> Iterator[_Typed]:
        from hdsl.experience.files import ExperienceError, read_rows, value_file  # most tables are in the module

        try:
            rows = read_rows(path)
        except (ExperienceError, OSError, ValueError):
            return  # Whoever reads it says so.
        for row in rows:
            file, line = (value_file(path, row.line), 1) if path.is_dir() else (path, row.line)
            text = _bare(row.value, labels)
            if text:
                yield _Typed(text, *place_in(file, line, 1))


def _as_typed(template: Text) -> str | None:
    """A template with a harmless word in each hole; None where what is run is itself in a hole."""
    text = "".join(part if isinstance(part, str) else _HOLE for part in template.parts)
    return None if _RUN_FROM_HOLE.search(text) else text.replace(_HOLE, "x")


def _writes(node: Node) -> bool:
    return any(node.sessions) and any(effect.name == "write" for effect in node.effects) and isinstance(node.what, Call)


def _bare(text: str, labels: tuple[str, ...]) -> str:
    """What of a text is typed: without its label, and without the letter that says that it is typed."""
    label = label_of(text, labels) if labels else None
    bare = text if label is None else payload_of(text, labels)
    lines = [line.removeprefix("T ") for line in bare.split("\n") if not line.startswith("C ")]
    return "\n".join(lines).strip()


def _configuration(module: Module) -> tuple[Path, str, dict[str, Any]] | None:
    """The configuration above a module; None where there is none that can be used: whoever reads it says so."""
    folder = Path(module.path).parent.absolute()
    if search(str(folder))[1] is None:
        return None
    from hdsl.configuration.files import (
        SettingsError,
        find_configuration,
    )  # most projects are known by their files alone

    try:
        return find_configuration(folder)
    except SettingsError:
        return None


def _rules(module: Module) -> Rules | None:
    """The rules that the project sets; None where it sets none."""
    found = _configuration(module)
    if found is None or "policy" not in found[2]:
        return None
    from hdsl.configuration.files import SettingsError
    from hdsl.configuration.tables import policy_rules

    try:
        return policy_rules(found[0], found[1], found[2]["policy"])
    except SettingsError:
        return None


def _project(module: Module) -> Path:
    found = _configuration(module)
    return Path.cwd() if found is None else found[0].parent
