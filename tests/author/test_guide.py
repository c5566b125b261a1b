"""The guide of authoring: whatever is written by its grammars checks."""

from pathlib import Path
from random import Random

import pytest
from llguidance import LLMatcher, LLTokenizer

from hdsl.author.guide.file import Guide
from hdsl.author.guide.limits import Limits
from hdsl.check.session import check_file

TOKENIZER = LLTokenizer("byte")
SEEDS = range(12)


def random_text(grammar: str, random: Random) -> str:
    """A text of a grammar, byte by byte; ends of texts and names are likelier than a random byte would make them."""
    matcher = LLMatcher(TOKENIZER, grammar)
    assert not matcher.is_error(), matcher.get_error()
    found = bytearray()
    while not matcher.is_stopped():
        bias = matcher.compute_logit_bias()
        allowed = [byte for byte in range(256) if bias[byte]]
        if not allowed:
            break
        ending = [byte for byte in b'":,)(\n= ' if byte in allowed]
        byte = random.choice(ending if ending and random.random() < 0.3 else allowed)
        assert matcher.consume_token(byte)
        found.append(byte)
    return found.decode()


@pytest.mark.parametrize("seed", SEEDS)
def test_what_is_written_by_it_checks(seed: int, tmp_path: Path) -> None:
    random = Random(seed)
    guide = Guide(Limits(least=3, most=10, loop=bool(seed % 2), terminal=seed % 3 == 0))
    text = ""
    while guide.grammar is not None:
        segment = random_text(guide.grammar, random)
        text += segment
        guide.take(segment)
    path = tmp_path / "walk.hg"
    path.write_text(text)
    found = [f"{each.code} {each.message}" for each in check_file(path).diagnostics]
    assert not found, f"{found}\n{text}"
