"""Finding runs of lines in a text, also long ones in long texts."""

from collections.abc import Sequence

_SURROGATES, _SURROGATES_END = 0xD800, 0xE000
_ABSENT = "\U0010ffff"
_CODES = 0x10FFFF - (_SURROGATES_END - _SURROGATES)
"""How many different lines can each be a character."""


class SearchedLines:
    """The lines of a text. What is not where it should be is searched for with each line as one character."""

    def __init__(self, lines: Sequence[str]) -> None:
        self.lines = lines
        self._codes: dict[str, str] = {}
        self._coded: str | None = None

    def nearest(self, expected: Sequence[str], guess: int, low: int, high: int) -> int | None:
        """Where the expected lines begin, from `low` to `high`: nearest to the guess, the later of two equally near."""
        if low > high:
            return None
        if low <= guess <= high and self.lines[guess : guess + len(expected)] == expected:
            return guess
        if low == high == guess:
            return None
        coded, wanted = self._text(), "".join(self._codes.get(line, _ABSENT) for line in expected)
        if _ABSENT in wanted:
            return None
        later = coded.find(wanted, max(low, guess), high + len(wanted))
        earlier = coded.rfind(wanted, low, min(guess - 1, high) + len(wanted)) if guess > low else -1
        if later < 0 or earlier < 0:
            found = max(later, earlier)
            return None if found < 0 else found
        return later if later - guess <= guess - earlier else earlier

    def _text(self) -> str:
        """The lines as characters. Of more different lines than there are characters the last are never found."""
        if self._coded is None:
            for line in dict.fromkeys(self.lines):
                self._codes[line] = _character(len(self._codes))
            self._coded = "".join(map(self._codes.__getitem__, self.lines))
        return self._coded


def _character(code: int) -> str:
    if code >= _CODES:
        return _ABSENT
    return chr(code if code < _SURROGATES else code + _SURROGATES_END - _SURROGATES)
