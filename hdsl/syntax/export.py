"""The grammar for those who constrain a decoder with it."""

from typing import Literal, get_args

from hdsl.syntax.ebnf import read_grammar
from hdsl.syntax.gbnf import to_gbnf
from hdsl.syntax.grammar import grammar_text

GrammarTarget = Literal["llguidance", "openai", "gbnf"]
TARGETS: tuple[GrammarTarget, ...] = get_args(GrammarTarget)


def export_grammar(target: str) -> str:
    """The grammar in the notation of a target. llguidance and OpenAI's custom tools read Lark's; llama.cpp reads GBNF.

    ValueError where there is no such target.
    """
    if target not in TARGETS:
        raise ValueError(f"no grammar for {target!r}; there are {', '.join(TARGETS)}")
    text = grammar_text()
    return to_gbnf(read_grammar(text)) if target == "gbnf" else text
