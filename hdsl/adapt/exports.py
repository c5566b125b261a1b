"""What `hdsl export` writes: skills, a plugin for Claude Code, the configuration of an MCP server, a Python package."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

from hdsl.adapt.bundle import HARNESS, Bundle, ExportError
from hdsl.adapt.harness_tool import documentation_of, text_inputs, tool_of
from hdsl.adapt.package import package_files, package_name
from hdsl.adapt.skill import SCRIPT, skill_files, skill_name
from hdsl.adapt.skill_rules import problems_of
from hdsl.adapt.writing import FACTS, File, text_file
from hdsl.capture.places import Places
from hdsl.capture.plugin import MANIFEST, plugin_files
from hdsl.ground.display import one_line
from hdsl.tools.lock import definition_of, hash_of

Form = Literal["skill", "plugin", "mcp", "python"]
_SHOWN = 300


def exported(bundle: Bundle, form: Form, out: Path, places: Places) -> dict[Path, dict[str, File]]:
    """The folders of an export with their files. `places`: where a plugin keeps what it captures. ExportError."""
    match form:
        case "skill":
            return {out / name: files for name, files in _skills(bundle).items()}
        case "plugin":
            return {out: _plugin(bundle, out.absolute(), places)}
        case "mcp":
            return {out: _server(bundle)}
        case "python":
            return {out: package_files(bundle)}


def _skills(bundle: Bundle) -> dict[str, dict[str, File]]:
    """Each skill's files, by the skill's name; checked by the rules."""
    found: dict[str, dict[str, File]] = {}
    for program in bundle.programs:
        name = skill_name(program)
        if name in found:
            raise ExportError(f"two harnesses would be the skill {name!r}: choose one with --harness")
        found[name] = skill_files(bundle, program)
        problems = problems_of(name, found[name], found[name]["SKILL.md"].content.decode())
        if problems:
            raise ExportError(f"the skill {name!r} would break the rules of skills: {'; '.join(problems)}")
    return found


def _plugin(bundle: Bundle, folder: Path, places: Places) -> dict[str, File]:
    """A plugin: hooks that capture, a skill and a command a harness, and the harnesses as MCP tools."""
    files = {name: text_file(file.content, file.mode) for name, file in plugin_files(places, folder).items()}
    name = package_name(bundle).replace("_", "-").lower()
    said = one_line(documentation_of(bundle.programs[0]) or f"Harnesses of {bundle.main}", _SHOWN)
    manifest: dict[str, Any] = {"name": name, "version": f"0.1.0+{bundle.hash[:12]}", "description": said}
    if bundle.licence != "unstated":
        manifest["license"] = bundle.licence
    files[MANIFEST] = _json_file(manifest)
    for skill, of_skill in _skills(bundle).items():
        files |= {f"skills/{skill}/{path}": file for path, file in of_skill.items()}
    for program in bundle.programs:
        files[f"commands/{skill_name(program)}.md"] = text_file(_command(program))
    served = f"${{CLAUDE_PLUGIN_ROOT}}/skills/{skill_name(bundle.programs[0])}/{HARNESS}/{bundle.main}"
    server = {"command": sys.executable, "args": ["-m", "hdsl", "serve", served]}
    files[".mcp.json"] = _json_file({"mcpServers": {name: server}})
    files[FACTS] = _json_file(bundle.facts())
    return files


def _command(program: Any) -> str:
    """A slash command: runs the harness with what is typed behind it."""
    said = one_line(documentation_of(program) or f"Runs the harness {program.name}.", _SHOWN)
    inputs = text_inputs(program)
    hint = " ".join(f"[{each.name}]" for each in inputs)
    first = f"--{inputs[0].name} " if inputs else ""
    script = f'"${{CLAUDE_PLUGIN_ROOT}}/skills/{skill_name(program)}/{SCRIPT}"'
    lines = [
        "---",
        f"description: {json.dumps(said, ensure_ascii=False)}",
        f"argument-hint: {json.dumps(hint)}",
        "---",
        "",
        "Run this with the Bash tool:",
        "",
        f"    python3 {script} {first}{'TEXT' if first else ''}".rstrip(),
        "",
    ]
    if first:
        lines += ["TEXT is the following, as one word, quoted for the shell:", "", "$ARGUMENTS", ""]
    if len(inputs) > 1:
        lines += [
            f"It also needs: {', '.join(f'`--{each.name}`' for each in inputs[1:])}; ask for what is missing.",
            "",
        ]
    lines += [
        "Say what it printed. If it failed, say why, as its standard error does; do not do the work in its place.",
        "",
    ]
    return "\n".join(lines)


def _server(bundle: Bundle) -> dict[str, File]:
    """The configuration of a server for clients, the files that it serves, and the hashes of its tools."""
    name = package_name(bundle).replace("_", "-").lower()
    words = ["serve", f"{HARNESS}/{bundle.main}", *(f"--harness={each.name}" for each in bundle.programs)]
    tools: dict[str, Any] = {}
    for program in bundle.programs:
        tool = tool_of(program)
        listed: Mapping[str, Any] = {
            "name": tool.name,
            "description": tool.description or None,
            "inputSchema": tool.input_schema,
            "outputSchema": tool.output_schema,
            "annotations": tool.annotations,
        }
        definition = definition_of(listed)
        tools[tool.name] = {"hash": hash_of(definition), "definition": definition}
    return {
        "mcp.json": _json_file({"mcpServers": {name: {"command": "hdsl", "args": words, "cwd": "."}}}),
        "tools.lock": _json_file({"version": 1, "server": {"command": ["hdsl", *words]}, "tools": tools}),
        FACTS: _json_file(bundle.facts()),
        **{f"{HARNESS}/{path}": File(content) for path, content in bundle.files.items()},
    }


def _json_file(value: Any) -> File:
    return text_file(json.dumps(value, ensure_ascii=False, indent=2) + "\n")
