"""The grammar specialised to operations: random walks of llguidance's matcher over it parse, and most check."""

from collections import Counter
from pathlib import Path
from random import Random

import pytest
from llguidance import LLMatcher, LLTokenizer

from hdsl.check.session import check_file
from hdsl.publish.operation_grammar import operation_grammar
from hdsl.syntax.parser import parse
from tests.commands import hdsl

LONGEST = 4000
WALKS = 60


@pytest.fixture(scope="module")
def walks() -> list[str]:
    """Texts that were decoded byte by byte, each drawn from those that the matcher allows."""
    tokenizer = LLTokenizer("byte")
    fresh = LLMatcher(tokenizer, LLMatcher.grammar_from_lark(operation_grammar(nodes=6)))
    assert not fresh.is_error(), fresh.get_error()
    texts = [_walk(fresh.deep_copy(), Random(seed)) for seed in range(WALKS)]
    complete = [text for text in texts if text is not None]
    assert len(complete) >= WALKS / 2
    return complete


def _walk(matcher: LLMatcher, random: Random) -> str | None:
    """What was decoded when the matcher stopped; None where it grew too long."""
    written: list[int] = []
    while not matcher.is_stopped() and len(written) < LONGEST:
        allowed = [byte for byte, bias in enumerate(matcher.compute_logit_bias()[:256]) if bias]
        quote = ord('"')
        byte = quote if quote in allowed and random.random() < 0.1 else random.choice(allowed)
        assert matcher.consume_token(byte)
        written.append(byte)
        if matcher.is_accepting():
            return bytes(written).decode()
    return None


def test_every_complete_walk_parses(walks: list[str]) -> None:
    assert [text for text in walks if parse(text).faults] == []


def test_most_walks_check(walks: list[str], tmp_path: Path) -> None:
    found: Counter[str] = Counter()
    sound = 0
    for text in walks:
        (tmp_path / "main.hg").write_text(text)
        errors = [each.code for each in check_file(tmp_path / "main.hg").diagnostics if each.severity == "error"]
        found.update(errors)
        sound += not errors
    assert sound > len(walks) * 0.9, found


def test_walks_use_operations_and_options_of_the_library(walks: list[str]) -> None:
    text = "".join(walks)
    assert all(f"= {name}(" in text for name in ("llm", "expert", "join", "until_match", "first_line", "gate"))
    assert ", pattern=" in text and ", topk=" in text


def test_the_command_prints_it(tmp_path: Path) -> None:
    assert hdsl("grammar", "--operations", folder=tmp_path).out == operation_grammar()
    assert hdsl("grammar", "--operations", "--for", "gbnf", folder=tmp_path).code == 2
