"""How the scripted model understands DSPy's GEPA: an instruction, and examples of what came of it with feedback."""

import json
from collections.abc import Callable, Mapping
from typing import Any

from benchmarks.lab.dspy_prompts import fields_in
from benchmarks.lab.lessons import better_input, lessons_in, rewritten
from benchmarks.lab.remarks import remark_in


def is_proposal(system: str) -> bool:
    """Whether a better instruction is asked for."""
    return "Your task is to write a new instruction for the assistant." in system


def proposal(prompt: str, is_dropped: Callable[[str], bool]) -> str:
    """The instruction with what the feedback teaches, as JSON.

    Feedback on an answer that is not the assistant's own is on what others made of it, and says nothing of what the
    assistant should have said.
    """
    fields = fields_in(prompt)
    text = fields["current_instruction"]
    learned = dict[str, str]()
    for example in json.loads(fields["examples_with_feedback"]):
        learned |= _learned(example, lessons_in(text))
    return json.dumps({"new_instruction": rewritten(text, learned, is_dropped)})


def _learned(example: Mapping[str, Any], known: Mapping[str, str]) -> dict[str, str]:
    (came_in,), (answer,) = example["Inputs"].values(), example["Generated Outputs"].values()
    remark = remark_in(example["Feedback"])
    if remark is None or remark.answer != answer or better_input(known, came_in, remark.expected):
        return {}
    return {came_in: remark.expected}
