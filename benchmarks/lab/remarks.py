"""Remarks on an answer, as the teacher says them and as the model passes them on."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

NOTHING = "Nothing is to be changed."

_WRONG = re.compile(r'The answer "([^"]*)" is wrong; it should be "([^"]*)"\.')
_LEARN = re.compile(r'To "([^"]*)" the answer should be "([^"]*)"\.')


@dataclass(frozen=True, slots=True)
class Remark:
    """That an answer is wrong, and what it should be."""

    answer: str
    expected: str

    def __str__(self) -> str:
        return f'The answer "{self.answer}" is wrong; it should be "{self.expected}".'


def remark_in(text: str) -> Remark | None:
    """The first remark of a text that an answer is wrong."""
    found = _WRONG.search(text)
    return Remark(found[1], found[2]) if found else None


def advice(key: str, expected: str) -> str:
    """What to put into a text."""
    return f'To "{key}" the answer should be "{expected}".'


def advices_in(text: str) -> Iterator[tuple[str, str]]:
    """Key and answer of each piece of advice of a text."""
    return ((found[1], found[2]) for found in _LEARN.finditer(text))
