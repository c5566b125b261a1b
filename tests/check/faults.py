"""Faults as people and models make them, put into a valid file: one function a class of faults, drawn by a seed."""

import re
from collections.abc import Callable
from itertools import pairwise
from random import Random

Fault = Callable[[str, Random], str | None]
"""A text and where chance comes from, to the text with one fault; None where the fault has no place in it."""

NAME = r"[A-Za-z_]\w*"


def slip(word: str, random: Random) -> str | None:
    """A word with a letter left out, doubled, or swapped with the next."""
    if len(word) < 4:
        return None
    i = random.randrange(1, len(word) - 1)
    slips = [word[:i] + word[i + 1 :], word[:i] + word[i] + word[i:], word[:i] + word[i + 1] + word[i] + word[i + 2 :]]
    return next((each for each in random.sample(slips, 3) if each != word), None)


def at(pattern: str, change: Callable[[str, Random], str | None], group: int = 0) -> Fault:
    """Changes one match of a pattern, or a group of it."""

    def fault(text: str, random: Random) -> str | None:
        matches = list(re.finditer(pattern, text, re.MULTILINE))
        if not matches:
            return None
        match = random.choice(matches)
        changed = change(match[group], random)
        return None if changed is None else text[: match.start(group)] + changed + text[match.end(group) :]

    return fault


def without(pattern: str, group: int = 0) -> Fault:
    """Leaves a match of a pattern out, or a group of it."""
    return at(pattern, lambda word, random: "", group)


def swapped_statements(text: str, random: Random) -> str | None:
    """A node above the one that it uses."""
    lines = text.split("\n")
    pairs = [
        i
        for i, (one, other) in enumerate(pairwise(lines))
        if (name := re.match(rf"  ({NAME}): .*=.*\)$", one))
        and re.match(rf"  {NAME}: .*=.*\)$", other)
        and re.search(rf"\b{name[1]}\b", other.split("=", 1)[1])
    ]
    if not pairs:
        return None
    i = random.choice(pairs)
    lines[i : i + 2] = [lines[i + 1], lines[i]]
    return "\n".join(lines)


def unused_node(text: str, random: Random) -> str | None:
    """A node that nothing uses."""
    nodes = list(re.finditer(r"^  (\w+): *text\[1\] *=.*\n", text, re.MULTILINE))
    if not nodes:
        return None
    node = random.choice(nodes)
    return f"{text[: node.end()]}  spare: text[1] = first_line({node[1]})\n{text[node.end() :]}"


FAULTS: dict[str, Fault] = {
    "a misspelt input": at(rf"= \w[\w.]*\(({NAME})[,)]", slip, 1),
    "a misspelt operation": at(rf"= (?:{NAME}\.)?({NAME})\(", slip, 1),
    "a misspelt option": at(rf"[(,] ?({NAME})=", slip, 1),
    "a misspelt type": at(rf": ([A-Z]{NAME})\[", slip, 1),
    "a misspelt module": at(r"^use std\.(\w+)", slip, 1),
    "a misspelt label": at(r', "(\w{4,}):[^"]*"\),$', slip, 1),
    "a misspelt case": at(r'"(\w+):?" =>', slip, 1),
    "a misspelt result": at(r"return (\w+)", slip, 1),
    "a misspelt keyword": at(r"^(harness|experience|type|return)\b", slip, 1),
    "no annotation": without(r"^  \w+(: *[\w.]+\[[^\]]*\]) *=", 1),
    "no shape": without(r"^  \w+: *[\w.]+(\[[^\]]*\]) *=", 1),
    "another annotation": at(r"^  \w+: *[\w.]+\[(1)\] *=", lambda word, random: "2", 1),
    "no use": without(r"^use std\.\w+\n"),
    "no version": without(r"^hdsl 1\n"),
    "no closing parenthesis": without(r"\)$"),
    "no closing parenthesis of a signature": without(r"(\)) ->", 1),
    "no closing brace": without(r"^\}\n"),
    "no closing bracket": without(r"\[[^\]]*(\]) *=", 1),
    "no return": without(r"^  return \w+\n"),
    "no comma": without(r"\w(,) [a-z]\w*[,)]", 1),
    "no colon": without(r"^  \w+(:) ", 1),
    "no equal sign": without(r"(= )\w+\(", 1),
    "no arrow": without(r"(-> )\w+\[", 1),
    "a parenthesis too many": at(r"\)$", lambda word, random: "))"),
    "a semicolon": at(r"\)$", lambda word, random: ");"),
    "a number in quotes": at(r"=(\d+)[,)]", lambda word, random: f'"{word}"', 1),
    "an option by position": without(r', (\w+=)["\d]', 1),
    "an input by name": at(r"= llm\((\w+)", lambda word, random: f"input={word}", 1),
    "an option before an input": at(
        rf'= [\w.]+\(({NAME}, \w+=(?:"[^"]*"|\d+))\)', lambda word, random: ", ".join(word.split(", ", 1)[::-1]), 1
    ),
    "an option twice": at(r'(, \w+=(?:"[^"]*"|\d+))\)', lambda word, random: word * 2, 1),
    "an unused node": unused_node,
    "swapped statements": swapped_statements,
}
