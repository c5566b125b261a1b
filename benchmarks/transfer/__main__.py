"""Whether sessions of one agent help another: tasks that neither rows nor agent have seen, done in a real terminal.

`python -m benchmarks.transfer [--world bash|tmux] [--each 10] [--seeds 3] [--kernel scripted|held|nearest|local]
[--orders 20] [--verbatim] [--kept FILE]`.
Four arms do the same tasks: no experience; rows from agent A's sessions on other tasks of the same kinds; as many rows
from sessions that have nothing to do with them; with `nearest`, rows learned in twenty orders. What came out is kept
in a file, one line a task, so that a run goes on where it was ended. With `--verbatim` nothing is answered but the
value of the most similar row; `held` is what any model then is, and costs nothing.
"""

import argparse
import json
import os
import re
import shutil
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from random import Random

from benchmarks.reality.statistics import paired_difference, wilson
from benchmarks.transfer.agents import answer, record
from benchmarks.transfer.tasks import LIGHTLY, Task, found, tasks
from benchmarks.transfer.world import run_in_bash
from tests import warm
from tests.servers.enforcing import first_of_those_allowed
from tests.servers.scripted_openai import ScriptedServer

ARMS = ("none", "related", "unrelated")
TURNS = 8


def main() -> None:
    """Runs what is not kept yet, and prints the tables."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.transfer", description=__doc__)
    parser.add_argument("--each", type=int, default=10, help="tasks of each of the 13 kinds")
    parser.add_argument("--seeds", type=int, default=3, help="sets of tasks and sessions")
    parser.add_argument("--kernel", choices=("scripted", "held", "nearest", "local"), default="scripted")
    parser.add_argument(
        "--world", choices=("bash", "tmux"), default="bash", help="each line in a bash, or all of hdsl in a real tmux"
    )
    parser.add_argument("--orders", type=int, default=0, help="orders of learning, on the first set of tasks")
    parser.add_argument("--verbatim", action="store_true", help="nothing is typed but what the most similar row says")
    parser.add_argument("--most", type=int, help="tasks of a set at most")
    parser.add_argument("--kept", type=Path, default=Path("transfer.jsonl"), help="where what came out is kept")
    chosen = parser.parse_args()
    kept = Kept(chosen.kept)
    with served(chosen.kernel) as variables, tempfile.TemporaryDirectory() as name:
        for seed in range(chosen.seeds):
            for arm in (*ARMS, *(f"order {number}" for number in range(chosen.orders if seed == 0 else 0))):
                run_arm(arm, seed, chosen, variables, kept, Path(name) / f"{seed} {arm}")
    report(kept, chosen)


class Kept:
    """What came out, by kernel, arm, seed and number of the task."""

    def __init__(self, path: Path) -> None:
        self._path = path
        lines = path.read_text().splitlines() if path.exists() else []
        self.results = {tuple(key): done for key, done in map(json.loads, lines)}

    def add(self, key: tuple[str, str, int, int], done: bool) -> None:
        """Keeps one result."""
        self.results[key] = done
        with self._path.open("a") as file:
            file.write(json.dumps([key, done]) + "\n")


@contextmanager
def served(kernel: str) -> Iterator[Mapping[str, str]]:
    """The variables by which a harness finds its kernel."""
    if kernel not in ("scripted", "held"):
        yield {"HDSL_KERNEL": kernel}
        return
    with ScriptedServer(answer if kernel == "scripted" else first_of_those_allowed) as server:
        yield {
            "HDSL_KERNEL": "openai",
            "HDSL_MODEL": "agent-b",
            "OPENAI_BASE_URL": server.url,
            "OPENAI_API_KEY": "none",
        }


def run_arm(
    arm: str, seed: int, chosen: argparse.Namespace, variables: Mapping[str, str], kept: Kept, place: Path
) -> None:
    """Does all tasks of a set in one arm, but for those that are kept."""
    # `nearest`, and a model that is held to rows, cannot put one name in the place of another: they are
    # asked for what A did, in a few words more.
    known = asked_for_the_same(chosen)
    todo = tasks(seed if known else 1000 + seed, chosen.each, wording=LIGHTLY if known else None)[: chosen.most]
    keys = [(name_of(chosen), arm, seed, number) for number in range(len(todo))]
    if all(key in kept.results for key in keys):
        return
    harness = learned(arm, seed, chosen, place)
    for key, task in zip(keys, todo, strict=True):
        if key not in kept.results:
            kept.add(key, does(task, harness, chosen, variables, place / str(key[3])))
            print(f"\r{arm}, seed {seed}: {key[3] + 1} of {len(todo)} ", end="", file=sys.stderr, flush=True)
    print(file=sys.stderr)


def name_of(chosen: argparse.Namespace) -> str:
    """What answers, as results are kept by."""
    return f"{chosen.kernel} verbatim" if chosen.verbatim else str(chosen.kernel)


def asked_for_the_same(chosen: argparse.Namespace) -> bool:
    """Whether the tasks are those that A did, in other words."""
    return chosen.verbatim or chosen.kernel == "nearest"


def learned(arm: str, seed: int, chosen: argparse.Namespace, place: Path) -> Path:
    """The folder with the harness of an arm."""
    shown = chosen.each if asked_for_the_same(chosen) else 3
    known = tasks(seed, shown, wording=0)
    if arm.startswith("order"):
        Random(arm).shuffle(known)
    if arm == "unrelated":
        known = tasks(seed, shown, unrelated=True)
    record(known, place / "sessions")
    out = place / "learned"
    words = ["-m", "hdsl", "sessions", "import", str(place / "sessions"), "--out", str(out)]
    warm.run(words, place).check_returncode()
    if arm == "none":
        text = re.sub(r'load\("\w+\.jsonl"\)', "[]", (out / "coder.hg").read_text())
        (out / "coder.hg").write_text(text[: text.index("# Shows how it was done")])
        for rows in out.glob("*.jsonl"):
            rows.unlink()
    return out


def does(task: Task, harness: Path, chosen: argparse.Namespace, variables: Mapping[str, str], place: Path) -> bool:
    """Whether the harness does a task: what lies there afterwards is what the known way leaves."""
    wanted = task.after(place / "known")
    task.prepare(place / "work")
    options = [
        "--task",
        task.goal,
        "--T",
        str(TURNS),
        *(("--topk", "1", "--verbatim", "true") if chosen.verbatim else ()),
    ]
    if chosen.world == "bash":
        code, said = run_in_bash(harness / "coder.hg", options, variables, place / "work"), ""
    else:
        words = ["-m", "hdsl", "run", str(harness / "coder.hg"), *options]
        ran = warm.run(words, place / "work", variables, timeout=300.0)
        code, said = ran.returncode, ran.stderr
    if code not in (0, 3, 4):
        raise RuntimeError(f"{task.goal}: exit code {code} {said}")
    is_done = found(place / "work") == wanted
    shutil.rmtree(place, ignore_errors=True)
    return is_done


def report(kept: Kept, chosen: argparse.Namespace) -> None:
    """The table, and the worst of the orders. A file may hold more tasks of an arm than were asked for now."""

    def of(arm: str, seeds: range) -> list[bool]:
        keys = sorted(key for key in kept.results if key[:2] == (name_of(chosen), arm) and key[2] in seeds)
        return [kept.results[key] for key in keys if chosen.most is None or key[3] < chosen.most]

    every = range(chosen.seeds)
    print("| experience | tasks | done | 95 % | more than none | 95 % |\n|---|---|---|---|---|---|")
    none = of("none", every)
    for arm in ARMS:
        done = of(arm, every)
        low, high = wilson(sum(done), len(done))
        gain, least, most = paired_difference(done, none)
        differs = "| | |" if arm == "none" else f"| {gain:+.3f} | {least:+.3f} to {most:+.3f} |"
        print(f"| {arm} | {len(done)} | {sum(done) / len(done):.3f} | {low:.3f} to {high:.3f} {differs}")
    orders = [of(f"order {number}", range(1)) for number in range(chosen.orders)]
    if orders:
        shares = sorted(sum(done) / len(done) for done in orders)
        first = of("none", range(1))
        print(
            f"\n{len(shares)} orders: {shares[0]:.3f} to {shares[-1]:.3f}; no experience {sum(first) / len(first):.3f}"
        )


if __name__ == "__main__":
    os.environ.pop("TMUX", None)
    main()
