"""The `.hg` texts of the repository: its files, and the blocks of its pages. And trees without their spans."""

import dataclasses
import re
from pathlib import Path
from typing import Any

from hdsl.syntax.tree import Span

ROOT = Path(__file__).parents[1]
_BLOCK = re.compile(r"^```hg\n(.*?)^```", re.DOTALL | re.MULTILINE)


def repository_sources() -> list[tuple[str, str]]:
    """Each text, once, with the name it is shown by. Some have faults, as the pages of diagnostics show them."""
    folders = [ROOT / name for name in ("stdlib", "examples", "tests", "docs", "editors", "benchmarks")]
    files = sorted(path for folder in folders for path in folder.rglob("*.hg") if "node_modules" not in path.parts)
    pages = [*ROOT.glob("*.md"), *sorted((ROOT / "docs").rglob("*.md"))]
    found = [(str(path.relative_to(ROOT)), _read(path)) for path in files]
    for page in pages:
        blocks = enumerate(_BLOCK.findall(_read(page)), 1)
        found += [(f"{page.relative_to(ROOT)} {number}", block) for number, block in blocks]
    by_text = {text: name for name, text in reversed(found)}
    return [(name, text) for name, text in found if by_text[text] == name]


def _read(path: Path) -> str:
    return path.read_bytes().decode("utf-8", errors="replace")


def without_spans(value: Any) -> Any:
    """A tree as nested tuples without its spans, to compare what two texts say."""
    if isinstance(value, Span):
        return None
    if dataclasses.is_dataclass(value):
        fields = [getattr(value, field.name) for field in dataclasses.fields(value)]
        return (type(value).__name__, *map(without_spans, fields))
    if isinstance(value, tuple):
        return (type(value).__name__, *map(without_spans, value))
    return value
