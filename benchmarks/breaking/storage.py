"""Disks that are full, files that may not grow, folders that cannot be written or vanish."""

import contextlib
import os
import resource
import shutil
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from random import Random

from benchmarks.breaking.commands import CODES, begin, end, environment, interruptible, promise
from benchmarks.breaking.killing import ASKING, STAMP, TRAINED, WORDS
from tests.servers.scripted_openai import ScriptedServer


def attempt(source: Random) -> None:
    """One command whose records cannot be written at some moment; what was answered before is kept."""
    way = source.choice([_small_disk, _small_files, _gone, _read_only])
    with tempfile.TemporaryDirectory(prefix="break-") as name, ScriptedServer(lambda body: "said " * 400) as server:
        folder = Path(name, "project")
        folder.mkdir()
        (folder / "ask.hg").write_text(ASKING, encoding="utf-8")
        (folder / "stamp.py").write_text(STAMP, encoding="utf-8")
        (folder / "translate.hg").write_text(TRAINED, encoding="utf-8")
        pairs = "".join(f'{{"word": "{word}", "expected": "x"}}\n' for word in WORDS)
        (folder / "pairs.jsonl").write_text(pairs, encoding="utf-8")
        reached = {"OPENAI_BASE_URL": server.url, "HDSL_MODEL": "scripted", "HDSL_KERNEL": "openai"}
        variables = environment(folder, **reached)
        lines = [part for number in range(source.randint(1, 40)) for part in ("--word", f"{number}")]
        words = source.choice([["run", "ask.hg", *lines], ["train", "translate.hg"]])
        end(begin("check", "ask.hg", folder=folder, variables=variables))
        with way(folder, source) as (runs, limit):
            process = begin(
                *words, folder=folder, variables={**variables, "HDSL_RUNS": str(runs)}, preexec_fn=_limited(limit)
            )
            ended = end(process)
        promise(ended.code in CODES, (way.__name__, words[0], ended))
        promise(ended.code in (0, 3) or ended.err.strip(), (way.__name__, words[0], ended))


def _limited(size: int) -> object:
    def prepare() -> None:
        interruptible()
        if size:
            resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))

    return prepare


@contextlib.contextmanager
def _small_disk(folder: Path, source: Random) -> Iterator[tuple[Path, int]]:
    """A disk of some kilobytes; where this user may not mount one, a limit of the size of files instead."""
    disk = folder / "disk"
    disk.mkdir()
    size = source.choice([4, 40, 80, 120, 160, 240, 400])
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={size}k", "tmpfs", str(disk)], capture_output=True, check=False
    )
    if mounted.returncode:
        yield disk, size << 10
        return
    try:
        yield disk / "runs", 0
    finally:
        subprocess.run(["umount", "-l", str(disk)], check=True)


@contextlib.contextmanager
def _small_files(folder: Path, source: Random) -> Iterator[tuple[Path, int]]:
    yield folder / "runs", source.choice([100, 1000, 4096, 20_000, 60_000, 100_000])


@contextlib.contextmanager
def _gone(folder: Path, source: Random) -> Iterator[tuple[Path, int]]:
    """The records, or the working folder with all that is in it, vanish while the command runs."""
    victim = source.choice([folder / "runs", folder])
    stopped = threading.Event()

    def vanish() -> None:
        while not stopped.is_set() and not any(folder.glob("runs/*/*.json")):
            time.sleep(0.01)
        stopped.wait(source.uniform(0.0, 0.5))
        shutil.rmtree(victim, ignore_errors=True)

    thread = threading.Thread(target=vanish)
    thread.start()
    yield folder / "runs", 0
    stopped.set()
    thread.join()


@contextlib.contextmanager
def _read_only(folder: Path, source: Random) -> Iterator[tuple[Path, int]]:
    """A place in which no folder can be made, for root too."""
    place = folder / "a file"
    place.touch()
    yield source.choice([place, place / "runs", Path(os.devnull)]), 0
