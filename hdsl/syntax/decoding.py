"""The grammar that a model is held to while it writes: no comments, and no more blanks than a file needs.

A small model that may write a comment or blanks for as long as it likes never gets to its file.
"""

import re
from functools import lru_cache

from hdsl.syntax.ebnf import read_grammar
from hdsl.syntax.gbnf import to_gbnf
from hdsl.syntax.grammar import grammar_text

_BLANKS = re.compile(r"^(ws1?) ::= .*\n", re.MULTILINE)
_LAST_COMMENT = re.compile(r'^(root ::= .*?)(?: \("#" \[\^\\n\]\*\)\?)?$', re.MULTILINE)
_BOUNDED = 'blank ::= " " | "\\n" | "\\n\\n" | "\\n  "\nws ::= blank?\nws1 ::= blank\n'


@lru_cache(maxsize=1)
def decoding_grammar() -> str:
    """The grammar of a whole file in llama.cpp's GBNF, with bounded blanks and without comments."""
    text = to_gbnf(read_grammar(grammar_text()))
    return _LAST_COMMENT.sub(r"\1", _BLANKS.sub("", text), count=1) + _BOUNDED
