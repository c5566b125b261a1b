"""One grammar for two engines: lark and llguidance read the same file and give every text the same verdict."""

from random import Random

import pytest
from lark.exceptions import UnexpectedInput
from llguidance import LLMatcher, LLTokenizer

from hdsl.syntax.grammar import grammar_text, lark_parser
from tests.generators import KEYWORDS, mutant, program
from tests.sources import repository_sources


@pytest.fixture(scope="module")
def matcher() -> LLMatcher:
    fresh = LLMatcher(LLTokenizer("byte"), LLMatcher.grammar_from_lark(grammar_text()))
    assert not fresh.is_error(), fresh.get_error()
    return fresh


def lark_accepts(text: str) -> bool:
    try:
        lark_parser().parse(text, start="start")
    except UnexpectedInput:
        return False
    return True


def llguidance_accepts(matcher: LLMatcher, text: str) -> bool:
    content = text.encode()
    run = matcher.deep_copy()
    return run.try_consume_tokens(list(content)) == len(content) and run.is_accepting()


def disagreements(matcher: LLMatcher, texts: list[str]) -> list[tuple[bool, str]]:
    verdicts = ((lark_accepts(text), text) for text in texts)
    return [(verdict, text) for verdict, text in verdicts if llguidance_accepts(matcher, text) != verdict]


def test_the_grammar_is_lalr_without_conflicts_and_without_warnings() -> None:
    is_error, warnings = LLMatcher.validate_grammar_with_warnings(LLMatcher.grammar_from_lark(grammar_text()))
    assert (is_error, warnings) == (False, [])
    assert lark_parser().options.parser == "lalr"


@pytest.mark.parametrize("seed", range(5))
def test_generated_programs_and_their_mutants(matcher: LLMatcher, seed: int) -> None:
    random = Random(seed)
    programs = [program(random) for _ in range(75)]
    assert [text for text in programs if not lark_accepts(text)] == []
    mutants = [mutant(text, random) for text in programs for _ in range(3)]
    assert disagreements(matcher, programs + mutants) == []
    assert 0 < sum(map(lark_accepts, mutants[:75])) < 75


def test_files_of_the_repository_and_their_mutants(matcher: LLMatcher) -> None:
    random = Random(0)
    texts = [text for _, text in repository_sources()]
    mutants = [mutant(text, random) for text in texts[:200] for _ in range(2)]
    assert disagreements(matcher, texts + mutants) == []


BODIES = (
    *(
        "{0} = f()",
        "{0}: t = f()",
        "{0} : t = f()",
        "a = {0}(x)",
        "a = {0} (x)",
        "a = {0} x {{ else => b }}",
        "a = x.{0}",
    ),
    *("a = f({0})", "a = f({0}=1)", "a = f({0} = 1)", "a = f() {0} = g()", "a: {0} = f()", "a: t[{0}] = f()"),
    *("{0}x", "{0} x", "{0}(n=1)", "{0} (n=1)", "dim {0} = 3", "dim K = 3 {0} = f()", "a = x[{0}] {0} = f()"),
    *(
        '{0} = "x"',
        'a = "x" {0} = "y"',
        'a: {0} = """x"""',
        'a = "{{{0}}}"',
        "a = f({0}.{0})",
        "a = switch {0}.b {{ else => c }}",
    ),
    *('a = switch x {{ "b" => {0} }}', 'a = switch x {{ "b" => "y", {0} => z }}', "a = switch x {{ {0} => y.{0} }}"),
    *(
        'given {0}.a = "x"',
        'given a.{0} = fail("x")',
        'given a = {0}("x")',
        'given a = ["x", {0}("y")]',
        "given a = {0}",
    ),
    *("experience e: t -> t = [] {0} = f()", 'experience e: t -> t = f("x") {0} : t = f()', "{0}# c\n x"),
)
FRAMES = (
    "hdsl 1 harness h() -> t {{ {0} return a }}",
    'hdsl 1 test "t" {{ {0} }}',
    "hdsl 1 train h {{ {0} }}",
    "hdsl 1 harness h(a: {0}) -> t {{ return a }} {0} b",
)
DECLARATIONS = (
    *("hdsl 1 train h {{ a = b {0} = 3 }}", "hdsl 1 train h {{ a = b {0}}}", "hdsl 1 train h {{ a = b.{0} }}"),
    *(
        "hdsl 1 train h {{ a = {0} b = c.d}}",
        "hdsl 1 train h {{ a = {0}(b = 1) c = d }}",
        'hdsl 1 train h {{ a = {0}("b") }}',
    ),
    *("hdsl 1 use a {0} b", "hdsl 1 use a{0} b", "hdsl 1 use a.{0}\n", "hdsl 1 use {0} . b\n", "hdsl 1 use a as {0}\n"),
    *("hdsl 1 use a# c\n{0} b\n", 'hdsl 1 use "a" as {0} use b\n', "hdsl 1 use a as {0}# c\n"),
    *("hdsl 1 op f() -> t {0} b", "hdsl 1 op f() -> t[1] {0}", "hdsl 1 {0}x(a: t) -> t"),
    *('hdsl 1 op f() -> t = "m" as {0} ', 'hdsl 1 op f() -> t = "m" {0} b', "hdsl 1 op f(a: {0}?) -> t {0}"),
    *("hdsl 1 type T {{ {0}: t }}", 'hdsl 1 type T {{ a: {0}? "b", {0}: list({0}) }}', "hdsl 1 type T {{ a: {0}(t) }}"),
    *('hdsl 1 type T {{ "a" {0} }}', 'hdsl 1 type T {{ "a" {0}: "b", }}', 'hdsl 1 type T {{ "a", {0}: t }}'),
    *("hdsl 1 harness h() -> t {{ return {0}.a }}", "hdsl 1 harness h() -> t {{ return a.{0} }}"),
    *('hdsl 1 experience e: t -> t = [("""a""", "b", {0})]', "hdsl 1 experience e: t -> t = {0} dim K = 1"),
)


