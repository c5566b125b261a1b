"""Edits that change nothing of what a file means: names, order of independent nodes, comments, layout."""

import re
from collections.abc import Iterator
from itertools import pairwise
from random import Random

from benchmarks.mutations.sample import Edit, Sample, applied
from hdsl.syntax import tree

_PIECE = re.compile(r'"""(?:[^"]|"[^"]|""[^"])+"""|"(?:[^"\\\n]|\\.)*"|#[^\n]*|[^"#]+')


def renamed(sample: Sample, random: Random) -> Iterator[str]:
    """A node by another name, wherever it is used."""
    for harness, node in sample.nodes:
        name = node.name.text
        if re.search(rf"^\s*given [\w.]*\.{name}\b", sample.text, re.MULTILINE):
            continue  # a test names it too
        text, start = sample.written(harness.span), harness.span.start
        edits = [
            Edit(start + found.start(), start + found.end(), f"{name}_again")
            for piece in _PIECE.finditer(text)
            if piece.group()[0] != "#"
            for found in re.compile(
                rf"(?<=\{{)(?<!\\\{{){name}(?=[.}}])"
                if piece.group()[0] == '"'
                else rf"(?<![\w.]){name}\b(?!\s*=[^=]*[,)])"
            ).finditer(text, *piece.span())
        ]
        is_type = re.search(rf": *{name}\[", text) is not None
        is_option = re.search(rf"[(,]\s*{name}=", text) is not None
        is_stubbed = re.search(rf"given [\w.]*\.{name}\b", sample.text) is not None
        if edits and not is_option and not is_type and not is_stubbed:
            yield applied(sample.text, edits)[0]
    del random


def reordered(sample: Sample, random: Random) -> Iterator[str]:
    """Two nodes next to each other of which neither is made of the other, the other way round."""
    for harness in sample.harnesses:
        nodes = [statement for statement in harness.body if isinstance(statement, tree.Node)]
        for one, other in pairwise(nodes):
            if not re.search(rf"\b{one.name.text}\b", sample.written(other.value.span)):
                first, second = sample.written(one.span), sample.written(other.span)
                edits = [Edit(*one.span, second), Edit(*other.span, first)]
                yield applied(sample.text, edits)[0]
    del random


def commented(sample: Sample, random: Random) -> Iterator[str]:
    """Comments between any two lines, and behind some."""
    for _ in range(3):
        pieces = []
        for line in sample.text.split("\n"):
            pieces.append(line)
            if random.random() < 0.3:
                pieces.append(f"{' ' * random.randrange(4)}# {random.choice(('why', 'TODO: no', '} ) ]', 'x = 3'))}")
        yield "\n".join(pieces)


def laid_out(sample: Sample, random: Random) -> Iterator[str]:
    """Other blanks wherever there are some."""

    def blanks(found: re.Match[str]) -> str:
        return random.choice((" ", "  ", "\n", "\n\n  ", "\t"))

    for _ in range(3):
        pieces = [
            piece.group() + ("\n" if piece.group()[0] == "#" else "")
            if piece.group()[0] in '"#'
            else re.sub(r"\s+", blanks, piece.group())
            for piece in _PIECE.finditer(sample.text)
        ]
        yield "".join(pieces)


SAME_MEANING = (renamed, reordered, commented, laid_out)
