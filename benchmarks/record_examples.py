"""Records the examples anew on the local model: `python -m benchmarks.record_examples` (`make recordings`).

The recordings lie beside the examples, and tests run the examples from them. They are to be made anew when what is
asked changes: another task, other rows, another trajectory.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

EXAMPLES = Path(__file__).parents[1] / "examples"
NAME = "recorded.jsonl"

RUNS = {
    "router/router.hg": ("--question", "How do I get a refund?", "--question", "The program crashes at start"),
    "translate/translate.hg": ("--code", "squares = [n * n for n in numbers]"),
    "small_coder/small_coder.hg": ("--task", "print hello world", "--task", "count the lines in README.md"),
}
"""The examples that are recorded, and what they are given."""

ONE_AFTER_THE_OTHER = {"HDSL_LOCAL_PARALLEL": "1", "HDSL_LOCAL_THREADS": "1"}
"""Questions that are answered side by side are computed together, and an answer may then differ in a word."""


def command(file: str, kernel: str) -> list[str]:
    """The command that runs an example, from the folder that holds the examples."""
    return [sys.executable, "-m", "hdsl", "run", file, "--kernel", kernel, *RUNS[file]]


def main() -> None:
    """Runs each example once, in a copy, and keeps the recording."""
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place) / "examples"
        shutil.copytree(EXAMPLES, folder, ignore=shutil.ignore_patterns("runs"))
        for file in RUNS:
            recording = (EXAMPLES / file).with_name(NAME)
            words = [*command(file, "local"), "--record", str(recording)]
            subprocess.run(words, cwd=folder, env={**os.environ, **ONE_AFTER_THE_OTHER}, check=True)
            recording.chmod(0o644)


if __name__ == "__main__":
    main()
