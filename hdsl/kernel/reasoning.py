"""Reasoning in a model's answer: what it wrote for itself before the answer, which is no part of it."""

import re

_BLOCK = re.compile(r"\s*<(think|thinking|reasoning)>.*?(?:</\1>|\Z)", re.DOTALL | re.IGNORECASE)
_END = re.compile(r"</(?:think|thinking|reasoning)>", re.IGNORECASE)


def without_reasoning(text: str) -> str:
    """The answer without the reasoning blocks it begins with, stripped.

    A block that is never closed is all reasoning; one whose opening tag the server's template has swallowed ends at its
    closing tag. Tags further on belong to the answer.
    """
    rest = text
    while block := _BLOCK.match(rest):
        rest = rest[block.end() :]
    if rest == text:
        closing = _END.search(rest)
        if closing and f"<{closing[0][2:-1]}" not in rest[: closing.start()].lower():
            rest = rest[closing.end() :]
    return rest.strip()
