"""How the scripted model understands DSPy: fields between markers, an instruction, and demonstrations as turns."""

import re
from collections.abc import Mapping, Sequence

from benchmarks.lab.lessons import lessons_in, recalled

_FIELD = re.compile(r"^\[\[ ## (\w+) ## \]\]\n(.*?)(?=\n+\[\[ ## |\n\nRespond with|\Z)", re.MULTILINE | re.DOTALL)
_WANTED = re.compile(r"starting with the field `\[\[ ## (\w+) ## \]\]`")


def is_prediction(system: str) -> bool:
    """Whether a module's fields are asked for."""
    return "[[ ## completed ## ]]" in system


def prediction(system: str, messages: Sequence[Mapping[str, str]]) -> str:
    """The field that is asked for, from the lessons of the instruction and from the demonstrations."""
    turns = [message["content"] for message in messages if message["role"] != "system"]
    shown = {_first(question): _first(answer) for question, answer in zip(turns[:-1:2], turns[1::2], strict=True)}
    wanted = _WANTED.search(turns[-1])
    answer = recalled(lessons_in(system) | shown, _first(turns[-1]))
    name = wanted[1] if wanted else "answer"
    return f"[[ ## {name} ## ]]\n{answer}\n\n[[ ## completed ## ]]"


def fields_in(message: str) -> dict[str, str]:
    """The fields of a message by their names."""
    return {found[1]: found[2].strip() for found in _FIELD.finditer(message)}


def _first(message: str) -> str:
    return next(iter(fields_in(message).values()), "")
