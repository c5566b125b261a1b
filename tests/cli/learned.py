"""A small project that has learned: a file of two tables of its own and one of a module, and commands on it."""

import json
from pathlib import Path
from typing import Any

from hdsl.experience.files import read_rows
from tests.commands import Ended, hdsl

MAIN = """hdsl 1

use "lib.hg" as lib

experience words: text -> text = [("eins", "eins", "one")]

harness translate(word: text[1]) -> text[1] {
  answer: text[1] = expert(word, words)
  return answer
}

harness kind_of(word: text[1]) -> lib.Kind[1] {
  kind: lib.Kind[1] = expert(word, lib.kinds)
  return kind
}

train translate {
  data = load("pairs.jsonl")
  loss = exact_match
  valid = 0
  keep = "always"
  epochs = 1
  batch = 1
}
"""

LIB = """hdsl 1

# What a word is.
type Kind {
  "number": "a number",
  "other": "anything else",
}

experience kinds: text -> Kind = [("eins zwei drei", "a number", "number")]
"""

PAIRS = (("zwei", "two"), ("drei", "three"))


def project(folder: Path, pairs: tuple[tuple[str, str], ...] = PAIRS) -> Path:
    """Writes the project; nothing has learned yet."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "main.hg").write_text(MAIN, encoding="utf-8")
    (folder / "lib.hg").write_text(LIB, encoding="utf-8")
    give(folder, pairs)
    return folder


def give(folder: Path, pairs: tuple[tuple[str, str], ...]) -> None:
    """Writes the examples of the next training."""
    lines = [{"word": word, "expected": value} for word, value in pairs]
    (folder / "pairs.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")


def train(folder: Path, *pairs: tuple[str, str]) -> str:
    """Trains, by other pairs where some are given, and is the run."""
    if pairs:
        give(folder, pairs)
    run: str = hdsl("train", "main.hg", "--json", folder=folder).json["run"]
    return run


def experience(folder: Path, *words: str) -> Ended:
    """Runs `hdsl experience SUBCOMMAND main.hg …`."""
    return hdsl("experience", words[0], "main.hg", *words[1:], folder=folder)


def rows(folder: Path, table: str = "words") -> list[tuple[str, str]]:
    """Keys and values of a table as it is now."""
    (found,) = experience(folder, "show", table, "--json").json["tables"]
    return [(row["key"], row["value"]) for row in found["rows"]]


def votes(folder: Path, table: str = "words") -> list[dict[str, int]]:
    """The votes for each row."""
    (found,) = experience(folder, "show", table, "--json").json["tables"]
    return [row["votes"] for row in found["rows"]]


def steps(folder: Path) -> list[dict[str, Any]]:
    """What `log` tells, newest first."""
    found: list[dict[str, Any]] = experience(folder, "log", "--json").json["steps"]
    return found


def write_rows(path: Path, *written: tuple[str, str, str]) -> Path:
    """A .jsonl file of rows."""
    lines = [json.dumps(dict(zip(("query", "key", "value"), row, strict=True))) for row in written]
    path.write_text("".join(line + "\n" for line in lines), encoding="utf-8")
    return path


def stored(path: Path) -> list[tuple[str, str, str]]:
    """The rows of a file or folder."""
    return [(row.query, row.key, row.value) for row in read_rows(path)]
