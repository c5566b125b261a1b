"""The page of each diagnostic; `python -m hdsl.publish.diagnostic_pages docs/diagnostics` writes them all."""

import re
import sys
from collections.abc import Iterator
from pathlib import Path

from hdsl.check.catalogue import Rule, all_rules
from hdsl.check.catalogue.rule import Beside
from hdsl.check.examples import EXAMPLE, check_example
from hdsl.check.render.human import render_one

INDEX = "README.md"

_FAMILIES = {
    "0": "Syntax",
    "1": "Names",
    "2": "Calls",
    "3": "Types",
    "4": "Shapes",
    "5": "Effects",
    "6": "Control",
    "7": "Contracts",
    "8": "Files",
}


def page_of(rule: Rule) -> str:
    """The page of a code in Markdown: what it means, an example that is wrong with what is said of it, and mended."""
    diagnostics = check_example(rule.wrong, rule.files)
    parts = [
        f"# {rule.code}: {rule.name}",
        f"Severity: {rule.severity}. Family: {_FAMILIES[rule.code[2]].lower()}.",
        rule.explanation,
        "## Wrong",
        *_shown_files(rule.wrong, rule.files),
        _fenced("text", "\n".join(render_one(diagnostic) for diagnostic in diagnostics)),
        "## Mended",
        *_shown_files(rule.right, rule.mended or rule.files),
    ]
    return "\n\n".join(parts) + "\n"


def index_of(rules: tuple[Rule, ...]) -> str:
    """The list of all codes in Markdown, family by family."""
    parts = ["# Diagnostics", "What `hdsl check` finds. `hdsl explain CODE` prints the page of one code."]
    for digit, family in _FAMILIES.items():
        rows = [_row(rule) for rule in rules if rule.code[2] == digit]
        if rows:
            parts.append(f"## {family}")
            parts.append("\n".join(["| code | name | severity | says |", "|---|---|---|---|", *rows]))
    return "\n\n".join(parts) + "\n"


def all_pages() -> dict[str, str]:
    """Every page and the index by file name."""
    rules = all_rules()
    return {INDEX: index_of(rules), **{f"{rule.code}.md": page_of(rule) for rule in rules}}


def write_pages(folder: Path) -> None:
    """Writes every page and the index into a folder, and takes away pages of codes that there are not."""
    pages = all_pages()
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob("HG*.md"):
        if old.name not in pages:
            old.unlink()
    for name, page in pages.items():
        (folder / name).write_text(page, encoding="utf-8")


def _row(rule: Rule) -> str:
    says = re.sub(r"\{\w+\}", "…", rule.message).replace("|", "\\|")
    return f"| [{rule.code}]({rule.code}.md) | {rule.name} | {rule.severity} | {says} |"


def _shown_files(text: str, beside: Beside) -> Iterator[str]:
    if beside:
        yield f"`{EXAMPLE}`:"
    yield _fenced("hg", text)
    for name, content in beside:
        if isinstance(content, int):
            yield f"`{name}`: a file of {content:,} bytes."
        else:
            yield f"`{name}`:"
            shown = content if isinstance(content, str) else content.decode("utf-8", "backslashreplace")
            yield _fenced(name.rpartition(".")[2], shown)


def _fenced(language: str, text: str) -> str:
    return f"```{language}\n{text.rstrip()}\n```"


if __name__ == "__main__":
    write_pages(Path(sys.argv[1]))
