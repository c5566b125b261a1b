"""Small projects to train: a table of words, two experts in a chain, files that go wrong."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

HARNESS = """hdsl 1

# Words and what they mean.
experience words: text -> text = {seed}

harness translate(word: text[1]) -> text[1] {{
  result: text[1] = expert(word, words)
  return result
}}

train translate {{
  data = load("pairs.jsonl")
{settings}
}}
"""

ALWAYS = {"valid": 0, "keep": '"always"'}


def project(
    folder: Path,
    pairs: Sequence[tuple[str, str]] = (("eins", "one"), ("zwei", "two"), ("drei", "three")),
    seed: str = "[]",
    **settings: object,
) -> Path:
    """A folder with `translate.hg` and its pairs; settings of the train block by name."""
    chosen = {**ALWAYS, **settings}
    lines = "\n".join(f"  {name} = {value}" for name, value in chosen.items())
    (folder / "translate.hg").write_text(HARNESS.format(seed=seed, settings=lines), encoding="utf-8")
    write_lines(folder / "pairs.jsonl", [{"word": word, "expected": expected} for word, expected in pairs])
    return folder


def write_lines(path: Path, lines: Sequence[Mapping[str, Any]]) -> None:
    """A file of JSON lines."""
    path.write_text("".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines), encoding="utf-8")


def learned(folder: Path, table: str = "words") -> dict[str, str]:
    """What the keys of a learned table are answered by."""
    from hdsl.experience.files import read_rows

    return {row.key: row.value for row in read_rows(folder / "translate.experience" / table)}
