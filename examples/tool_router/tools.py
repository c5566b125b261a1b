"""The tools: notes that are searched, and a calculator."""

import operator

NOTES = ("Opening hours: 9 to 5", "Phone of the desk: 100", "Phone of the lab: 200", "Address: Mill Lane 1")
SIGNS = {"plus": operator.add, "minus": operator.sub, "times": operator.mul}


def search(words: str, most: str) -> str:
    """The notes that hold one of the words, at most so many."""
    wanted = set(words.lower().split())
    found = [note for note in NOTES if wanted & set(note.lower().replace(":", "").split())]
    return "\n".join(found[: int(most)]) or "nothing in the notes"


def calculate(left: str, sign: str, right: str) -> str:
    """The result of one operation, without a trailing `.0`."""
    return f"{SIGNS[sign](float(left), float(right)):g}"
