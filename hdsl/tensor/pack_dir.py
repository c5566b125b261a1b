"""The texts of many files in one text, for a prompt or a person."""

import os
from collections.abc import Iterable
from pathlib import Path

_FENCE = "`"


def pack_dir(root_dir: str | os.PathLike[str]) -> str:
    """A folder's tree, and each file that is UTF-8 with its relative path; links are followed to files.

    NotADirectoryError where it is not a folder.
    """
    root = Path(root_dir)
    if not root.is_dir():
        raise NotADirectoryError(f"{root} is not a folder")
    names = sorted(path.relative_to(root).as_posix() for path in root.rglob("*") if path.is_file())
    return render_files(root.name, ((name, text) for name in names if (text := _text_of(root / name)) is not None))


def render_files(root: str, files: Iterable[tuple[str, str]]) -> str:
    """Named texts: the tree of their names, then each in a fence.

    A fence is longer than any run of the same mark in the text, so a text cannot end it.
    """
    given = list(files)
    tree = "\n".join((f"{root}/", *_tree([name for name, _ in given])))
    sections = (f"## File: {name}\n{_fenced(text)}" for name, text in given)
    return "\n\n".join(("# Directories structure\n" + _fenced(tree), "# Files", *sections)) + "\n"


def _tree(names: list[str]) -> list[str]:
    """Each folder and file on a line, indented by its depth."""
    lines: dict[str, str] = {}
    for name in names:
        parts = name.split("/")
        for depth in range(1, len(parts) + 1):
            path = "/".join(parts[:depth])
            lines.setdefault(path, "  " * depth + parts[depth - 1] + ("/" if depth < len(parts) else ""))
    return list(lines.values())


def _fenced(text: str) -> str:
    fence = _FENCE * max(3, _longest_run(text) + 1)
    return f"{fence}\n{text}{'' if text.endswith(chr(10)) or not text else chr(10)}{fence}"


def _longest_run(text: str) -> int:
    longest = 0
    while _FENCE * (longest + 1) in text:
        longest += 1
    return longest


def _text_of(path: Path) -> str | None:
    try:
        return path.read_bytes().decode("utf-8")
    except (OSError, UnicodeDecodeError):
        return None
