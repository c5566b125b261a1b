"""How long `hdsl check` takes, as multiples of an empty Python process and of the bare parse, in one run."""

import os
import resource
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from lark import Lark

from hdsl.check.checker import Checker
from hdsl.check.library import library
from hdsl.check.report import Report
from hdsl.syntax.grammar import STARTS, grammar_text
from hdsl.syntax.parser import parse

TIMES = 15
LARGE = 10_000

THIRTY_LINES = """hdsl 1

use std.terminal

type Action {
  "text:": "type this text at the prompt",
  "key:": "press this key",
}

experience decide: text -> Action = [
  ("print hello world $", "$ ", "text:echo hello world"),
  ("command typed $ echo hello world ls", "$ echo hello world", "key:Enter"),
]

harness coder(task: text[1], shell: session[1], T: dim = 30) -> text[1] {
  budget(llm_calls=30, seconds=300)

  shells:  session[1, T] = expand(shell, to=[1, T])
  before:  text[1, T]    = terminal.capture(shells)
  action:  Action[1, T]  = expert(before, decide, task="Decide the next step.", topk=2)
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
"""


def large_file(nodes: int) -> str:
    """A harness of so many nodes, each of the one before."""
    lines = ["hdsl 1", "experience rows: text -> text = []", "harness h(task: text[1]) -> text[1] {"]
    lines.append('  n0: text[1] = expert(task, rows, task="Decide", topk=2)')
    lines += [f'  n{i}: text[1] = expert(n{i - 1}, rows, task="Decide", topk=2)' for i in range(1, nodes)]
    return "\n".join([*lines, f"  return n{nodes - 1}", "}", ""])


def fastest(work: Callable[[], object], times: int = TIMES) -> float:
    """The least processor time of several measurements, children's included, in seconds: others may use the machine."""
    found = []
    for _ in range(times):
        began = _processor_seconds()
        work()
        found.append(_processor_seconds() - began)
    return min(found)


def _processor_seconds() -> float:
    usages = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(usage.ru_utime + usage.ru_stime for usage in usages)


def main() -> None:
    """Prints the table."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "coder.hg"
        file.write_text(THIRTY_LINES)
        environment = os.environ | {"XDG_CACHE_HOME": folder}
        hdsl = str(Path(sys.executable).with_name("hdsl"))

        def process(*words: str) -> Callable[[], object]:
            return lambda: subprocess.run(words, env=environment, check=True, stdout=subprocess.DEVNULL)

        def cold() -> None:
            for cached in Path(folder, "hdsl", "check").glob("*.json"):
                cached.unlink()
            process(hdsl, "check", str(file))()

        empty = fastest(process(sys.executable, "-c", "pass"))
        cold()
        rows = [
            ("an empty Python process", empty, empty, ""),
            ("check, cold", fastest(cold), empty, "at most 12"),
            ("check, unchanged", fastest(process(hdsl, "check", str(file))), empty, "at most 4"),
            ("graph (no networkx needed)", fastest(process(hdsl, "graph", str(file))), empty, "at most 25"),
        ]
        for name, seconds, base, target in rows:
            print(f"{name:<30} {seconds * 1000:8.1f} ms  {seconds / base:6.1f}×  {target}")

        warm = fastest(lambda: Checker(Report(), library()).check(file, str(file)))
        print(f"{'check in process, warm':<30} {warm * 1000:8.1f} ms           at most 10 ms")

        text = large_file(LARGE)
        big = Path(folder) / "large.hg"
        big.write_text(text)
        lark = Lark(grammar_text(), parser="lalr", lexer="contextual", start=STARTS)
        bare = fastest(lambda: lark.parse(text, start="start"), 3)
        ours = fastest(lambda: parse(text), 3)
        whole = fastest(lambda: Checker(Report(), library()).check(big, str(big)), 3)
        print(f"{f'{LARGE} nodes: bare lark parse':<30} {bare * 1000:8.1f} ms")
        print(f"{'  parse into our tree':<30} {ours * 1000:8.1f} ms  {ours / bare:6.2f}×")
        print(f"{'  check':<30} {whole * 1000:8.1f} ms  {whole / bare:6.2f}×  at most 1.5")


if __name__ == "__main__":
    main()
