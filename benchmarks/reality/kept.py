"""Answers in a file outside of the repository: what was asked is not asked again, and tables can be made anew."""

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from benchmarks.reality.arms import Said
from hdsl.ground.json_lines import append_json_line, read_json_lines

Place = tuple[str, str, str]
"""A part, an arm, a question."""


class Kept:
    """The answers in a file, one a line, and those that come."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._said: dict[Place, Said] = {}
        if path.is_file():
            for line in read_json_lines(path):
                part, arm, question = line.value["place"]
                self._said[part, arm, question] = Said(**line.value["said"])

    def get(self, place: Place) -> Said | None:
        """The answer that is kept."""
        return self._said.get(place)

    def add(self, place: Place, said: Said) -> None:
        """Keeps an answer, at once."""
        self._said[place] = said
        append_json_line(self._path, {"place": place, "said": asdict(said)})

    def all_of(self, part: str, arm: str, questions: Sequence[str]) -> list[Said] | None:
        """The answers to the first questions, as far as there are; None where there is none."""
        found = []
        for question in questions:
            said = self._said.get((part, arm, question))
            if said is None:
                break
            found.append(said)
        return found or None