def keyword_texts(word: str) -> list[str]:
    """Texts with a word where names stand, and where they do not."""
    texts = [frame.format(body.format(word)) for frame in FRAMES for body in BODIES]
    texts += [frame.format(word) for frame in FRAMES]
    return texts + [declaration.format(word) for declaration in DECLARATIONS]


@pytest.mark.parametrize("keyword", KEYWORDS)
def test_reserved_words_where_names_stand(matcher: LLMatcher, keyword: str) -> None:
    assert disagreements(matcher, keyword_texts(keyword)) == []


@pytest.mark.parametrize(
    "text",
    [
        *(
            "",
            "hdsl",
            "hdsl1",
            "hdsl 1",
            "hdsl 1.0",
            "# c\nhdsl 1#",
            "hdsl 1 # c\n#",
            "hdsl 1\r",
            "\ufeffhdsl 1",
            "hdsl 1\0",
        ),
        *('hdsl 1 test"x"{}', 'hdsl 1 test """x""" {}', "hdsl 1 test # c\n 'x' {}", 'hdsl 1 test # c\n "x" {}'),
        *("hdsl 1 dim K=3harness h()->t{return a}", "hdsl 1 dim K = 3.5", "hdsl 1 dim K=3dim L=4"),
        *(
            "hdsl 1 experience a:a->b=[()]",
            'hdsl 1 experience a:a->b=[("""a""",)]',
            'hdsl 1 experience a:a->b=[("a" "b")]',
        ),
        *('hdsl 1 train h { a = b.c("x",) }', "hdsl 1 train h { a = 1b = 2 }", "hdsl 1 train h { a = 1.5b = .5 }"),
    ],
)
def test_edges_of_files(matcher: LLMatcher, text: str) -> None:
    assert disagreements(matcher, [text]) == []


@pytest.mark.parametrize(
    "value",
    [
        *(
            '""""""',
            '"" ""',
            '"""x"""',
            '"""x"""y"""',
            '"""x""""',
            '""""x"""',
            '"""x""',
            '"\\',
            '"\\\n"',
            '"\\x"',
            '"a\nb"',
        ),
        *(
            '"","""x""",""',
            '"""\r\n"""',
            "1.",
            ".5",
            "-",
            "1-2",
            "- 1",
            "1_",
            "1x=2",
            "*x",
            "[*x]",
            "[* x,]",
            "[,]",
            ",",
            "x,,",
        ),
        *(
            "x.y.z",
            "x . y",
            "x.",
            "é",
            "f()",
            "n=f(",
            "n=f(m=g())",
            "n=f(1)",
            "\x0c",
            "\u00a0",
            "_",
            "n=[1,[2,]]",
            "a=b=c",
        ),
    ],
)
def test_arguments(matcher: LLMatcher, value: str) -> None:
    assert disagreements(matcher, [f"hdsl 1 harness h() -> t {{ a = f({value}) return a }}"]) == []


@pytest.mark.parametrize(
    "items",
    ["", "0,", "0", "-1", "1:", ":1", ":", "1:2", "1:2:3", "...", "1...", "..., 0", "None", "1 2", "x.y", '"a"'],
)
def test_indices(matcher: LLMatcher, items: str) -> None:
    assert disagreements(matcher, [f"hdsl 1 harness h() -> t {{ a = x[{items}] return a }}"]) == []


def test_a_long_file(matcher: LLMatcher) -> None:
    nodes = "\n".join(f"  node{i}: text[1, T] = f(node{i - 1}, a.b.c, option=[1, 2])  # {i}" for i in range(1, 3000))
    assert (
        disagreements(matcher, [f"hdsl 1\nharness h(node0: text[1]) -> text[1] {{\n{nodes}\n  return node0\n}}\n"])
        == []
    )
