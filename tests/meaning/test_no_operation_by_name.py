"""No operation is known by its name: what it means is said by its kind, outside of the operations themselves."""

import ast
from collections.abc import Iterator
from pathlib import Path

from hdsl.check.library import library
from hdsl.graph.signature import EFFECTS

PACKAGE = Path(__file__).parents[2] / "hdsl"

FREE = {
    "meaning": "the kinds, some of which are called like an operation",
    "ops": "the operations themselves",
    "kernel": "`merge` is what a model may be asked to do with gradients",
    "__init__.py": "the public names and where they are",
    "cli/experience.py": "`hdsl experience merge`",
    "policy": "programs and functions of other languages, some of which are called like an operation",
    "sessions": "who said something in a recording, and what its events are called",
    "evolve/edits": "an edit writes operations into a file, so it knows those that it writes",
    "evolve/proposers": "a rule finds the operations again that edits write",
    "check/habits.py": "words of other languages for what is a harness here",
}

OTHER_MEANINGS = {
    "agent": (
        *("capture/acp.py", "capture/claude_events.py", "capture/own_shell.py", "capture/start.py"),
        *("cli/doctor.py", "configuration/kernel_tables.py", "evolve/proposers/named.py"),
    ),
    "keywords": ("evolve/controls.py",),
    "always": ("check/contracts.py", "editor/completion.py", "graph/train_settings.py", "learn/training.py"),
    "payload": ("pool/signing.py", "structure/structures.py"),
    "split": ("tasks/building.py",),
    "stack": ("author/guide/body.py", "cli/tasks.py", "tasks/harness.py", "tasks/making.py", "tasks/model.py"),
    "cause": ("cli/run.py", "graph/stubs.py", "reflect/lines.py", "run/runner.py"),
}
"""Words that mean something else in these files: when training keeps a step, a method of a program; why an element
failed, in JSON; a kernel, a proposer, who acts in a recording; a kind of request; what a signature is of; to cut a
text, a program; a kind of operation, a kind of task; a field of a class."""


def names() -> frozenset[str]:
    return frozenset(library()["prelude"].callables) - frozenset(EFFECTS)


def compared(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Every text that something is compared with or looked up in: of ==, in, match, and of sets, lists and keys."""
    for node in ast.walk(tree):
        parts: list[ast.expr] = []
        if isinstance(node, ast.Compare):
            parts = [node.left, *node.comparators]
        elif isinstance(node, ast.MatchValue):
            parts = [node.value]
        elif isinstance(node, ast.Set | ast.List | ast.Tuple):
            parts = list(node.elts)
        elif isinstance(node, ast.Dict):
            parts = [key for key in node.keys if key is not None]
        yield from ((part.lineno, part.value) for part in parts if isinstance(part, ast.Constant))


def test_no_name_of_an_operation_is_compared():
    found = []
    for path in sorted(PACKAGE.rglob("*.py")):
        inside = path.relative_to(PACKAGE).as_posix()
        if not any(inside == free or inside.startswith(f"{free}/") for free in FREE):
            tree = ast.parse(path.read_text(encoding="utf-8"))
            found += [
                f"{inside}:{line}: {text}"
                for line, text in compared(tree)
                if text in names() and inside not in OTHER_MEANINGS.get(text, ())
            ]
    assert found == []
