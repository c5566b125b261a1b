"""Rows of an experience that say what another of its rows says."""

from hdsl.experience.row_changes import Rows
from hdsl.retrieval.tokens import tokens


def duplicates(rows: Rows) -> dict[int, int]:
    """The numbers of the rows that can go, each with the row that stays for it.

    Two rows say the same where key and value are equal and the words of one's query are among those of the other's, so
    that whatever finds the one finds the other. Of rows with the same words the earliest stays.
    """
    alike: dict[tuple[str, str], list[int]] = {}
    for number, (_, key, value) in enumerate(rows):
        alike.setdefault((key.strip(), value), []).append(number)
    found: dict[int, int] = {}
    for numbers in alike.values():
        if len(numbers) > 1:
            found.update(_contained({number: tokens(rows[number][0]) for number in numbers}))
    return found


def _contained(words: dict[int, frozenset[str]]) -> dict[int, int]:
    stay: list[int] = []
    found: dict[int, int] = {}
    for number in sorted(words, key=lambda number: (-len(words[number]), number)):
        into = next((other for other in stay if words[number] <= words[other]), None)
        if into is None:
            stay.append(number)
        else:
            found[number] = into
    return found
