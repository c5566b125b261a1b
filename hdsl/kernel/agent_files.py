"""What a coding agent is given of a request: files, instructions, and where to put the answer.

Each text is a file of its own, as it is, so that no text can be taken for a part of another or for an instruction.
"""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from hdsl.ground.labels import label_of
from hdsl.kernel.prompt import render
from hdsl.kernel.prompt_words import instructions
from hdsl.kernel.request import Request

ANSWER = "answer.txt"
"""The file that the answer is written into."""

_TAGGED, _LABEL, _TEXT = "answer", "label", "text"


def request_files(request: Request) -> dict[str, str]:
    """The files of a request, by their paths in the folder that the agent gets for it alone."""
    return {name: text for name, text in _files(request) if text or name == "input.txt"}


def _files(request: Request) -> Iterator[tuple[str, str]]:
    yield "input.txt", request.input
    yield "goal.txt", request.goal
    for number, row in enumerate(request.rows, 1):
        yield f"rows/{number}/query.txt", row.query
        yield f"rows/{number}/key.txt", row.key
        yield f"rows/{number}/value.txt", row.value
    for number, turn in enumerate(request.trajectory, 1):
        for at, step in enumerate(turn.steps, 1):
            yield f"turns/{number}/{at}-{Path(step.name).name}.txt", step.text
        yield f"turns/{number}/result.txt", turn.text
        yield f"turns/{number}/why-it-failed.txt", turn.cause
    if (correction := request.correction) is not None:
        yield "text.txt", correction.text
        yield "actual.txt", correction.actual
        for number, text in enumerate(correction.expected, 1):
            yield f"expected/{number}.txt", text
        yield "advice.txt", correction.advice
    for number, rejection in enumerate(request.rejected, 1):
        yield f"rejected/{number}/answer.txt", rejection.answer
        yield f"rejected/{number}/reason.txt", rejection.reason


def request_instructions(request: Request, *, structured: bool) -> str:
    """All that instructs an agent that answers a request in a folder of its own."""
    where = "You work in a folder that holds what this is about, and can touch nothing else. Read the files you need."
    last = "Then give the answer by the tool for structured output." if structured else f"Then write {ANSWER}."
    return f"{instructions(request, 'files')}\n\n{where} {last}"


def request_prompt(files: Mapping[str, str], *, structured: bool) -> str:
    """What an agent is told to begin with: which files there are."""
    listed = "\n".join(f"{name} ({len(text):,} characters)" for name, text in files.items())
    wanted = "give the answer by the tool for structured output" if structured else f"write the answer into {ANSWER}"
    return f"The files are:\n{listed}\n\nRead what you need and {wanted}."


def folder_instructions(request: Request) -> str:
    """All that instructs an agent that works on files that are there already."""
    return (
        f"{instructions(request, 'frames')}\n\n"
        "You work on the files of the working folder, and can touch nothing else. When you are done, say in a few "
        "lines what you have done: that is the answer."
    )


def folder_prompt(request: Request, tools: Sequence[str], names: Sequence[str]) -> str:
    """What an agent is asked that works on files that are there already: the question, and which files there are."""
    shown = f"\n\nThe files are:\n{chr(10).join(names)}" if names else ""
    return f"{render(request, 'frames').question}{shown}\n\nYour tools are {', '.join(tools)}."


def answer_schema(labels: Sequence[str]) -> Mapping[str, Any]:
    """What an answer of a type must be like in JSON: one of its labels, or a label and what follows it."""
    carriers = [label for label in labels if label.endswith(":")]
    exact = [label for label in labels if not label.endswith(":")]
    if not carriers:
        return _object({_TAGGED: {"type": "string", "enum": exact}})
    text = {"type": "string", "description": f"what follows {' or '.join(carriers)}; empty with any other label"}
    return _object({_LABEL: {"type": "string", "enum": [*exact, *carriers]}, _TEXT: text})


def answer_of(structured: Any, labels: Sequence[str]) -> str | None:
    """The answer that JSON gives, as its type writes it; None where it gives none."""
    if not isinstance(structured, dict):
        return None
    given = structured.get(_TAGGED, structured.get(_LABEL))
    if not isinstance(given, str):
        return None
    follows = structured.get(_TEXT, "")
    text = f"{given}{follows}" if given.endswith(":") and isinstance(follows, str) else given
    return text if label_of(text, labels) is not None else None


def _object(properties: Mapping[str, Any]) -> Mapping[str, Any]:
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }
