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
    "jobs/support.hg": ("--message", "Where is my refund for order A7?"),
    "jobs/review.hg": ("--change", "+ for i in range(len(names) + 1): print(names[i])"),
    "jobs/map_reduce.hg": ("--report", "Sales rose by four percent.\n\nCosts fell by two percent."),
    "jobs/triage.hg": ("--alert", "disk /var/lib/postgresql is 97 % full"),
    "jobs/debate.hg": ("--question", "Should a small team write tests first?"),
}
"""The examples that are recorded, and what they are given."""

ONE_AFTER_THE_OTHER = {"HDSL_LOCAL_PARALLEL": "1", "HDSL_LOCAL_THREADS": "1"}
"""Questions that are answered side by side are computed together, and an answer may then differ in a word."""


def recording_of(file: str) -> Path:
    """Where the recording of an example lies, from the folder that holds the examples."""
    path = Path(file)
    alone = path.parent.name == path.stem
    return path.with_name(NAME) if alone else path.parent / "recorded" / f"{path.stem}.jsonl"


def command(file: str, kernel: str) -> list[str]:
    """The command that runs an example, from the folder that holds the examples."""
    return [sys.executable, "-m", "hdsl", "run", file, "--kernel", kernel, *RUNS[file]]


def main() -> None:
    """Runs each example once, in a copy, and keeps the recording."""
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place) / "examples"
        shutil.copytree(EXAMPLES, folder, ignore=shutil.ignore_patterns("runs"))
        for file in RUNS:
            recording = EXAMPLES / recording_of(file)
            recording.parent.mkdir(exist_ok=True)
            words = [*command(file, "local"), "--record", str(recording)]
            subprocess.run(words, cwd=folder, env={**os.environ, **ONE_AFTER_THE_OTHER}, check=True)
            recording.chmod(0o644)


if __name__ == "__main__":
    main()
