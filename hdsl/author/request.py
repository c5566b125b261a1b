"""What a model is asked that writes a harness: the card, what the harness should do, and what was wrong before."""

import re

from hdsl.kernel.request import Request
from hdsl.publish.card import card_text

GRAMMAR = "hg"
"""The name of the grammar that the answer is held to where the server can."""

LEAST_TOKENS = 2048
"""The length that a file may have, where the settings allow no longer answer."""

_MOST_REPORT = 3000
"""Characters of a report that are shown to the model."""

_TASK = """\
Write one complete .hg file that does what the input asks for. The first line is `hdsl 1`. Write only the file.
Give it one harness, with a comment that says what it does, a budget, and one test. The test needs no model and no \
terminal: in it, `given HARNESS.NODE = "…"` says what each node would answer that asks a model or touches a terminal."""

_AGAIN = """\
{description}

This was written before:

{text}

It is not right yet:

{report}

Write the whole file again, corrected."""

_TERMINAL = re.compile(
    r"\b(?:terminal|shell|command|tmux|bash|script|run|execut\w*|deploy\w*|install\w*|git|test suite|pytest|build)\b",
    re.IGNORECASE,
)


def request_for(description: str, number: int, earlier: tuple[str, str] | None, max_tokens: int) -> Request:
    """The question of one attempt, counted from 0; `earlier`: the best file so far, and what is wrong with it."""
    asked = description
    if earlier is not None:
        text, report = earlier
        asked = _AGAIN.format(description=description, text=text.rstrip(), report=report[:_MOST_REPORT])
    card = card_text(modules=_modules(description))
    return Request(
        "llm",
        asked,
        task=f"{card}\n{_TASK}",
        seed=number,
        name="author",
        max_tokens=max(max_tokens, LEAST_TOKENS),
        grammar=GRAMMAR,
    )


def _modules(description: str) -> frozenset[str]:
    """The modules whose operations are shown: those of terminals only if the description is about them."""
    shown = {"prelude"}
    if _TERMINAL.search(description):
        shown |= {"std.terminal", "std.agents"}
    return frozenset(shown)
