"""What is owed when a run is ended at random moments: `python -m benchmarks.compensation [TIMES] [SEED]`.

Each run works in real terminals, in a batch of two, and once more around that, and is ended by Ctrl-C, by SIGTERM or by
its budget of seconds, at a moment that is drawn. Counted from what the commands left on disk: of the works that had
begun, how many were ended once, never, or more often, and how many ends there were without a beginning. Beside it the
same harness with `sequential` in place of `always`.
"""

import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from random import Random

from benchmarks.breaking.commands import begin, environment
from hdsl.ground.json_lines import read_json_lines

TIMES = 30
WAYS = ("SIGINT", "SIGTERM", "budget")
LATEST = 2.0
"""Seconds from the first evaluation to the last moment that is drawn."""

PROGRAM = """hdsl 1

use std.terminal

op settles(shell: session[*S]) -> text[*S] !read = "settling:settles"

harness runs(line: text[*S], shell: session[*S]) -> text[*S] {{
  typed:   text[*S] = terminal.send_text(line, shell)
  entered: text[*S] = terminal.send_key("Enter", shell)
  settled: text[*S] = settles(shell)
  result:  text[*S] = sequential(typed, entered, settled)
  return result
}}

harness ends(line: text[*S], shell: session[*S]) -> text[*S] {{
  pressed: text[*S] = terminal.send_key("C-c", shell)
  settled: text[*S] = settles(shell)
  told:    text[*S] = runs(line, shell)
  result:  text[*S] = sequential(pressed, settled, told)
  return result
}}

harness work(name: text[B], shell: session[B], outer: session[B]) -> text[B] {{
  budget(seconds={seconds})

  begin:  text[B] = "echo work >> {{name}}.log; sleep 0.3; sleep 0.3"
  begun:  text[B] = runs(begin, shell)
  end:    text[B] = "echo end >> {{name}}.log"
  ended:  text[B] = ends(end, shell)
  inner:  text[B] = {form}(begun, ended)
  open:   text[B] = "echo work >> {{name}}.outer.log"
  opened: text[B] = runs(open, outer)
  both:   text[B] = sequential(opened, inner)
  close:  text[B] = "echo end >> {{name}}.outer.log"
  closed: text[B] = ends(close, outer)
  result: text[B] = {form}(both, closed)
  return result
}}
"""

SETTLING = """import asyncio


async def settles(shell):
    await asyncio.sleep(0.1)
    while await shell.is_running() or not await shell.is_prompt_empty():
        await asyncio.sleep(0.02)
    return ""
"""


def main() -> None:
    """Prints a table: of the works that had begun, how they ended, with `always` and without."""
    times = int(sys.argv[1]) if len(sys.argv) > 1 else TIMES
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else 0
    print(f"{'':<12}{'begun':>8}{'ended once':>12}{'never':>8}{'more often':>12}{'ended unbegun':>15}")
    for form in ("always", "sequential"):
        random = Random(seed)
        found: Counter[str] = Counter()
        for number in range(times):
            found += _ended(form, WAYS[number % len(WAYS)], random.uniform(0.0, LATEST))
        counts = (found[each] for each in ("begun", "once", "never", "more", "unbegun"))
        print("{:<12}{:>8}{:>12}{:>8}{:>12}{:>15}".format(form, *counts), flush=True)


def _ended(form: str, way: str, moment: float) -> Counter[str]:
    with tempfile.TemporaryDirectory(prefix="owed-") as place:
        folder = Path(place)
        seconds = moment + 0.01 if way == "budget" else 600.0
        (folder / "work.hg").write_text(PROGRAM.format(form=form, seconds=f"{seconds:.2f}"), encoding="utf-8")
        (folder / "settling.py").write_text(SETTLING, encoding="utf-8")
        process = begin("run", "work.hg", "--name", "a", "--name", "b", folder=folder, variables=environment(folder))
        if way != "budget":
            _wait_until_it_works(folder, process)
            time.sleep(moment)
            process.send_signal(getattr(signal, way))
        _, trouble = process.communicate()
        assert b"Traceback" not in trouble, trouble.decode()
        return _counted(folder)


def _wait_until_it_works(folder: Path, process: "subprocess.Popen[bytes]") -> None:
    """Until something was evaluated."""
    while process.poll() is None and not any(trace.stat().st_size for trace in folder.glob("runs/*/trace.jsonl")):
        time.sleep(0.005)


def _counted(folder: Path) -> Counter[str]:
    """What was begun is what is owed; without `always`, what a command noted first."""
    lines = [line.value for log in folder.glob("runs/*/owed.jsonl") for line in read_json_lines(log)]
    owed = {(line["node"], tuple(line["coordinates"])) for line in lines}
    found: Counter[str] = Counter()
    for number, name in enumerate("ab"):
        for node, log in (("inner", f"{name}.log"), ("result", f"{name}.outer.log")):
            noted = folder / log
            words = Counter(noted.read_text(encoding="utf-8").split() if noted.exists() else [])
            if words["work"] or (node, (number,)) in owed:
                found["begun"] += 1
                found[{0: "never", 1: "once"}.get(words["end"], "more")] += 1
            elif words["end"]:
                found["unbegun"] += 1
    return found


if __name__ == "__main__":
    main()
