"""Signals and spent budgets, at random moments, in runs and trainings whose functions do not end."""

import json
import signal
import tempfile
import time
from pathlib import Path
from random import Random

from benchmarks.breaking import blocking_functions
from benchmarks.breaking.commands import begin, end, environment, promise

PROGRAM = """hdsl 1

op wait(line: text[*S], folder: str) -> text[*S] = "blocking_functions:{function}"

experience words: text -> text = [("a", "a", "b")]

harness waits(line: text[1]) -> text[1] {{
  budget(seconds={seconds})

  known: text[1] = expert(line, words)
  out: text[1] = wait(known, folder="{folder}")
  return out
}}

train waits {{
  data = load("pairs.jsonl")
  valid = 0
}}

test "waits" {{
  out: text[1] = waits(["a"])
  expect exact_match(out, ["a"])
}}
"""

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
BUDGET = 0.4


def attempt(source: Random) -> None:
    """One command with a function that does not end, and what should end it."""
    with tempfile.TemporaryDirectory(prefix="break-") as name:
        folder = Path(name, "project")
        temporary = Path(name, "tmp")
        temporary.mkdir()
        function = source.choice(blocking_functions.ALL)
        number = source.choice([None, *SIGNALS])
        write(folder, function, 600 if number is not None else BUDGET)
        command = source.choice(["run", "run", "train", "test"])
        words = {"run": ["run", "waits.hg", "--line", "a"]}.get(command, [command, "waits.hg"])
        process = begin(*words, folder=folder, variables=environment(folder, TMPDIR=str(temporary)))
        if number is not None:
            _interrupt(process, folder, number, source)
        ended = end(process, 60.0)
        expected = 4 if number is None else 128 + number
        if command == "test" and number is None:
            expected = 1 if ended.code == 1 else 4
        # Before Python runs, a signal ends the process by itself.
        promise(ended.code in (expected, *([] if number is None else [-number])), (function, words, number, ended))
        check_records(folder)
        promise(not processes_naming(name), (function, number, processes_naming(name)))
        promise(not any(temporary.iterdir()), (function, number, list(temporary.iterdir())))


def write(folder: Path, function: str, seconds: float) -> None:
    """A project whose harness calls the function."""
    folder.mkdir()
    source = Path(blocking_functions.__file__).read_text(encoding="utf-8")
    (folder / "blocking_functions.py").write_text(source, encoding="utf-8")
    (folder / "pairs.jsonl").write_text(json.dumps({"line": "a", "expected": "b"}) + "\n", encoding="utf-8")
    program = PROGRAM.format(function=function, seconds=seconds, folder=folder)
    (folder / "waits.hg").write_text(program, encoding="utf-8")


def check_records(folder: Path) -> None:
    """No record says that it still runs."""
    for kind in ("run.json", "train.json"):
        for file in folder.glob(f"runs/*/{kind}"):
            state = json.loads(file.read_text(encoding="utf-8"))["state"]
            promise(state not in ("running", "failed to start"), f"{file} is {state}")


def processes_naming(word: str) -> list[str]:
    """The command lines, and where they work, of all processes in which a word stands."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            line = (process / "cmdline").read_bytes().replace(b"\0", b" ").decode("utf-8", "replace")
            folder = str((process / "cwd").readlink())
        except OSError:
            continue
        if word in line or word in folder:
            found.append(f"{process.name}: {line} in {folder}")
    return found


def _interrupt(process: object, folder: Path, number: int, source: Random) -> None:
    if source.random() < 0.3:
        time.sleep(source.uniform(0.0, 2.0))
    else:
        while not (folder / "begun").exists() and process.poll() is None:  # type: ignore[attr-defined]
            time.sleep(0.01)
    times = source.choice([1, 1, 1, 2, 5])
    for _ in range(times):
        process.send_signal(number)  # type: ignore[attr-defined]
        time.sleep(source.uniform(0.0, 0.3))
