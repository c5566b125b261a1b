"""Standard streams that are closed, full, or whose readers leave; encodings that have no letters."""

import os
import tempfile
from pathlib import Path
from random import Random

from benchmarks.breaking.commands import CODES, begin, end, environment, interruptible, promise

PROGRAM = """hdsl 1

experience words: text -> text = [("a", "a", "é 😀 \\u2028 x"), ("b", "b", "b")]

harness ask(word: text[B]) -> text[B] {
  said: text[B] = expert(word, words)
  return said
}

test "a" {
  out: text[1] = ask(["a"])
  expect exact_match(out, "b")
}

train ask {
  data = load("pairs.jsonl")
  valid = 0
}
"""

COMMANDS = (
    ["run", "ask.hg", "--word", "a", "--word", "nothing", "--word", "b"],
    ["run", "ask.hg", "--word", "a", "--json"],
    ["test", "ask.hg"],
    ["train", "ask.hg"],
    ["check", "ask.hg"],
    ["check", "ask.hg", "--format", "json"],
    ["fmt", "ask.hg", "--diff"],
    ["graph", "ask.hg"],
    ["cost", "ask.hg"],
    ["card"],
    ["grammar"],
    ["explain", "HG402"],
    ["experience", "show", "ask.hg"],
    ["run", "missing.hg"],
    ["no-such-command"],
    ["--help"],
    ["--version"],
    [],
)


def attempt(source: Random) -> None:
    """One command with streams that are not as they should be."""
    with tempfile.TemporaryDirectory(prefix="break-") as name:
        folder = Path(name)
        (folder / "ask.hg").write_text(PROGRAM, encoding="utf-8")
        (folder / "pairs.jsonl").write_text('{"word": "é", "expected": "ß"}\n', encoding="utf-8")
        encoding = source.choice(
            [{}, {"PYTHONIOENCODING": "ascii"}, {"PYTHONIOENCODING": "utf-16"}, {"LC_ALL": "C", "PYTHONUTF8": "0"}]
        )
        variables = environment(folder, PYTHONCOERCECLOCALE="0", **encoding)
        words = source.choice(COMMANDS)
        broken = {number: source.choice(["", "", "closed", "full", "left"]) for number in (1, 2)}
        process = begin(*words, folder=folder, variables=variables, preexec_fn=_with(broken))
        ended = end(process)
        promise(ended.code in CODES, (words, broken, encoding, ended))
        if broken[1] == "full" and words and words[0] not in ("no-such-command",) and "missing.hg" not in words:
            promise(ended.code != 0 or (ended.out == b"" and "--help" in words), (words, broken, ended))


def _with(broken: dict[int, str]) -> object:
    def prepare() -> None:
        interruptible()
        for number, how in broken.items():
            if how == "closed":
                os.close(number)
            elif how == "full":
                os.dup2(os.open("/dev/full", os.O_WRONLY), number)
            elif how == "left":
                read, write = os.pipe()
                os.close(read)
                os.dup2(write, number)

    return prepare
