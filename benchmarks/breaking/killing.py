"""Runs and trainings that are killed at random moments and gone on with: each answer is paid once, nothing is lost."""

import json
import signal
import tempfile
import threading
import time
from collections import Counter
from pathlib import Path
from random import Random
from typing import Any

from benchmarks.breaking.commands import begin, end, environment, promise
from hdsl.ground.json_lines import read_json_lines
from tests.servers.scripted_openai import Body, Reply, ScriptedServer

ASKING = """hdsl 1

op stamp(said: text[*S]) -> text[*S] = "stamp:stamp"

harness ask(word: text[B], T: dim = 3) -> text[B] {
  words:   text[B, T] = expand(word, to=[B, T])
  said:    text[B, T] = llm(words, task="Say it.")
  stamped: text[B, T] = stamp(said)
  checked: text[B, T] = until_match(stamped, pattern="enough")
  result:  text[B]    = recurrent(checked, word)
  short:   text[B]    = first_line(result)
  return short
}
"""

STAMP = """
import os, time

def stamp(said):
    return f"{said}\\nin {time.monotonic():.3f}s, pid {os.getpid()}, /tmp/tmp.{os.urandom(4).hex()}"
"""

TRAINED = """hdsl 1

experience words: text -> text = []

harness translate(word: text[1]) -> text[1] {
  result: text[1] = expert(word, words)
  return result
}

train translate {
  data = load("pairs.jsonl")
  valid = 0.25
  epochs = 2
  batch = 2
}
"""

WORDS = ("eins", "zwei\u2028zwei", "drei\x85", "vier", "fünf 😀", "sechs")


def attempt(source: Random) -> None:
    """One run or training, killed a few times, beside one that is not."""
    with tempfile.TemporaryDirectory(prefix="break-") as name:
        whole, killed = Path(name, "whole"), Path(name, "killed")
        chain = _Chain(source, source.choice([_run, _training]))
        expected = chain.to_its_end(whole, kills=0)
        found = chain.to_its_end(killed, kills=source.randint(1, 4))
        promise(expected == found, f"killed: {found}\nwhole: {expected}")


class _Chain:
    def __init__(self, source: Random, work: Any) -> None:
        self.source = source
        self.work = work
        self.received = threading.Semaphore(0)

    def to_its_end(self, folder: Path, kills: int) -> dict[str, Any]:
        """What work comes to that is killed so many times."""
        folder.mkdir()
        words, again = self.work(folder)
        with ScriptedServer(self._reply) as server:
            reached = {"OPENAI_BASE_URL": server.url, "HDSL_MODEL": "scripted", "HDSL_KERNEL": "openai"}
            variables = environment(folder, HDSL_CONCURRENCY="3", **reached)
            while True:
                newest = _newest(folder)
                command = words if newest is None else [*again, newest.name]
                process = begin(*command, folder=folder, variables=variables)
                if kills:
                    kills -= 1
                    self._wait(process, self.source.randint(0, 6))
                    time.sleep(self.source.uniform(0.0, 0.03))
                    process.send_signal(self.source.choice([signal.SIGKILL, signal.SIGKILL, signal.SIGTERM]))
                ended = end(process)
                if ended.code == 0:
                    newest = _newest(folder)
                    assert newest is not None
                    return {"out": _without_times(ended.out), "paid": _paid(newest), "learned": _learned(folder)}
                promise(ended.code in (-signal.SIGKILL, -signal.SIGTERM, 128 + signal.SIGTERM), (ended.code, ended.err))

    def _reply(self, body: Body) -> Reply | str:
        self.received.release()
        asked = body["messages"][-1]["content"]
        turn = asked.count("in ~") + asked.count("pid")
        return Reply(f"said to {sum(asked.encode()) % 7 if turn == 0 else turn}" + (" enough" if turn > 1 else ""))

    def _wait(self, process: Any, requests: int) -> None:
        """Until the server has got so many more requests, or the process has ended."""
        while requests and process.poll() is None:
            requests -= self.received.acquire(timeout=0.2)


def _run(folder: Path) -> tuple[list[str], list[str]]:
    (folder / "ask.hg").write_text(ASKING, encoding="utf-8")
    (folder / "stamp.py").write_text(STAMP, encoding="utf-8")
    given = [part for word in WORDS for part in ("--word", word)]
    return ["run", "ask.hg", *given], ["run", "--resume"]


def _training(folder: Path) -> tuple[list[str], list[str]]:
    (folder / "translate.hg").write_text(TRAINED, encoding="utf-8")
    lines = (json.dumps({"word": word, "expected": word.upper()}, ensure_ascii=False) for word in WORDS)
    (folder / "pairs.jsonl").write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    return ["train", "translate.hg", "--json"], ["train", "--json", "--resume"]


def _newest(folder: Path) -> Path | None:
    begun = [file for name in ("run.json", "train.json") for file in folder.glob(f"runs/*/{name}")]
    return max(begun, key=lambda file: file.parent.stat().st_ctime_ns).parent if begun else None


def _paid(run: Path) -> list[tuple[tuple[str, str], int]]:
    """How often each answer was paid, by where and what was asked."""
    lines = read_json_lines(run / "answers.jsonl")
    return sorted(Counter((line.value["place"], line.value["request"]) for line in lines).items())


def _without_times(out: bytes) -> str:
    try:
        value = json.loads(out)
    except ValueError:
        return out.decode()
    return json.dumps({name: each for name, each in value.items() if name not in ("run", "seconds")})


def _learned(folder: Path) -> dict[str, bytes]:
    return {str(file.relative_to(folder)): file.read_bytes() for file in folder.glob("*.experience/words/**/data")}
