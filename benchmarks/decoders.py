"""One grammar, several engines: how often each gives another verdict than the parser, on mutated files.

llguidance is in the development extra; XGrammar is measured where it is installed (`pip install xgrammar`), both with
the grammar as it is and with that of `hdsl grammar --for xgrammar`.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from random import Random

sys.path.insert(0, str(Path(__file__).parents[1]))

from lark.exceptions import UnexpectedInput
from llguidance import LLMatcher, LLTokenizer

from hdsl.syntax.export import export_grammar
from hdsl.syntax.grammar import lark_parser
from tests.generators import KEYWORDS, mutant, program
from tests.sources import repository_sources
from tests.syntax.test_two_engines import keyword_texts

MUTANTS = 1500
LONGEST = 2000

Accepts = Callable[[str], bool]


def main() -> int:
    """Prints the table."""
    random = Random(0)
    files = [text for _, text in repository_sources() if len(text) <= LONGEST]
    bases = [program(random) if i % 2 else random.choice(files) for i in range(MUTANTS)]
    texts = {
        "mutants": [mutant(text, random) for text in bases],
        "keywords as names": [text for word in KEYWORDS for text in keyword_texts(word)],
    }
    for name, given in texts.items():
        verdicts = [_parses(text) for text in given]
        print(f"{len(given)} {name}, {sum(verdicts)} of which the parser accepts")
        print(f"  {'engine':<28}{'accepts what does not parse':>30}{'refuses what parses':>22}")
        for engine, accepts in engines().items():
            found = [accepts(text) for text in given]
            excess = sum(one and not other for one, other in zip(found, verdicts, strict=True))
            lack = sum(other and not one for one, other in zip(found, verdicts, strict=True))
            print(f"  {engine:<28}{excess:>30}{lack:>22}")
    return 0


def engines() -> Mapping[str, Accepts]:
    """What reads the grammar, by its name."""
    found: dict[str, Accepts] = {"llguidance": _llguidance(export_grammar("llguidance"))}
    try:
        from xgrammar import Grammar
        from xgrammar.testing import _is_grammar_accept_string
    except ImportError:
        print("XGrammar is not installed: it is left out")
        return found
    for name, target in (("XGrammar, grammar as it is", "llguidance"), ("XGrammar, --for xgrammar", "xgrammar")):
        grammar = Grammar.from_lark(export_grammar(target))
        found[name] = lambda text, grammar=grammar: bool(_is_grammar_accept_string(grammar, text))  # type: ignore[misc]
    return found


def _llguidance(grammar: str) -> Accepts:
    fresh = LLMatcher(LLTokenizer("byte"), LLMatcher.grammar_from_lark(grammar))
    assert not fresh.is_error(), fresh.get_error()

    def accepts(text: str) -> bool:
        content, run = text.encode(), fresh.deep_copy()
        return bool(run.try_consume_tokens(list(content)) == len(content) and run.is_accepting())

    return accepts


def _parses(text: str) -> bool:
    try:
        lark_parser().parse(text, start="start")
    except UnexpectedInput:
        return False
    return True


if __name__ == "__main__":
    sys.exit(main())
