"""Docstring to code: the answer is the body of a function, judged by the tests of the repository."""

from hdsl.tasks.definitions import Definition
from hdsl.tasks.model import Dropped, Region, Task
from hdsl.tasks.regions import is_whole, region_as_json

_LONGEST = 40
_FEWEST_WORDS = 4


def implementing(definition: Definition, source: str) -> Task | Dropped:
    """The task that a definition makes."""
    if definition.docstring_lines is None or len(definition.docstring.split()) < _FEWEST_WORDS:
        return Dropped("it has no docstring, or a very short one")
    if definition.end - definition.first >= _LONGEST:
        return Dropped(f"its body is longer than {_LONGEST} lines")
    answer = definition.text(definition.first, definition.end)
    line = definition.lines[definition.first - definition.start]
    region = Region(definition.file, definition.first, definition.end, line[: len(line) - len(line.lstrip())])
    if not is_whole(source, region, answer):
        return Dropped("its layout cannot be put back")
    return Task(
        key=f"code {definition.key}",
        given={"intent": f"{definition.place}{definition.text(last=definition.docstring_lines[1])}"},
        answer=answer,
        whole=definition.text(),
        home=definition.key,
        file=definition.file,
        lines=(definition.start, definition.end),
        place={"region": region_as_json(region)},
    )
