"""Trains in child processes that are killed at random moments, and goes on each time; prints how often it killed.

`python -m tests.learn.killed_training KILLS SEED`, in the folder of the project. Children are forked, so that each
begins with everything imported.
"""

import os
import random
import signal
import sys
from pathlib import Path

import hdsl.learn.start  # noqa: F401
from hdsl.cli.main import main


def train(kills: int, seed: int) -> int:
    """How often a child was killed before one came to its end."""
    source = random.Random(seed)
    killed = 0
    while True:
        run = newest_begun()
        words = ["train", "translate.hg"] if run is None else ["train", "--resume", run.name]
        seconds = source.uniform(0.0, 0.25)
        child = os.fork()
        if child == 0:
            if killed < kills:  # by a signal that nobody handles, after so much work, however busy the machine is
                signal.setitimer(signal.ITIMER_PROF, max(0.001, seconds))
            os._exit(main(words))
        _, status = os.waitpid(child, 0)
        if not os.WIFSIGNALED(status):
            assert os.waitstatus_to_exitcode(status) == 0
            return killed
        killed += 1


def newest_begun() -> Path | None:
    """The run that was written down, if one was before its child was killed."""
    begun = sorted(Path("runs").glob("*/train.json"), key=lambda file: file.stat().st_mtime)
    return begun[-1].parent if begun else None


if __name__ == "__main__":
    print(train(int(sys.argv[1]), int(sys.argv[2])))
