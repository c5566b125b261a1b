"""What a statement looks like where a fault is: in a body, a type, the head of a harness, a table, a test."""

from __future__ import annotations

import re
from bisect import bisect_right

from hdsl.syntax.source import Source

_FAR = 20_000
"""How far above a fault its declaration is looked for, in code points."""

FORMS = {
    "type": (
        'A type has labels, `type T { "yes": "it is so", "no:" }`, or fields, '
        '`type T { name: text "as signed", tags: list(text), age: int? }`.'
    ),
    "head": "An input has the form `name: text[B]`, an option `name: int = 3`.",
    "op": 'An operation has the form `op shout(x: text[*S]) -> text[*S] = "module:function"`.',
    "experience": (
        "A table has the form `experience e: text -> text = "
        '[("words to find it by", "an input", "the answer")]`, or `= load("rows.jsonl")`.'
    ),
    "test": 'In a test stand nodes, `given name.node = "…"` and `expect contains(out, "…")`.',
    "train": 'A training has the form `train name { data = load("pairs.jsonl") }`.',
    "use": 'A module is used by `use std.terminal`, a file by `use "lib/rows.hg" as rows`.',
    "budget": "A budget has the form `budget(llm_calls=3, per=[B])`.",
    "switch": 'A switch has the form `x: text[B] = switch verdict { "yes" => a, else => b }`.',
}
NO_ALTERNATIVES = "A type has no alternatives: declare a type of labels, and mark a field that may be absent with `?`."


def place_of(source: Source, at: int) -> str:
    """What stands at a place: a key of FORMS, or nothing for a statement of a body."""
    found = _declared_above(source, at)
    if found is None:
        return ""
    line = source.text[source.text.rfind("\n", 0, at) + 1 : at].lstrip()
    word = found[1]
    if word == "experience" and "]" in source.text[found.end() : at]:
        return ""
    if word != "harness":
        return word
    if "{" not in source.text[found.end() : at]:
        return "head"
    return "budget" if line.startswith("budget") else "switch" if re.search(r"=\s*switch\b", line) else ""


def _declared_above(source: Source, at: int) -> re.Match[str] | None:
    above = bisect_right(source.declarations, at, key=lambda found: found.end())
    if not above or at - source.declarations[above - 1].start() > _FAR:
        return None
    return source.declarations[above - 1]
