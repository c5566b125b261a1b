"""How the scripted model understands OptoPrime of Trace: a program as code, its values, feedback on its output."""

import json
import re
from collections.abc import Callable

from benchmarks.lab.lessons import better_input, lessons_in, rewritten
from benchmarks.lab.remarks import remark_in

_CALL = re.compile(r"^(\w+) = \w+\((.*?)\)$", re.MULTILINE)
_ARGUMENT = re.compile(r"(\w+)=(\w+)")
_VALUE = re.compile(r"^\(\w+\) (\w+)=(.*?)(?=^\(\w+\) \w+=|\Z)", re.MULTILINE | re.DOTALL)


def is_optimizer(system: str) -> bool:
    """Whether changed values of variables are asked for."""
    return "You're tasked to solve a coding/algorithm problem" in system and '"suggestion"' in system


def suggestion(prompt: str, is_dropped: Callable[[str], bool]) -> str:
    """The change of the one variable that is to blame, as JSON, or TERMINATE.

    The program is read backwards: where what came into a call is to blame, the call that made it is looked at.
    """
    sections = _sections(prompt)
    variables = _values(sections["Variables"])
    values = variables | _values(sections["Inputs"]) | _values(sections["Others"]) | _values(sections["Outputs"])
    calls = {found[1]: dict(_ARGUMENT.findall(found[2])) for found in _CALL.finditer(sections["Code"])}
    remark = remark_in(sections["Feedback"])
    made = next(iter(_values(sections["Outputs"])), "")
    if remark is None or made not in calls:
        return "TERMINATE"
    expected = remark.expected
    while True:
        instruction, came_in = calls[made]["instruction"], calls[made]["question"]
        better = better_input(lessons_in(values[instruction]), values[came_in], expected)
        if not better or came_in not in calls:
            break
        made, expected = came_in, better
    text = rewritten(variables[instruction], {values[came_in]: expected}, is_dropped)
    return json.dumps({"reasoning": f"{made} should be {expected}", "answer": "", "suggestion": {instruction: text}})


def _sections(prompt: str) -> dict[str, str]:
    parts = re.split(r"^#(\w+)$", prompt, flags=re.MULTILINE)
    return {name: text.strip().removesuffix("=" * 32) for name, text in zip(parts[1::2], parts[2::2], strict=True)}


def _values(section: str) -> dict[str, str]:
    return {found[1]: found[2].strip() for found in _VALUE.finditer(section)}
