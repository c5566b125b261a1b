"""Frames: several texts in one, each with its index and coefficient, so that they can be taken apart again."""

from collections.abc import Iterable
from typing import NamedTuple

MARKER = "===ST-MERGED-CONTENT===" * 3
INDENT = "  "
_INDEX = "index: "
_COEFFICIENT = "coefficient: "
_HEAD = 5
"""The marker, the index, the coefficient, `content:` and a blank line."""


class Frame(NamedTuple):
    """One of the merged texts: where it stood and how sure it was. A plain tuple of the three is one too."""

    index: int  # type: ignore[assignment]  # stands where tuples have a method that nobody calls
    coefficient: float
    content: str


def merge_frames(frames: Iterable[tuple[int, float, str]]) -> str:
    """One text of all frames; no text is lost or changed, whatever is in it."""
    return "".join(f"{frame_to_str(frame)}\n" for frame in frames)


def split_frames(text: str) -> list[Frame]:
    """The frames of a merged text; ValueError where it is none. A blank line that lost its indent is read as blank."""
    if not text.strip():
        return []
    lines = text.split("\n")
    starts = [number for number, line in enumerate(lines) if line == MARKER]
    if starts[:1] != [0]:
        raise ValueError(f"line 1 of a merged text is not a frame: {lines[0]!r}")
    ends = [*starts[1:], len(lines) - (lines[-1] == "")]
    return [_frame(lines[start:end], start) for start, end in zip(starts, ends, strict=False)]


def _frame(lines: list[str], start: int) -> Frame:
    if len(lines) < _HEAD + 1 or not (lines[1].startswith(_INDEX) and lines[2].startswith(_COEFFICIENT)):
        raise ValueError(f"the frame at line {start + 1} of a merged text is cut")
    content = lines[_HEAD:]
    strange = next((number for number, line in enumerate(content) if line and not line.startswith(INDENT)), None)
    if strange is not None:
        raise ValueError(f"line {start + _HEAD + strange + 1} of a merged text is not a frame: {content[strange]!r}")
    text = "\n".join(line.removeprefix(INDENT) for line in content)
    return Frame(int(lines[1].removeprefix(_INDEX)), float(lines[2].removeprefix(_COEFFICIENT)), text)


def frame_to_str(frame: tuple[int, float, str]) -> str:
    """One frame as text, without the newline at its end."""
    index, coefficient, text = frame
    content = "\n".join(INDENT + line for line in text.split("\n"))
    return f"{MARKER}\nindex: {index}\ncoefficient: {coefficient}\ncontent:\n\n{content}"
