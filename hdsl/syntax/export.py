"""The grammar for those who constrain a decoder with it."""

from typing import Literal, get_args

from hdsl.syntax.ebnf import read_grammar
from hdsl.syntax.gbnf import to_gbnf
from hdsl.syntax.grammar import grammar_text
from hdsl.syntax.unreserved import without_reserved_names

GrammarTarget = Literal["llguidance", "openai", "xgrammar", "gbnf"]
TARGETS: tuple[GrammarTarget, ...] = get_args(GrammarTarget)


def export_grammar(target: str) -> str:
    """The grammar in the notation of a target. llguidance, OpenAI's custom tools and XGrammar read Lark's, XGrammar one
    whose names say themselves that they are not keywords; llama.cpp reads GBNF.

    ValueError where there is no such target.
    """
    if target not in TARGETS:
        raise ValueError(f"no grammar for {target!r}; there are {', '.join(TARGETS)}")
    text = grammar_text()
    if target == "gbnf":
        return to_gbnf(read_grammar(text))
    return without_reserved_names(text) if target == "xgrammar" else text
