"""What a coding agent is given of a request: files, instructions, and where to put the answer.

Each text is a file of its own, as it is, so that no text can be taken for a part of another or for an instruction.
"""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from hdsl.kernel.prompt import render
from hdsl.kernel.prompt_words import instructions, is_task_alone
from hdsl.kernel.request import Request

INPUT, ANSWER = "input.txt", "answer.txt"
"""The files that hold the input, and that the answer is written into."""


def request_files(request: Request) -> dict[str, str]:
    """The files of a request, by their paths in the folder that the agent gets for it alone."""
    return {name: text for name, text in _files(request) if text or (name == INPUT and not is_task_alone(request))}


def answer_file(request: Request) -> str:
    """The file that the answer to a request is in."""
    return (request.work.answer if request.work is not None else "") or ANSWER


def _files(request: Request) -> Iterator[tuple[str, str]]:
    if request.work is not None:
        yield from request.work.files
    yield INPUT, request.input
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
    return f"{instructions(request, 'files')}\n\n{where} When you know the answer, {_way(request, structured)}."


def request_prompt(request: Request, files: Mapping[str, str], *, structured: bool) -> str:
    """What an agent is told to begin with: which files there are. A task that says all there is to say comes first."""
    listed = "\n".join(f"{name} ({len(text):,} characters)" for name, text in files.items())
    parts = [request.task if is_task_alone(request) else "", f"The files are:\n{listed}" if listed else ""]
    return "\n\n".join([*filter(None, parts), f"When you know the answer, {_way(request, structured)}."])


def _way(request: Request, structured: bool) -> str:
    """How an answer is given."""
    if structured:
        return "give it by the tool for structured output"
    name = answer_file(request)
    is_there = request.work is not None and name in dict(request.work.files)
    return f"change {name} accordingly" if is_there else f"write it into {name}"


def folder_instructions(request: Request, *, structured: bool) -> str:
    """All that instructs an agent that works on files that are there already."""
    where = "You work on the files of the working folder, and can touch nothing else."
    last = _way(request, structured) if structured else "say in a few lines what you have done: that is the answer"
    return f"{instructions(request, 'frames')}\n\n{where} When you are done, {last}."


def folder_prompt(request: Request, tools: Sequence[str], names: Sequence[str]) -> str:
    """What an agent is asked that works on files that are there already: the question, and which files there are."""
    shown = f"\n\nThe files are:\n{chr(10).join(names)}" if names else ""
    return f"{render(request, 'frames').question}{shown}\n\nYour tools are {', '.join(tools)}."
