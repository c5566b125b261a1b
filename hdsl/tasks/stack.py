"""Runtime stack: what happens when a call is made, as it was seen while the repository's own tests ran."""

import ast
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import Levenshtein

from hdsl.tasks.definitions import Definition
from hdsl.tasks.model import Dropped, Task

FIELDS = ("frames", "raises", "branch", "hits")
NOTHING = "nothing"
CALL = "  # <call>"
_AROUND = 12
_MOST_LINES, _MOST_HITS = 80, 20


def stack_unit(test: str, places: Sequence[tuple[str, int]]) -> tuple[Mapping[str, Any], ...]:
    """The work that sees what calls in a test do, done twice: what is not the same each time is no truth."""
    work = {"tests": [test], "watch": "calls", "sites": {test: [list(place) for place in places]}}
    return (work, work)


def is_plain(definition: Definition) -> bool:
    """Whether a call of a function runs its body at once: those of generators and coroutines run it later."""
    if isinstance(definition.node, ast.AsyncFunctionDef):
        return False
    inner = [node for child in definition.node.body for node in ast.walk(child)]
    return not any(isinstance(node, ast.Yield | ast.YieldFrom) for node in inner)


def calling(definition: Definition, results: Sequence[Mapping[str, Any]], texts: Mapping[str, str]) -> Task | Dropped:
    """The task of one call. `texts`: the files of the repository."""
    calls = [_call(result, definition) for result in results]
    if not all(calls):
        return Dropped("its call was not seen")
    seen = calls[0]
    assert seen is not None
    if any(call != seen for call in calls):
        return Dropped("its call does not do the same each time")
    if not seen["lines"]:
        return Dropped("its call ran no line")
    site = _site(str(seen["caller"]), int(seen["caller_line"]), texts)
    if not site:
        return Dropped("it is not called from code of the repository")
    return Task(
        key=f"stack {definition.key}",
        given={"site": f"{site}\n\n{_numbered(definition)}"},
        answer=_answer(definition, seen),
        whole=definition.text(),
        home=definition.key,
        file=definition.file,
        lines=(definition.start, definition.end),
        place={"test": seen["test"]},
    )


def unlike(actual: str, expected: str) -> float:
    """How unlike what happened an answer is: the mean over frames, exception, branches, and the order of lines."""
    said, true = read_answer(actual), read_answer(expected)
    return sum(_UNLIKE[name](said[name], true[name]) for name in FIELDS) / len(FIELDS)


def unlike_by_field(actual: str, expected: str) -> dict[str, float]:
    """The same for each field."""
    said, true = read_answer(actual), read_answer(expected)
    return {name: _UNLIKE[name](said[name], true[name]) for name in FIELDS}


def read_answer(text: str) -> dict[str, list[str]]:
    """The items of each field of an answer, which has a line for each: `raises: KeyError`."""
    found: dict[str, list[str]] = {name: [] for name in FIELDS}
    for line in text.split("\n"):
        name, colon, value = line.partition(":")
        if colon and name.strip() in found:
            found[name.strip()] = value.replace(" > ", " ").split()
    return found


def _unlike_sequence(said: Sequence[str], true: Sequence[str]) -> float:
    return Levenshtein.distance(said, true) / max(len(said), len(true), 1)


def _unlike_set(said: Sequence[str], true: Sequence[str]) -> float:
    union = set(said) | set(true)
    return 1.0 - len(set(said) & set(true)) / len(union) if union else 0.0


def _unlike_order(said: Sequence[str], true: Sequence[str]) -> float:
    """The share of pairs of lines that are not in the right order, or not both there."""
    if len(true) < 2:
        return float(list(said) != list(true))
    rank = {line: number for number, line in enumerate(dict.fromkeys(said))}
    pairs = [(before, after) for at, before in enumerate(true) for after in true[at + 1 :]]
    right = sum(1 for before, after in pairs if before in rank and after in rank and rank[before] < rank[after])
    return 1.0 - right / len(pairs)


_UNLIKE = {
    "frames": _unlike_sequence,
    "raises": lambda said, true: float(list(said) != list(true)),
    "branch": _unlike_set,
    "hits": _unlike_order,
}


def _call(result: Mapping[str, Any], definition: Definition) -> Mapping[str, Any] | None:
    calls = result.get("calls")
    for call in calls if isinstance(calls, list) else []:
        if (call.get("file"), call.get("start")) == (definition.file, definition.start):
            found: Mapping[str, Any] = call
            return found
    return None


def _answer(definition: Definition, seen: Mapping[str, Any]) -> str:
    """Lines are numbered as they are shown."""
    own = _shown_number(definition)
    branching = _branching(definition)
    taken = [f"{own(line)}>{own(to) if to > 0 else 'end'}" for line, to in seen["arcs"] if line in branching]
    ranked = sorted(seen["lines"], key=lambda each: (-each[1], each[0]))[:_MOST_HITS]
    values = {
        "frames": " > ".join(seen["frames"]),
        "raises": seen["raises"] or NOTHING,
        "branch": " ".join(taken) or NOTHING,
        "hits": " ".join(str(own(line)) for line, _ in ranked),
    }
    return "\n".join(f"{name}: {values[name]}" for name in FIELDS)


def _branching(definition: Definition) -> set[int]:
    """The lines from which a call may go on in several ways."""
    found: set[int] = set()
    for node in ast.walk(definition.node):
        if isinstance(node, ast.If | ast.While):
            found |= set(range(node.test.lineno, (node.test.end_lineno or node.test.lineno) + 1))
        elif isinstance(node, ast.For | ast.Match):
            found.add(node.lineno)
    return found


def _shown_number(definition: Definition) -> Callable[[int], int]:
    """From the lines of the file to those that are shown: the function's first is 1, and its docstring is left out."""
    begin, end = definition.docstring_lines or (definition.end + 1, definition.end)

    def own(line: int) -> int:
        return line - definition.start + 1 - (end - begin + 1 if line > end else 0)

    return own


def _numbered(definition: Definition) -> str:
    shown = definition.without_docstring().split("\n")[:_MOST_LINES]
    return definition.place + "\n".join(f"{number:>3} {line}" for number, line in enumerate(shown, 1))


def _site(file: str, line: int, texts: Mapping[str, str]) -> str:
    """The lines around a call, with the call marked."""
    lines = texts.get(file, "").split("\n")
    if not file or not 0 < line <= len(lines):
        return ""
    first = max(1, line - _AROUND)
    starts = [number for number in range(first, line) if lines[number - 1].lstrip().startswith(("def ", "async def "))]
    first = starts[-1] if starts else first
    shown = [text + (CALL if number == line else "") for number, text in enumerate(lines[first - 1 : line + 2], first)]
    return f"# {file}\n{Definition.dedented(shown)}"
