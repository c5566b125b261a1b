"""Parsing after edits: the tree, the faults and the unread names are those of the text parsed anew."""

from random import Random
from typing import Any

import pytest

from hdsl.syntax.format import format_source
from hdsl.syntax.incremental import IncrementalParser
from hdsl.syntax.parsed import Parsed
from hdsl.syntax.parser import parse
from hdsl.syntax.source import Source
from hdsl.syntax.tree import Span
from tests.generators import mutant, program
from tests.sources import repository_sources
from tests.typed_programs import TypedPrograms


def placed(text: str, parsed: Parsed, lines: list[str]) -> Any:
    """What was parsed, with lines and columns for offsets, in the text without its spare blanks."""
    source = Source("", text)

    def place(value: Any) -> Any:
        if isinstance(value, Span):
            return tuple(place_of(offset) for offset in value)
        if hasattr(value, "_fields"):
            return (type(value).__name__, *(place(each) for each in value))
        if isinstance(value, tuple):
            return tuple(place(each) for each in value)
        return value

    def place_of(offset: int) -> tuple[int, int]:
        line, column = source.position(offset)
        width = len(lines[line - 1].rstrip("\r")) if line <= len(lines) else 0
        return line, min(column, width + 1)

    return place(parsed.file), place(parsed.faults), parsed.unread


def assert_same(parser: IncrementalParser, text: str) -> None:
    lines = text.split("\n")
    assert placed(parser.padded, parser.parsed, lines) == placed(text, parse(text), lines)


def edited(text: str, random: Random) -> str:
    """The text after one edit: of characters, of a token, of a line, or several lines away."""
    lines = text.split("\n")
    at = random.randrange(len(lines))
    kind = random.randrange(8)
    if kind < 3:
        lines[at] = mutant(lines[at], random) if lines[at].strip() else random.choice(("x", "harn", "# why", "}", ""))
    elif kind == 3:
        lines.insert(
            at, random.choice(("", "  # a comment", lines[random.randrange(len(lines))], "  new: text[1] = llm("))
        )
    elif kind == 4:
        del lines[at]
    elif kind == 5:
        lines[at] = lines[at][: random.randrange(len(lines[at]) + 1)]
    elif kind == 6:
        other = random.randrange(len(lines))
        lines[at], lines[other] = lines[other], lines[at]
    else:
        lines[at : at + random.randrange(4)] = [
            f"  n{i}: text[1] = llm(x)  # {'long ' * 40}" for i in range(random.randrange(4))
        ]
    return "\n".join(lines)


def texts(seed: int) -> str:
    random = Random(seed)
    if seed % 3 == 0:
        return format_source(program(random, comments=0))
    if seed % 3 == 1:
        return TypedPrograms(random).file()
    return random.choice(repository_sources())[1]


@pytest.mark.parametrize("seed", range(24))
def test_after_each_edit_the_tree_is_that_of_the_text_parsed_anew(seed):
    random = Random(seed)
    text = texts(seed)
    parser = IncrementalParser(text)
    assert_same(parser, text)
    for _ in range(12):
        following = edited(text, random) if random.random() < 0.7 else text
        parser.update(following)
        assert_same(parser, following)
        if random.random() < 0.4:
            text = following
