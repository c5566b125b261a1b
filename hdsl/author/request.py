"""What a model is asked that writes a harness: the card, what the harness should do, and what was wrong before."""

import re

from hdsl.author.guide.file import Guide
from hdsl.author.guide.limits import Limits
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

_GUIDED = """\
Write a short .hg file that does what the input asks for. Each line in the harness is `name: text[B] = operation(input)`. \
This file answers a letter:

hdsl 1

# Answers a letter in a friendly tone.
harness reply(letter: text[B]) -> text[B] {
  budget(llm_calls=2, per=[B])

  topic: text[B] = llm(letter, task="Say in three words what this letter is about.")
  answer: text[B] = llm(letter, task="Answer this letter in a friendly tone.")
  whole: text[B] = "{topic}: {answer}"
  return whole
}

test "it says what it is about" {
  given reply.topic = "A late parcel"
  given reply.answer = "Dear Ann"
  out: text[1] = reply("Where is my parcel?")
  expect contains(out, "Dear Ann")
}"""

_STEP = 0.3
"""How much freer each attempt is than the one before."""

_LOOP = re.compile(r"\b(?:until|again|repeat\w*|retr(?:y|ies)|improve\w*|loop)\b", re.IGNORECASE)

_TERMINAL = re.compile(
    r"\b(?:terminal|shell|command|tmux|bash|script|run|execut\w*|deploy\w*|install\w*|git|test suite|pytest|build)\b",
    re.IGNORECASE,
)


def request_for(
    description: str, number: int, earlier: tuple[str, str] | None, max_tokens: int, *, guided: bool = False
) -> Request:
    """The question of one attempt, counted from 0; `earlier`: the best file so far, and what is wrong with it.

    `guided`: what is written is held to what checks, so that the model need not be told the language.
    """
    if guided:
        return _guided(description, number, max_tokens)
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


def _guided(description: str, number: int, max_tokens: int) -> Request:
    """The question to a model whose file checks whatever it writes: short, and each attempt a little freer."""
    terminal, loop = bool(_TERMINAL.search(description)), bool(_LOOP.search(description))
    limits = Limits(least=1, most=4 + number + 4 * terminal + 5 * loop, declarations=1, loop=loop, terminal=terminal)
    return Request(
        "llm",
        description,
        task=_GUIDED,
        seed=number,
        name="author",
        max_tokens=max(max_tokens, LEAST_TOKENS),
        temperature=_STEP * number,
        grammar=GRAMMAR,
        guide=lambda: Guide(limits),
    )


def _modules(description: str) -> frozenset[str]:
    """The modules whose operations are shown: those of terminals only if the description is about them."""
    shown = {"prelude"}
    if _TERMINAL.search(description):
        shown |= {"std.terminal", "std.agents"}
    return frozenset(shown)
