"""What tests of the checker start from: a valid file, and checking a text."""

from pathlib import Path

from hdsl.check.diagnostic import Diagnostic
from hdsl.check.session import check_file

REPLY = """\
hdsl 1

harness reply(message: text[1]) -> text[1] {
  answer: text[1] = llm(message)
  return answer
}
"""

TWICE = """
harness twice(message: text[1]) -> text[1] {
  first:  text[1] = reply(message)
  second: text[1] = reply(first)
  return second
}
"""

LOOP = """\
hdsl 1

use std.terminal

# What may be done at a prompt.
type Action {
  "text:": "type this text",
  "key:": "press this key",
}

experience decide: text -> Action = [
  ("print hello $", "$ ", "text:echo hello"),
  ("command typed $ echo hello", "$ echo hello", "key:Enter"),
]

harness coder(task: text[1], shell: session[1], T: dim = 30) -> text[1] {
  budget(llm_calls=30, seconds=300)

  shells:  session[1, T] = expand(shell, to=[1, T])
  before:  text[1, T]    = terminal.capture(shells)
  action:  Action[1, T]  = expert(before, decide, task="Decide \\"the\\" next step.", topk=2)
  keys:    text[1, T]    = payload(action)
  typed:   text[1, T]    = terminal.send_text(keys, shells)
  pressed: text[1, T]    = terminal.send_key(keys, shells)
  sent:    text[1, T]    = switch action { "text:" => typed, "key:" => pressed }
  settled: text[1, T]    = terminal.wait_idle(shells, timeout=5.0)
  after:   text[1, T]    = terminal.capture(shells)
  turn:    text[1, T]    = sequential(sent, settled, after)
  checked: text[1, T]    = terminal.until_idle(turn, shells)
  result:  text[1]       = recurrent(checked, task)
  return result
}

test "greets" {
  out: text[1] = coder("print hello")
  expect contains(out, "hello")
}

train coder {
  data = load("pairs.jsonl")
  lr = 0.5
}
"""


def check_text(folder: Path, text: str) -> tuple[Diagnostic, ...]:
    """What is found in a text, as the file `main.hg` of a folder."""
    path = folder / "main.hg"
    path.write_bytes(text.encode("utf-8", "surrogatepass"))
    return check_file(path).diagnostics


def codes_of(folder: Path, text: str) -> list[str]:
    """The codes of what is found, in the order of the file."""
    return [diagnostic.code for diagnostic in check_text(folder, text)]
