"""The short loop over lark's tables gives what lark gives, and where lark finds a fault, the same place and tokens."""

import random

import pytest

from hdsl.syntax import reading
from hdsl.syntax.driver import Driver, Unparsed
from hdsl.syntax.grammar import STARTS, lark_parser
from hdsl.syntax.reading import tokens_of
from hdsl.syntax.tables import tables_of
from tests.generators import mutant, program
from tests.sources import repository_sources

TABLES = tables_of(lark_parser())
assert TABLES is not None, "the loop cannot be used with this lark"
DRIVER = Driver(TABLES)


def by_the_tables(text, start="start", begin=0, end=None):
    try:
        return DRIVER.drive(text, start, begin, end)
    except Unparsed as fault:
        return fault.offset, fault.at_end, fault.expected


def by_lark(text, start="start", begin=0, end=None):
    try:
        return reading._read_by_lark(text, start, begin, len(text) if end is None else end)
    except Unparsed as fault:
        offset = (len(text) if end is None else end) if fault.at_end else fault.offset
        return offset, fault.at_end, fault.expected


def test_files_of_the_repository():
    for name, text in repository_sources():
        assert by_the_tables(text) == by_lark(text), name


@pytest.mark.parametrize("seed", range(30))
def test_programs_and_their_mutants(seed):
    chance = random.Random(seed)
    text = program(chance, comments=0.1)
    for each in (text, mutant(text, chance), mutant(text, chance)):
        assert by_the_tables(each) == by_lark(each)


@pytest.mark.parametrize("seed", range(30))
def test_parts_of_programs_from_any_rule(seed):
    chance = random.Random(seed)
    text = mutant(program(chance, comments=0.1), chance)
    for _ in range(40):
        begin = chance.randrange(len(text) + 1)
        end = min(len(text), begin + chance.randrange(120))
        start = chance.choice(STARTS)
        assert by_the_tables(text, start, begin, end) == by_lark(text, start, begin, end)


@pytest.mark.parametrize("text", ["", " ", "hdsl", "hdsl 1", "hdsl 1\n#c", "hdsl 1 ?", "hdsl 1 é", "hdsl 1 # é"])
def test_edges(text):
    assert by_the_tables(text) == by_lark(text)


def test_a_lark_that_no_test_has_compared_parses_by_itself(monkeypatch):
    monkeypatch.setattr("lark.__version__", "1.4.0")
    assert tables_of(lark_parser()) is None


def test_without_tables_the_tokens_are_the_same(monkeypatch):
    text = "hdsl 1\n# c\nuse std.text as t # d\ndim N = 3\n"
    known = tokens_of(text)
    assert [kind for kind, _, _ in known][:2] == ["HDSL", "INT"]
    monkeypatch.setattr(reading, "driver", lambda: None)
    assert tokens_of(text) == known
