"""The module that declares the tools of an MCP server as operations, one an operation.

What a server says of its tools is data: it stands in comments and behind `says`, on one line, with everything escaped
that a terminal or the language would act on.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from hdsl import __version__
from hdsl.check.fixes import quoted
from hdsl.ground.display import one_line
from hdsl.structure.structures import Choice, Plain
from hdsl.syntax.format import format_source
from hdsl.syntax.tree import RESERVED
from hdsl.tools.arguments import Argument, Array, AsJson, Object, SchemaTooLarge, Value, arguments_of, result_of
from hdsl.tools.lock import Lock, PinnedTool

ENTRY = "hdsl.ops.mcp:call"
_SHOWN = 300
_FIELD_SHOWN = 160
_TIMEOUT = "60.0"
_BUILT_IN = frozenset({"text", "session", "mask", "score", "bool", "int", "float", "list", "experience"})


def operation_names(tools: Iterable[str]) -> dict[str, str]:
    """Names of operations by the names of tools: words in small letters with `_` between them, none twice."""
    found: dict[str, str] = {}
    taken: set[str] = set()
    for tool in tools:
        base = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", tool)
        base = re.sub(r"[^A-Za-z0-9]+", "_", base).strip("_").lower() or "tool"
        base = f"tool_{base}" if base[0].isdigit() or base in RESERVED else base
        name, number = base, 1
        while name in taken:
            number += 1
            name = f"{base}_{number}"
        taken.add(name)
        found[tool] = name
    return found


def module_text(lock: Lock, server: str) -> str:
    """The text of the module; `server`: what the server says it is called."""
    head = [
        "hdsl 1",
        "",
        f"# Tools of an MCP server{f' that calls itself {_said(server)}' if server else ''}, by hdsl {__version__}.",
        f"# Made by `hdsl add-tools`, and pinned in {lock.path.name}: change neither by hand.",
        f"# To accept what the server has changed: hdsl add-tools --accept {lock.path.with_suffix('.hg').name}",
        "",
    ]
    types = _Types()
    parts = [part for operation, tool in lock.tools.items() for part in types.declaration(operation, tool)]
    return format_source("\n".join([*head, *parts]) + "\n")


class _Types:
    """Declares the types of all tools, each under a name of its own."""

    def __init__(self) -> None:
        self._taken: set[str] = set()

    def declaration(self, operation: str, tool: PinnedTool) -> Iterator[str]:
        """The lines that declare a tool, types first."""
        base = "".join(part.capitalize() for part in operation.split("_"))
        try:
            wanted = arguments_of(tool.definition.get("inputSchema"))
        except SchemaTooLarge as error:
            shown = one_line(tool.name, _SHOWN)
            raise SchemaTooLarge(
                f"the tool `{shown}` cannot be declared: {error}; name those that are needed with --tool"
            ) from None
        lines: list[str] = []
        taken = self._record(base, wanted, lines) if wanted.arguments else "text"
        result = self._result(base, tool.definition, lines)
        yield from lines
        description = str(tool.definition.get("description") or tool.definition.get("title") or "")
        if description:
            yield f"# {one_line(tool.name, _SHOWN)} says: {_said(description)}"
        if not wanted.arguments:
            yield "# It takes no arguments: the text it is given says only when, and how often, it is called."
        if tool.is_read_only:
            yield "# Somebody has said yes to its claim that it only reads (--trust-read-only)."
        effects = "!read" if tool.is_read_only else "!read !write"
        named = "arguments" if wanted.arguments else "when"
        yield (
            f"op {operation}({named}: {taken}[*S], timeout: float = {_TIMEOUT}) -> {result}[*S] "
            f"{effects} !wait(timeout) = {quoted(ENTRY)}"
        )
        yield ""

    def _result(self, base: str, definition: Mapping[str, Any], lines: list[str]) -> str:
        found = result_of(definition.get("outputSchema"))
        return "text" if found is None else self._record(f"{base}Result", found, lines)

    def _record(self, base: str, value: Object, lines: list[str]) -> str:
        name = self._name(base)
        fields = [self._field(base, each, lines) for each in value.arguments]
        renamed = [each for each in value.arguments if each.name != each.key]
        for each in value.arguments:
            if isinstance(each.value, AsJson):
                lines.append(f"# `{each.name}` holds JSON: {each.value.reason}.")
        lines += [f"# `{each.name}` is {_said(each.key)} to the tool." for each in renamed]
        lines += [f"type {name} {{ {', '.join(fields)} }}", ""]
        return name

    def _field(self, base: str, argument: Argument, lines: list[str]) -> str:
        kind = self._kind(base + argument.name.strip("_").capitalize(), argument.value, lines)
        said = one_line(argument.description, _FIELD_SHOWN)
        shown = f" {quoted(f'the server says: {said}')}" if said else ""
        return f"{argument.name}: {kind}{'?' if argument.optional else ''}{shown}"

    def _kind(self, base: str, value: Value, lines: list[str]) -> str:
        match value:
            case Plain(kind=kind):
                return kind
            case AsJson():
                return "text"
            case Array(item=item):
                return f"list({self._kind(base, item, lines)})"
            case Choice(labels=labels):
                name = self._name(base)
                lines += [f"type {name} {{ {', '.join(quoted(each.text) for each in labels)} }}", ""]
                return name
            case Object():
                return self._record(base, value, lines)

    def _name(self, base: str) -> str:
        cleaned = re.sub(r"[^A-Za-z0-9]", "", base)
        cleaned = cleaned if cleaned[:1].isalpha() else f"T{cleaned}"
        name, number = cleaned, 1
        while name in self._taken or name in _BUILT_IN:
            number += 1
            name = f"{cleaned}{number}"
        self._taken.add(name)
        return name


def _said(text: str) -> str:
    """A text of the server, in quotation marks on one line."""
    return quoted(one_line(text, _SHOWN))
