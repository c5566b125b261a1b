"""What a model is asked that writes a harness: the card, what the harness should do, and what was wrong before."""

from hdsl.author.guided import GRAMMAR, TERMINAL, guided_request
from hdsl.kernel.request import Request
from hdsl.publish.card import card_text

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


def request_for(
    description: str, number: int, earlier: tuple[str, str] | None, max_tokens: int, *, guided: bool = False
) -> Request:
    """The question of one attempt, counted from 0; `earlier`: the best file so far, and what is wrong with it.

    `guided`: what is written is held to what checks, so that the model need not be told the language. It is not told of
    earlier tries either: each is freer than the one before.
    """
    if guided:
        return guided_request(description, number, max(max_tokens, LEAST_TOKENS))
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
    if TERMINAL.search(description):
        shown |= {"std.terminal", "std.agents"}
    return frozenset(shown)
