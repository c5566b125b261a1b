"""`python -m benchmarks.evolution.stopping`: `hdsl evolve` killed at random moments, and gone on with.

Each kill is SIGKILL to a real process. What counts is whether the archive and the kept graph are the same to the byte.
"""

import argparse
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.evolution.families import FAMILIES
from benchmarks.evolution.measuring import Task, written

WORDS = ("--kernel", "nearest", "--seeds", "1", "--width", "2", "--rounds", "1", "--sealed", "0.2")


def started(folder: Path, *words: str) -> subprocess.Popen[bytes]:
    """A process of `hdsl evolve` in a folder."""
    command = [sys.executable, "-m", "hdsl", "evolve", *words]
    return subprocess.Popen(command, cwd=folder, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)


def found(folder: Path) -> tuple[bytes, bytes]:
    """The archive and the kept graph of the one run of a folder."""
    (run,) = (folder / "runs").iterdir()
    return (run / "archive.jsonl").read_bytes(), (run / "best.hg").read_bytes()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--kills", type=int, default=20)
    options = parser.parse_args()
    chance = random.Random("kills")
    with tempfile.TemporaryDirectory() as place:
        first = Path(place, "whole")
        first.mkdir()
        written(FAMILIES[0].make(random.Random("stopping")), first, Task(FAMILIES[0].name, 0.0, 0), 1)
        data = (first / "data.jsonl").read_text().splitlines(keepends=True)
        (first / "data.jsonl").write_text("".join(data[:40]))
        shutil.copytree(first, Path(place, "copy"))
        began = time.monotonic()
        assert started(first, "task.hg", *WORDS).wait() == 0
        whole = time.monotonic() - began
        same = 0
        for number in range(options.kills):
            folder = Path(place, f"killed{number}")
            shutil.copytree(Path(place, "copy"), folder)
            process = started(folder, "task.hg", *WORDS)
            time.sleep(chance.uniform(0.1, 0.95) * whole)
            process.send_signal(signal.SIGKILL)
            process.wait()
            runs = list((folder / "runs").glob("*")) if (folder / "runs").is_dir() else []
            words = ("--resume", runs[0].name) if runs and (runs[0] / "evolve.json").exists() else ("task.hg", *WORDS)
            if words[0] != "--resume":
                shutil.rmtree(folder / "runs", ignore_errors=True)
            code = started(folder, *words).wait()
            same += code == 0 and found(folder) == found(first)
            print(f"{number + 1} kills, {same} with the same archive and graph", flush=True)


if __name__ == "__main__":
    main()
