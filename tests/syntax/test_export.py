"""The grammar for constrained decoders: what they are given says the same as what the parser reads."""

import re
from random import Random

import pytest
from llguidance import LLMatcher, LLTokenizer

from hdsl.syntax.ebnf import Choice, Literal, Pattern, Reference, Repeated, Sequence, read_grammar
from hdsl.syntax.export import TARGETS, export_grammar
from hdsl.syntax.format import format_source
from hdsl.syntax.grammar import grammar_text
from hdsl.syntax.parser import parse
from hdsl.syntax.tree import RESERVED
from tests.generators import program
from tests.sources import repository_sources
from tests.syntax.gbnf_reader import Gbnf


@pytest.fixture(scope="module")
def gbnf() -> Gbnf:
    return Gbnf.read(export_grammar("gbnf"))


@pytest.mark.parametrize("target", ["llguidance", "openai"])
def test_who_reads_lark_is_given_the_grammar_as_it_is(target: str) -> None:
    assert export_grammar(target) == grammar_text()


def test_an_unknown_target_is_refused_by_name() -> None:
    with pytest.raises(ValueError, match="no grammar for 'antlr'"):
        export_grammar("antlr")
    assert TARGETS == ("llguidance", "openai", "xgrammar", "gbnf")


def accepts(matcher: LLMatcher, text: str) -> bool:
    content, run = text.encode(), matcher.deep_copy()
    return bool(run.try_consume_tokens(list(content)) == len(content) and run.is_accepting())


def test_for_xgrammar_no_name_is_a_reserved_word_but_that_of_a_field() -> None:
    text = export_grammar("xgrammar")
    matcher = LLMatcher(LLTokenizer("byte"), LLMatcher.grammar_from_lark(text))
    assert not matcher.is_error(), matcher.get_error()
    names = [*RESERVED, *(word[:-1] for word in RESERVED), *(f"{word}s" for word in RESERVED), "T", "_", "x1", "As"]
    assert {name for name in names if not accepts(matcher, f"hdsl 1 dim {name} = 3")} == RESERVED
    assert all(accepts(matcher, f"hdsl 1 type T {{ {name}: text }}") for name in names)
    assert accepts(matcher, 'hdsl 1 op f(T: dim = 30) -> text[] = "m:f"') and accepts(matcher, "hdsl 1 use uses.asp\n")
    assert not accepts(matcher, "hdsl 1 use use\n")
    random = Random(2)
    texts = [program(random) for _ in range(60)]
    refused = [text for text in texts if not accepts(matcher, text)]
    assert all("op" in text for text in refused) and len(refused) < 30


def test_every_rule_is_defined_and_reached(gbnf: Gbnf) -> None:
    assert gbnf.undefined() == set()


def test_rule_names_are_ones_that_llama_cpp_reads() -> None:
    for line in export_grammar("gbnf").splitlines():
        assert re.match(r"[a-z][a-z0-9-]* ::= \S", line)


@pytest.mark.parametrize("seed", range(6))
def test_random_derivations_parse(gbnf: Gbnf, seed: int) -> None:
    random = Random(seed)
    for _ in range(100):
        text = gbnf.derive(random)
        assert parse(text).faults == (), text


@pytest.mark.slow
def test_the_files_of_the_repository_are_derived(gbnf: Gbnf) -> None:
    texts = [
        text for name, text in repository_sources() if name.startswith(("stdlib", "examples/jobs", "docs/language"))
    ]
    for text in texts:
        assert parse(text).faults or gbnf.has(format_source(text)), text


def test_programs_with_comments_are_derived(gbnf: Gbnf) -> None:
    random = Random(1)
    for text in sorted([format_source(program(random)) for _ in range(60)], key=len)[:30]:
        assert gbnf.has(text), text


@pytest.mark.parametrize("word", sorted(RESERVED))
def test_a_reserved_word_is_no_name_but_may_begin_or_end_one(gbnf: Gbnf, word: str) -> None:
    frame = "hdsl 1 dim {} = 3"
    assert not gbnf.has(frame.format(word))
    assert all(gbnf.has(frame.format(name)) for name in (word + "s", word[:-1], "x" + word, word + "_", word + "1"))


def test_the_kind_of_an_option_may_be_dim(gbnf: Gbnf) -> None:
    assert gbnf.has("hdsl 1 harness h(T: dim = 30) -> text[] { return a }")
    assert not gbnf.has("hdsl 1 harness h() -> text[] { dim = f() return a }")


@pytest.mark.parametrize(
    "text",
    [
        *("hdsl1", "hdsl 1 harnessh() -> text[] { return a }", "hdsl 1 use a.bas c", "hdsl 1 dim K = 3dim L = 4"),
        *("hdsl 1 dim # c dim K = 3", "hdsl 1 train h { a = b.c d = 1", 'hdsl 1 test "a" "b" {}', "dim K = 3"),
    ],
)
def test_what_the_parser_refuses_or_reads_otherwise_is_not_derived(gbnf: Gbnf, text: str) -> None:
    assert not gbnf.has(text)


def test_the_reader_of_the_notation() -> None:
    grammar = read_grammar('// c\na: B ["x" c]* -> d\n  | (B | c)+ \n?c: B?\nB: /[a-z"]+/\n%ignore B\n')
    again = Repeated(Repeated(Sequence((Literal("x"), Reference("c"))), "?"), "*")
    either = Repeated(Choice((Reference("B"), Reference("c"))), "+")
    assert grammar == {
        "a": Choice((Sequence((Reference("B"), again)), either)),
        "c": Repeated(Reference("B"), "?"),
        "B": Pattern('[a-z"]+'),
    }


@pytest.mark.parametrize("text", ["a: (b\n", "a: b)\n", "a: b~3\n", "a: {b}\n"])
def test_notation_that_is_not_known_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        read_grammar(text)
