"""Scores of tasks that a repository sets itself, and what its code is found by (`std.tasks`)."""

from pathlib import Path

from hdsl.ops.learning import inverted_by
from hdsl.ops.losses import loss, score_text
from hdsl.ops.marks import blocking
from hdsl.tasks.analogy import named, numbered
from hdsl.tasks.analogy import outline as outline_of
from hdsl.tasks.scores import coverage_loss, description_loss, tests_loss
from hdsl.tasks.stack import unlike
from hdsl.tasks.words import identifier_words, shape_words


@inverted_by(lambda actual, better, code: (code,))
def code_words(code: str) -> str:
    """The words of the identifiers in code, and of what stands around what is hidden in it, each once."""
    return " ".join(dict.fromkeys([*identifier_words(code), *shape_words(code)]))


@inverted_by(lambda actual, better, code: (code,))
def outline(code: str) -> str:
    """Code by which a similar piece is found, whatever its names are."""
    return outline_of(code)


@inverted_by(lambda actual, better, answer, code: (numbered(better, code), code))
def with_names(answer: str, code: str) -> str:
    """An answer in which names are numbers, with the names that stand in the code in their places."""
    return named(answer, code)


@blocking
@loss
def fails_tests(actual: str, expected: str, *, data: str) -> str:
    """0 where the tests of the repository of the data set `data` pass with the answer, else 1."""
    return score_text(tests_loss(actual, expected, Path(data)))


@blocking
@loss
def untold(actual: str, expected: str, *, data: str) -> str:
    """How badly a description tells a function of the data set `data` from its neighbours."""
    return score_text(description_loss(actual, expected, Path(data)))


@blocking
@loss
def covers_less(actual: str, expected: str, *, data: str) -> str:
    """How much less tests are worth than those of the repository of the data set `data`."""
    return score_text(coverage_loss(actual, expected, Path(data)))


@loss
def unlike_run(actual: str, expected: str) -> str:
    """How unlike the call that was seen an answer is."""
    return score_text(unlike(actual, expected))
