"""Frames: several texts in one, each with its index and coefficient, so that they can be taken apart again."""

from collections.abc import Iterable
from dataclasses import dataclass

MARKER = "===ST-MERGED-CONTENT===" * 3
INDENT = "  "


@dataclass(frozen=True, slots=True)
class Frame:
    """One of the merged texts: where it stood and how sure it was."""

    index: int
    coefficient: float
    content: str


def merge_frames(frames: Iterable[Frame]) -> str:
    """One text of all frames; no text is lost or changed, whatever is in it."""
    return "".join(_framed(frame) for frame in frames)


def split_frames(text: str) -> list[Frame]:
    """The frames of a merged text; ValueError where it is none."""
    frames = []
    lines = text.split("\n")
    position = 0
    while position < len(lines) - 1:
        if lines[position] != MARKER:
            raise ValueError(f"line {position + 1} of a merged text is no frame: {lines[position]!r}")
        index = int(lines[position + 1].removeprefix("index: "))
        coefficient = float(lines[position + 2].removeprefix("coefficient: "))
        position += 5
        content = []
        while position < len(lines) and lines[position].startswith(INDENT):
            content.append(lines[position].removeprefix(INDENT))
            position += 1
        frames.append(Frame(index, coefficient, "\n".join(content)))
    return frames


def _framed(frame: Frame) -> str:
    content = "\n".join(INDENT + line for line in frame.content.split("\n"))
    return f"{MARKER}\nindex: {frame.index}\ncoefficient: {frame.coefficient}\ncontent:\n\n{content}\n"
