"""A valid file to be mutated: its text, its tree, what the checker knows of it, and edits of it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from hdsl.check.session import check_file
from hdsl.graph.typed import Module
from hdsl.syntax import tree
from hdsl.syntax.parser import parse

FILES = Path(__file__).parent / "files"


@dataclass(frozen=True)
class Edit:
    """Replaces a range of a text."""

    start: int
    end: int
    text: str


@dataclass(frozen=True)
class Fault:
    """One fault put into a file: what was changed, where the fault is, and the family that should tell it.

    `at`: places of the unchanged text whose lines are the fault, besides those of the edits. `is_pair`: it lies between
    two places, and a related place counts. `file`: another file beside it that was changed.
    """

    edits: tuple[Edit, ...]
    families: tuple[str, ...]
    at: tuple[int, ...] = ()
    is_pair: bool = False
    file: str = ""


@dataclass(frozen=True)
class Mutant:
    """A file with one fault in it."""

    kind: str
    sample: "Sample"
    file: str
    text: str
    lines: frozenset[int]
    families: tuple[str, ...]
    is_pair: bool


class Sample:
    """One of the valid files."""

    def __init__(self, name: str, folder: Path = FILES) -> None:
        self.name = name
        self.folder = folder
        self.text = (folder / name).read_text(encoding="utf-8")
        self.tree = parse(self.text).file

    @cached_property
    def module(self) -> Module:
        """What the checker knows of it."""
        module = check_file(self.folder / self.name).module
        assert module is not None
        return module

    @property
    def harnesses(self) -> list[tree.Harness]:
        """Its harnesses in order."""
        return [item for item in self.tree.items if isinstance(item, tree.Harness)]

    @property
    def nodes(self) -> Iterator[tuple[tree.Harness, tree.Node]]:
        """Every node of every harness."""
        for harness in self.harnesses:
            yield from ((harness, statement) for statement in harness.body if isinstance(statement, tree.Node))

    @property
    def calls(self) -> Iterator[tuple[tree.Harness, tree.Node, tree.Call]]:
        """Every node that is a call."""
        for harness, node in self.nodes:
            if isinstance(node.value, tree.Call):
                yield harness, node, node.value

    def written(self, span: tree.Span) -> str:
        """The text of a range."""
        return self.text[span.start : span.end]

    def beside(self, name: str) -> str:
        """The text of a file beside it."""
        return (self.folder / name).read_text(encoding="utf-8")

    def mutant(self, kind: str, fault: Fault) -> Mutant:
        """The file with the fault in it."""
        text = self.beside(fault.file) if fault.file else self.text
        changed, lines = applied(text, fault.edits, fault.at)
        return Mutant(kind, self, fault.file or self.name, changed, lines, fault.families, fault.is_pair)


def applied(text: str, edits: Sequence[Edit], at: Sequence[int] = ()) -> tuple[str, frozenset[int]]:
    """The text after edits, and the lines in it where they and the places `at` are."""
    lines: set[int] = set()
    moved: list[tuple[int, int]] = []
    result, end = "", 0
    for edit in sorted(edits, key=lambda each: each.start):
        result += text[end : edit.start]
        moved.append((edit.end, len(result) + len(edit.text) - edit.end))
        first = result.count("\n") + 1
        lines.update(range(first, first + edit.text.rstrip("\n").count("\n") + 1))
        result += edit.text
        end = edit.end
    result += text[end:]
    for place in at:
        shift = max((each for each in moved if each[0] <= place), default=(0, 0))[1]
        lines.add(result.count("\n", 0, place + shift) + 1)
    return result, frozenset(lines)


def all_samples() -> list[Sample]:
    """The valid files, by name."""
    return [Sample(str(path.relative_to(FILES))) for path in sorted(FILES.rglob("*.hg"))]
