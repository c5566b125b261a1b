"""Reading a screen: which part of it is the line that is edited at a prompt."""

import unicodedata

from hdsl.terminal.pane import Cursor
from hdsl.terminal.shell_state import Place

HISTORY_LIMIT = 20_000
"""How many lines that have scrolled off the screen tmux keeps."""
FULL_HISTORY = HISTORY_LIMIT - HISTORY_LIMIT // 10
"""tmux drops the oldest tenth of a full history: behind that many lines, some may be gone."""


def edited_text(lines: list[str], cursor_line: int, place: Place | None) -> str:
    """What stands behind the last prompt.

    `lines` are without trailing blanks, wrapped ones joined; `cursor_line` is the index of the one with the cursor;
    `place` is where the prompt ended, if that is known.
    """
    if place is None:
        return _behind_a_prompt(lines[cursor_line])
    bare = place.prompt.rstrip()
    for first in range(cursor_line, -1, -1):
        if lines[first] == bare or lines[first].startswith(place.prompt):
            line = lines[first][len(place.prompt) :].removesuffix(place.behind)
            return "\n".join([line.rstrip(), *lines[first + 1 :]]).rstrip()
    return "\n".join(lines[cursor_line:]).rstrip()


def place_of(line: str, cursor: Cursor) -> Place:
    """Where the prompt ends, if the cursor is behind it in this line (joined, without trailing blanks)."""
    is_wrapped = width(line) > cursor.columns
    prompt = line if is_wrapped else first_columns(line, cursor.column).rstrip()
    behind = line[len(prompt) :].strip()
    # The blanks between the prompt and the cursor are the prompt's.
    gap = (cursor.column - width(prompt)) % cursor.columns
    return Place(prompt + " " * gap, behind, cursor.column, cursor.scrolled + cursor.row)


def width(text: str) -> int:
    """How many columns the text takes."""
    return sum(
        0 if unicodedata.combining(character) else 2 if unicodedata.east_asian_width(character) in "WF" else 1
        for character in text
    )


def first_columns(text: str, columns: int) -> str:
    """What of the text stands in the first columns."""
    taken = 0
    for index, character in enumerate(text):
        taken += width(character)
        if taken > columns:
            return text[:index]
    return text


def _behind_a_prompt(line: str) -> str:
    for mark in "$#%❯λ>":
        _, found, behind = line.partition(f"{mark} ")
        if found:
            return behind
        if line.endswith(mark):
            return ""
    return line
