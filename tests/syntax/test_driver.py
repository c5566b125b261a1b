"""The short loop over lark's tables gives what lark gives, and gives up where lark finds a fault."""

import random

import pytest
from lark.exceptions import UnexpectedInput

from hdsl.syntax.driver import drive
from hdsl.syntax.grammar import lark_parser
from hdsl.syntax.tables import tables_of
from tests.generators import mutant, program
from tests.sources import repository_sources


def by_lark(text: str) -> object:
    try:
        return lark_parser().parse(text, start="start")
    except UnexpectedInput:
        return None


TABLES = tables_of(lark_parser())


def test_the_loop_can_be_used_with_this_lark():
    assert TABLES is not None


def test_files_of_the_repository():
    for name, text in repository_sources():
        assert drive(TABLES, text, "start") == by_lark(text), name


@pytest.mark.parametrize("seed", range(30))
def test_programs_and_their_mutants(seed):
    chance = random.Random(seed)
    text = program(chance, comments=0.1)
    for each in (text, mutant(text, chance), mutant(text, chance)):
        assert drive(TABLES, each, "start") == by_lark(each)


@pytest.mark.parametrize("text", ["", " ", "hdsl", "hdsl 1", "hdsl 1\n#c", "hdsl 1 ?"])
def test_edges(text):
    assert drive(TABLES, text, "start") == by_lark(text)


def test_a_lark_that_no_test_has_compared_parses_by_itself(monkeypatch):
    monkeypatch.setattr("lark.__version__", "1.4.0")
    assert tables_of(lark_parser()) is None
