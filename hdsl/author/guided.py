"""The question to a model whose file checks whatever it writes: a small one, which need not be told the language."""

import re

from hdsl.author.guide.file import Guide
from hdsl.author.guide.limits import Limits
from hdsl.ground.display import safe
from hdsl.kernel.request import Request

GRAMMAR = "hg"
"""The name of the grammar that an answer is held to where the server can."""

TERMINAL = re.compile(
    r"\b(?:terminal|shell|command|tmux|bash|script|run|execut\w*|deploy\w*|install\w*|git|test suite|pytest|build)\b",
    re.IGNORECASE,
)
"""What a description says that is about a terminal."""

_LOOP = re.compile(r"\b(?:until|again|repeat\w*|retr(?:y|ies)|improve\w*|loop)\b", re.IGNORECASE)
_NOT_IN_A_COMMENT = re.compile(r"[\"\\{}<>|]")
_LONGEST_PURPOSE = 100
_STEP = 0.3
"""How much freer each attempt is than the one before."""

_TASK = """\
Write a short .hg file that does what the input asks for. Each line in the harness is \
`name: text[B] = operation(input)`. This is a first draft of it, which can be better:

hdsl 1

# {purpose}
harness {name}(input: text[B]) -> text[B] {{
  budget(llm_calls=2, per=[B])

  draft: text[B] = llm(input, task="{purpose}")
  final: text[B] = llm(draft, task="Make this better.")
  return final
}}

test "it says what the model says" {{
  given {name}.final = "A good answer."
  out: text[1] = {name}("What is asked.")
  expect exact_match(out, "A good answer.")
}}"""


def guided_request(description: str, number: int, max_tokens: int) -> Request:
    """The question of one attempt, counted from 0."""
    terminal, loop = bool(TERMINAL.search(description)), bool(_LOOP.search(description))
    purpose = _purpose(description)
    most = 3 + number + 4 * terminal + 5 * loop
    limits = Limits(most=most, declarations=1, purpose=purpose, loop=loop, terminal=terminal)
    return Request(
        "llm",
        description,
        task=_TASK.format(purpose=purpose, name=_name(description)),
        seed=number,
        name="author",
        max_tokens=max_tokens,
        temperature=_STEP * number,
        grammar=GRAMMAR,
        guide=lambda: Guide(limits),
    )


def _purpose(description: str) -> str:
    """The description as the one line of a comment."""
    words = _NOT_IN_A_COMMENT.sub(" ", safe(description)).split()
    text = " ".join(words)[:_LONGEST_PURPOSE].rstrip(" .")
    return f"{text[:1].upper()}{text[1:]}."


def _name(description: str) -> str:
    """A name for the harness of the draft."""
    found = re.findall(r"[a-z]{4,12}", description.lower())
    return found[0] if found else "write"
