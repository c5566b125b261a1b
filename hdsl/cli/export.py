"""`hdsl export`: harnesses as skills, a plugin, an MCP server or a Python package."""

import argparse
import json
from pathlib import Path
from typing import TYPE_CHECKING

from hdsl.cli.asking_options import add_asking_options, asking
from hdsl.cli.errors import CommandError
from hdsl.cli.output import show, tell
from hdsl.cli.programs import checked_file
from hdsl.cli.supervise import supervised

if TYPE_CHECKING:
    from hdsl.adapt.bundle import Bundle
    from hdsl.adapt.comparison import Trial

_FORMS = ("skill", "plugin", "mcp", "python")
_MANY_SKILLS = 3
"""More skills than these are an encyclopaedia: a client lists each of them in every session."""


def make_parser() -> argparse.ArgumentParser:
    """What the command takes."""
    parser = argparse.ArgumentParser(
        prog="hdsl export",
        usage="hdsl export FILE --as skill|plugin|mcp|python --out DIR [--harness NAME …] [--licence SPDX] [--force]\n"
        "       [--ab [DATA]] [--kernel K] [--max-calls N] [--json]",
        description="Write the harnesses of a file as skills for agents (a folder each), a plugin for Claude Code, "
        "the configuration of an MCP server, or a Python package; with the rows as they are now. Refuses secrets.",
        epilog="example: hdsl export examples/debugger/debugger.hg --as skill --out skills",
        allow_abbrev=False,
    )
    parser.add_argument("file", metavar="FILE", help="a .hg file")
    parser.add_argument("--as", dest="form", required=True, choices=_FORMS, help="what is written")
    parser.add_argument("--out", required=True, type=Path, metavar="DIR", help="the folder that is written")
    parser.add_argument("--harness", action="append", default=[], metavar="NAME", help="only this harness; repeatable")
    parser.add_argument(
        "--licence", default="unstated", metavar="SPDX", help="the licence of the harness and its rows: Apache-2.0"
    )
    parser.add_argument("--force", action="store_true", help="replace what an earlier export wrote there")
    parser.add_argument(
        "--ab",
        nargs="?",
        const="",
        metavar="DATA",
        help="also ask the kernel with and without the skill's text, on DATA (.jsonl; by default what the train block "
        "holds out), and say whether it helps",
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    add_asking_options(parser)
    return parser


def run(words: list[str]) -> int:
    """Exit 0 where everything is written."""
    options = make_parser().parse_args(words)
    checked_file(options.file)  # what is wrong with it is shown
    return supervised(lambda: _export(options), lambda reason: tell(f"hdsl export: {reason}"))


def _export(options: argparse.Namespace) -> int:
    try:
        from hdsl.adapt.bundle import bundled
        from hdsl.adapt.exports import exported
        from hdsl.adapt.writing import check_free, text_file, write_folders
    except ModuleNotFoundError as error:
        raise CommandError(f"exporting needs the package `{error.name}`: pip install 'hdsl[run]'") from None
    from hdsl.cli.capture import places
    from hdsl.configuration.settings import load_settings

    file = Path(options.file)
    settings = load_settings(file.parent, kernel=options.kernel)
    bundle = bundled(file, settings.project, options.harness, options.licence)
    folders = exported(bundle, options.form, options.out, places())
    for folder in folders:
        check_free(folder, replaces=options.force)
    trials = _trials(bundle, options) if options.ab is not None else []
    if trials:
        page = "\n".join(trial.page() for trial in trials)
        for files in folders.values():
            files["references/ab.md" if options.form == "skill" else "ab.md"] = text_file(page)
    write_folders(folders, replaces=options.force)
    if options.json:
        value = {"folders": list(map(str, folders)), **bundle.facts(), "ab": [each.as_json() for each in trials]}
        show(json.dumps(value, ensure_ascii=False, indent=2))
        return 0
    for folder, files in folders.items():
        show(f"{folder}: {len(files)} files")
    for trial in trials:
        show(trial.page())
    if options.form == "skill" and len(folders) > _MANY_SKILLS:
        tell(f"{len(folders)} skills are many: clients list each in every session; --harness chooses those that matter")
    if options.licence == "unstated":
        tell("the licence is unstated: say it with --licence before you give this to others")
    return 0


def _trials(bundle: "Bundle", options: argparse.Namespace) -> "list[Trial]":
    from hdsl.adapt.comparison import held_out, try_skill
    from hdsl.configuration.settings import load_settings

    settings = load_settings(Path(options.file).parent, kernel=options.kernel)
    with asking(options, settings, "export") as asked:
        return [
            try_skill(bundle, program, held_out(bundle, program, options.ab), settings, asked)
            for program in bundle.programs
        ]
