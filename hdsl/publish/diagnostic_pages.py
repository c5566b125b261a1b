"""The page of each diagnostic; `python -m hdsl.publish.diagnostic_pages docs/diagnostics` writes them all."""

import re
import sys
from pathlib import Path

from hdsl.check.catalogue import Rule, all_rules
from hdsl.check.examples import check_example
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
    """The page of a code in Markdown: that of the catalogue, with what the checker says of the wrong example."""
    said = "\n".join(render_one(diagnostic) for diagnostic in check_example(rule.wrong))
    above, fixed, below = rule.page.rstrip().partition("\n## Fixed\n")
    return f"""\
# {rule.code}: {rule.name}

Severity: {rule.severity}. Family: {_FAMILIES[rule.code[2]].lower()}.

{above.strip()}

```text
{said.rstrip()}
```
{fixed}{below}
"""


def index_of(rules: tuple[Rule, ...]) -> str:
    """The list of all codes in Markdown, family by family."""
    parts = ["# Diagnostics", "What `hdsl check` reports. `hdsl explain CODE` prints the page of one code."]
    for digit, family in _FAMILIES.items():
        rows = [_row(rule) for rule in rules if rule.code[2] == digit]
        if rows:
            parts.append(f"## {family}")
            parts.append("\n".join(["| code | name | severity | message |", "|---|---|---|---|", *rows]))
    return "\n\n".join(parts) + "\n"


def all_pages() -> dict[str, str]:
    """Every page and the index by file name."""
    rules = all_rules()
    return {INDEX: index_of(rules), **{f"{rule.code}.md": page_of(rule) for rule in rules}}


def write_pages(folder: Path) -> None:
    """Writes every page and the index into a folder, and removes pages of unknown codes."""
    pages = all_pages()
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob("HG*.md"):
        if old.name not in pages:
            old.unlink()
    for name, page in pages.items():
        (folder / name).write_text(page, encoding="utf-8")


def _row(rule: Rule) -> str:
    message = re.sub(r"\{\w+\}", "…", rule.message).replace("|", "\\|")
    return f"| [{rule.code}]({rule.code}.md) | {rule.name} | {rule.severity} | {message} |"


if __name__ == "__main__":
    write_pages(Path(sys.argv[1]))
