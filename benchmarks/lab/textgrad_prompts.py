"""How the scripted model understands TextGrad: its gradient engine and its optimizer."""

import re
from collections.abc import Callable

from benchmarks.lab.lessons import better_input, lessons_in, rewritten
from benchmarks.lab.remarks import NOTHING, Remark, advice, advices_in, remark_in

_ABBREVIATED = " (...) "


def is_backward(system: str) -> bool:
    """Whether feedback is asked for."""
    return "You are the gradient (feedback) engine" in system


def is_optimizer(system: str) -> bool:
    """Whether a better text is asked for."""
    return "You MUST give your response by sending the improved variable" in system


def feedback(prompt: str) -> str:
    """What should be better about the variable, given what was said of what came out."""
    variable = _inside("VARIABLE", prompt)
    conversation = _inside("LM_INPUT", prompt), _inside("LM_SYSTEM_PROMPT", prompt)
    remark = remark_in(_inside("OBJECTIVE_FUNCTION", prompt)) or remark_in(_inside("OUTPUT_OF_FUNCTION", prompt))
    if remark is None:
        return NOTHING
    if not any(conversation):
        return str(remark)
    came_in, system = conversation
    better = better_input(lessons_in(system), came_in, remark.expected)
    if variable == came_in:
        return str(Remark(came_in, better)) if better else NOTHING
    return NOTHING if better else advice(came_in, remark.expected)


def improved(prompt: str, is_dropped: Callable[[str], bool]) -> str:
    """The variable with what its feedback advises, between the tags that are asked for."""
    learned = {key: answer for said in _all_inside("FEEDBACK", prompt) for key, answer in advices_in(said)}
    return f"<IMPROVED_VARIABLE>{rewritten(_whole_variable(prompt), learned, is_dropped)}</IMPROVED_VARIABLE>"


def _whole_variable(prompt: str) -> str:
    """The variable; of a long one the middle is left out, and stands in the conversations that it had a part in."""
    shown = _inside("VARIABLE", prompt)
    if _ABBREVIATED not in shown:
        return shown
    start, _, end = shown.partition(_ABBREVIATED)
    wholes = (text for text in _all_inside("LM_SYSTEM_PROMPT", prompt) if text.startswith(start) and text.endswith(end))
    return next(wholes, shown)


def _inside(tag: str, prompt: str) -> str:
    return next(iter(_all_inside(tag, prompt)), "")


def _all_inside(tag: str, prompt: str) -> list[str]:
    return [found.strip() for found in re.findall(rf"<{tag}>(.*?)</{tag}>", prompt, re.DOTALL)]
