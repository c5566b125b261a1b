"""A request as plain text: headings, and under each its text, indented, so that no line of data is a heading."""

from collections.abc import Iterator

from hdsl.kernel.prompt_frames import merged_parts, telling_query
from hdsl.kernel.request import Request, Row, Turn

_INDENT = "  "


def plain_sections(request: Request, goal: str) -> Iterator[str]:
    """Examples, goal, earlier turns, input, and of a correction the text. What is empty is left out."""
    for row in reversed(request.rows):
        yield _example(row, row.query if request.correction else telling_query(row))
    if goal:
        yield _section("Goal", goal)
    numbers: dict[int, int] = {}
    for turn in request.trajectory:
        number = numbers[turn.loop] = numbers.get(turn.loop, 0) + 1
        yield _turn(turn, number, numbers.get(turn.loop - 1, 0) + 1 if turn.loop else 0)
    if request.input or not (request.task or request.correction):
        yield _section("Input", request.input)
    correction = request.correction
    if correction is not None:
        yield _section("Text", correction.text)
        if correction.role != "merge" and correction.expected:
            yield _section("Actual", correction.actual)
        for text in correction.expected:
            yield _section("Expected", text)
        if correction.advice:
            yield _section("Wrong", correction.advice)


def _example(row: Row, query: str) -> str:
    parts = (("When", query), ("Input", row.key), ("Answer", row.value))
    return "\n".join(_section(name, text) for name, text in parts if text)


def _turn(turn: Turn, number: int, outer: int) -> str:
    inside = f" in turn {outer}" if outer else ""
    sections = [
        _section(f"Turn {number}{inside}, {step.name}", step.text)
        for step in turn.steps
        if step.text.strip() and step.text.strip() != turn.text.strip()
    ]
    sections.append(_section(f"Turn {number}{inside}{', failed' if turn.failed else ''}", turn.text))
    if turn.failed and turn.cause:
        sections.append(_section("Cause", turn.cause))
    return "\n".join(sections)


def _section(name: str, text: str) -> str:
    parts = merged_parts(text)
    body = "\n\n".join(f"[{number}]\n{part}" for number, part in enumerate(parts, 1)) or text
    lines = body.split("\n")
    if len(lines) == 1:
        return f"{name}: {body}"
    return "\n".join([f"{name}:", *(_INDENT + line for line in lines)])
