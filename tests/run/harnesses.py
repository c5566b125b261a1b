"""Harnesses that the tests of runs use."""

BATCH = """hdsl 1

use std.agents
use std.terminal

experience decide: text -> agents.Action = load("decide.jsonl")
experience act: agents.Action -> text = load("act.jsonl")

harness batch(task: text[B], shell: session[B], T: dim = 4) -> text[B] {
  done: text[B] = agents.chained_agent(task, decide, act, shell, until=terminal.until_idle, T=T)
  return done
}
"""


def typing(line: str, timeout: float = 60.0) -> str:
    """A harness that types a line, runs it and waits, turn by turn, until its command has ended."""
    return f"""hdsl 1

use std.terminal

harness typing(task: text[1], shell: session[1], T: dim = 5) -> text[1] {{
  shells:  session[1, T] = expand(shell, to=[1, T])
  typed:   text[1, T]    = terminal.send_text("{line}", shells)
  pressed: text[1, T]    = terminal.send_key("Enter", shells)
  settled: text[1, T]    = terminal.wait_idle(shells, timeout={timeout})
  turn:    text[1, T]    = sequential(typed, pressed, settled)
  checked: text[1, T]    = terminal.until_idle(turn, shells)
  result:  text[1]       = recurrent(checked, task)
  return result
}}
"""
