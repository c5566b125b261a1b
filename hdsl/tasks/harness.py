"""The `.hg` file that stands beside a data set, so that it can be trained on as it is."""

from collections.abc import Mapping
from pathlib import Path

from hdsl.ground.files import write_atomically

_TEXT = """hdsl 1

use std.tasks

# What was learned of the repository.
experience memory: text -> text = []

# {summary}
harness {name}({given}: text[1]) -> text[1] {{
  budget(llm_calls=1)

  answer: text[1] = tasks.{kind}({given}, memory)
  return answer
}}

train {name} {{
  data = load("train.jsonl")
  loss = {loss}
  valid = 0
  keep = "always"
  epochs = 1
}}
"""

GIVEN: Mapping[str, str] = {"masked": "code", "docstring": "code", "code": "intent", "tests": "code", "stack": "site"}
"""The input of each kind's harness."""

_SUMMARIES = {
    "masked": "Fills in what is hidden in a function.",
    "docstring": "Says what a function does.",
    "code": "Writes the body of a function.",
    "tests": "Writes a test for a function.",
    "stack": "Says what happens when a call is made.",
}
_LOSSES = {"stack": "tasks.unlike_run"}


def write_harness(folder: Path, kind: str) -> Path:
    """Writes the file, unless one stands there, which may have been changed. Its path."""
    path = folder / f"{kind}.hg"
    if not path.exists():
        text = _TEXT.format(
            name=f"answer_{kind}",
            kind=kind,
            given=GIVEN[kind],
            summary=_SUMMARIES[kind],
            loss=_LOSSES.get(kind, "edit_distance"),
        )
        write_atomically(path, text)
    return path
