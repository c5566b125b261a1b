"""`hdsl experience`: looks after what a file has learned."""

import argparse
from collections.abc import Callable

from hdsl.cli.subcommands import subcommands

EXAMPLES = {
    "show": "examples/debugger/debugger.hg strategy --find import",
    "log": "examples/translate/translate.hg",
    "diff": "examples/translate/translate.hg 20260101-120000-abc123/2",
    "undo": "examples/translate/translate.hg 20260101-120000-abc123",
    "merge": "examples/translate/translate.hg ../theirs/translate.experience",
    "dedupe": "examples/translate/translate.hg viba",
    "import": "examples/translate/translate.hg viba more.csv",
    "export": "examples/translate/translate.hg viba viba.jsonl",
}


def run(words: list[str]) -> int:
    """Runs one subcommand."""
    options = make_parser().parse_args(words)
    from hdsl.cli import experience_changes, experience_views

    commands: dict[str, Callable[[argparse.Namespace], int]] = {
        "show": experience_views.show,
        "log": experience_views.log,
        "diff": experience_views.diff,
        "undo": experience_changes.undo,
        "merge": experience_changes.merge,
        "dedupe": experience_changes.dedupe,
        "import": experience_changes.import_rows,
        "export": experience_changes.export_rows,
    }
    return commands[options.subcommand](options)


def make_parser() -> argparse.ArgumentParser:
    """What the command takes."""
    parser = argparse.ArgumentParser(
        prog="hdsl experience",
        description="Manage the experience that a file reaches: its own tables and those of the modules it uses.",
        epilog="example: hdsl experience show examples/debugger/debugger.hg strategy",
        allow_abbrev=False,
    )
    add = subcommands(parser)

    def command(name: str, summary: str) -> argparse.ArgumentParser:
        added = add(name, summary, f"{name} {EXAMPLES[name]}")
        added.add_argument("file", metavar="FILE", help="a .hg file")
        return added

    show = command("show", "the rows of tables, with the votes for them")
    show.add_argument("table", metavar="TABLE", nargs="?", help="one table (default: all)")
    show.add_argument("--find", metavar="WORDS", default="", help="only rows that contain all of these words")
    log = command("log", "the steps that made the rows what they are, newest first")
    for each in (show, log):
        each.add_argument("--json", action="store_true", help="print one JSON object")
    diff = command("diff", "what learning changed in the seed, or what a step did")
    diff.add_argument("step", metavar="STEP", nargs="?", help="the id of a step, or of a run for all of its steps")
    undo = command("undo", "takes back the last step that stands, a step, or all steps of a run")
    undo.add_argument("step", metavar="STEP", nargs="?", help="the id of a step (an undo is one), or of a run")
    merge = command("merge", "another person's experience into this one, as one step")
    merge.add_argument("other", metavar="OTHER", help="their STEM.experience folder, or their .hg file")
    dedupe = command("dedupe", "drops rows that say what another row says, as one step")
    dedupe.add_argument("table", metavar="TABLE", nargs="?", help="one table (default: all)")
    imported = command("import", "adds the rows of a file that a table lacks, as one step")
    imported.add_argument("table", metavar="TABLE")
    imported.add_argument("source", metavar="SOURCE", help="a .jsonl, .csv or .tsv file, or a text tensor's folder")
    exported = command("export", "writes a table to a file")
    exported.add_argument("table", metavar="TABLE")
    exported.add_argument("target", metavar="TARGET", help="a .jsonl, .csv or .tsv file, or a folder to be made")
    return parser
