"""Lessons: the lines of a text in which what was learned stands, one key and its answer each."""

import re
from collections.abc import Callable, Mapping

UNKNOWN = "unknown"
LIKE_ENOUGH = 0.5
"""From which share of common words on a lesson for another key is taken for a guess."""

_LESSON = re.compile(r'^[ \t]*- "([^"\n]*)" -> "([^"\n]*)"[ \t]*$', re.MULTILINE)


def lessons_in(text: str) -> dict[str, str]:
    """The lessons of a text; of two for one key the later."""
    return dict(_LESSON.findall(text))


def text_of(opening: str, lessons: Mapping[str, str]) -> str:
    """A text that opens with an instruction and goes on with lessons."""
    return "\n".join((opening, *(f'- "{key}" -> "{answer}"' for key, answer in lessons.items())))


def rewritten(text: str, learned: Mapping[str, str], is_dropped: Callable[[str], bool]) -> str:
    """The text with what was learned in it; a row that is there and not learned anew may be dropped."""
    opening = _LESSON.sub("", text).strip()
    kept = {key: answer for key, answer in lessons_in(text).items() if key in learned or not is_dropped(key)}
    return text_of(opening, {**kept, **learned})


def recalled(lessons: Mapping[str, str], key: str) -> str:
    """The answer of the lesson for a key, else that of the most similar key where it is like enough to guess by."""
    if key in lessons:
        return lessons[key]
    scores = {known: _similarity(known, key) for known in lessons}
    best = max(scores, key=scores.__getitem__, default="")
    return lessons[best] if scores.get(best, 0.0) >= LIKE_ENOUGH else UNKNOWN


def better_input(lessons: Mapping[str, str], key: str, expected: str) -> str:
    """The input that should have come instead of `key`; empty where the lessons are to blame and not the input.

    The input is to blame where no lesson knows it, though it shares words with one that has the expected answer.
    """
    if key in lessons:
        return ""
    known = (each for each, answer in lessons.items() if answer == expected and _similarity(each, key) > 0)
    return next(known, "")


def _similarity(left: str, right: str) -> float:
    one, other = set(left.split()), set(right.split())
    return len(one & other) / len(one | other) if one | other else 0.0
