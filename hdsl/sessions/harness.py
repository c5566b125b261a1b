"""The harness that loads rows of sessions: a file beside them, ready to check, run and train."""

from __future__ import annotations

FILE = "coder.hg"
_TEXT = r"""hdsl 1

use std.agents
use std.terminal

# What to do next, from the goal and the screen.
experience decide: text -> agents.Action = load("decide.jsonl")

# How to do it: exactly what to type, or which key to press.
experience act: agents.Action -> text = load("act.jsonl")

# Passes when the agent has said that it is done, and the prompt is empty.
harness said_done(screen: text[*S], shell: session[*S]) -> text[*S] {
  idle: text[*S] = terminal.until_idle(screen, shell)
  said: text[*S] = until_match(idle, pattern="^\\$ : done$")
  return said
}

# Works in a shell as the recorded sessions did, until it says that it is done; verbatim, it types only what they typed.
harness coder(
  task: text[1],
  shell: session[1],
  T: dim = TURNS,
  topk: int = 4,
  verbatim: bool = false,
) -> text[1] {
  budget(llm_calls=CALLS, seconds=SECONDS)

  done: text[1] = agents.chained_agent(
    task,
    decide,
    act,
    shell,
    until=said_done,
    T=T,
    topk=topk,
    verbatim=verbatim,
  )
  return done
}
"""
_TRAIN = """
# Shows how it was done, once, in a real shell: the commands of the sessions are run.
train coder {
  data = load("demonstrations.jsonl")
  valid = 0
  keep = "always"
  epochs = 1
  batch = 1
}
"""
_FEWEST_TURNS = 10
_SECONDS_A_TURN = 12


def harness(turns: int, has_demonstrations: bool) -> str:
    """The text of the harness, with room for so many turns."""
    turns = max(turns + 2, _FEWEST_TURNS)
    text = _TEXT.replace("TURNS", str(turns)).replace("CALLS", str(2 * turns))
    return text.replace("SECONDS", str(_SECONDS_A_TURN * turns)) + (_TRAIN if has_demonstrations else "")
