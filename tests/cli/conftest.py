"""A folder of files, good and bad, that the tests of commands look at and do not change."""

from pathlib import Path

import pytest

PAIR = """hdsl 1

# Joins two batches.
harness pair(left: text[B], right: text[B], with: str, scale: float = 0.5, loud: bool = false, D: dim = 3) -> text[B] {
  both: text[B] = join(left, right, with=with)
  return both
}

harness grid(cells: text[2, W]) -> text[2, W] {
  first: text[2, W] = first_line(cells)
  return first
}
"""

TWIN = """hdsl 1

harness twin(line: text[B]) -> text[B] {
  first: text[B] = first_line(line)
  return first
}

test "the first line" {
  out: text[1] = twin(["one\\ntwo"])
  expect exact_match(out, "one")
}
"""

WRONG = """hdsl 1

harness twin(line: text[1]) -> text[1] {
  first: text[1] = frist_line(line)
  return first
}

test "wrong" {
  out: text[1] = twin(["x"])
  expect exact_match(out, "y")
}
"""

LOADS = """hdsl 1

experience memory: text -> text = load("rows.jsonl")

harness asks(line: text[1]) -> text[1] {
  answer: text[1] = expert(line, memory)
  return answer
}
"""

CYCLE = """hdsl 1

use "{other}.hg" as other

harness {name}(line: text[1]) -> text[1] {{
  out: text[1] = other.{other}(line)
  return out
}}
"""

ROW = '{"query": "q", "key": "k", "value": "v"}\n'


@pytest.fixture(scope="session")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder."""
    folder = tmp_path_factory.mktemp("files")
    texts = {
        "pair.hg": PAIR,
        "twin.hg": TWIN,
        "wrong.hg": WRONG,
        "loads.hg": LOADS,
        "rows.jsonl": ROW * 6 + '{"query": "q", "key": "k" "value": "v"}\n' + ROW,
        "one.hg": CYCLE.format(name="one", other="other_one"),
        "other_one.hg": CYCLE.format(name="other_one", other="one"),
        "empty.hg": "",
        "string.hg": 'hdsl 1\n\nexperience memory: text -> text = [("a", "b, "c")]\n',
        "brace.hg": "hdsl 1\n\nharness twin(line: text[1]) -> text[1] {\n  first: text[1] = first_line(line)\n",
        "deep.hg": "hdsl 1\n\nharness twin(line: text" + "[" * 20_000,
        "null.hg": "hdsl 1\n\0",
    }
    for name, text in texts.items():
        (folder / name).write_text(text, encoding="utf-8")
    (folder / "latin.hg").write_bytes("hdsl 1\n# café\n".encode("latin-1"))
    (folder / "binary.hg").write_bytes(bytes(range(256)) * 64)
    (folder / "big.hg").write_bytes(b"# " + b"x" * 10_000_000 + b"\n")
    (folder / "dense.hg").write_text("hdsl 1\n" + "]" * 500_000)
    (folder / "folder").mkdir()
    return folder
