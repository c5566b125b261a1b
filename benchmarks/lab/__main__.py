"""The learning lab: `python -m benchmarks.lab [PAGE]` prints its tables, or writes them into a page."""

import argparse
import os
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from benchmarks.lab.kept import Cell, Results, keep, kept
from benchmarks.lab.learners import OURS, Learner, peers
from benchmarks.lab.peers_run import PeerFailed
from benchmarks.lab.table import CHAINED, lines
from benchmarks.lab.tasks import TITLES, make_task

BEGIN, END = "<!-- lab: begin -->\n", "<!-- lab: end -->\n"
SEEDS = {name: 5 if name in ("b", "b2", "c", "d", "f") else 1 for name in TITLES}
"""Five where chance plays a part."""


def main() -> None:
    """Trains every learner on every task, the peers only where their interpreter is named."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("page", nargs="?", type=Path, help="a page with the marks between which the tables stand")
    parser.add_argument(
        "--python",
        default=os.environ.get("HDSL_LAB_PYTHON"),
        help="the interpreter that the peers are installed for; without it their scores are those that were kept",
    )
    parser.add_argument("--jobs", type=int, default=2, help="peers that train at one time")
    options = parser.parse_args()
    results = {(learner.title, name): _trained(learner, name) for learner in OURS for name in TITLES}
    others = peers(options.python)
    if options.python is not None:
        keep(_trained_at_once(others, options.jobs))
    _write(list(lines([*OURS, *others], {**results, **kept()}, SEEDS)), options.page)


def _trained_at_once(learners: Sequence[Learner], jobs: int) -> Results:
    wanted = [(learner, name) for learner in learners for name in TITLES]
    with ThreadPoolExecutor(jobs) as pool:
        cells = pool.map(lambda pair: _trained(*pair), wanted)
        return {(learner.title, name): cell for (learner, name), cell in zip(wanted, cells, strict=True)}


def _trained(learner: Learner, name: str) -> Cell:
    if name in CHAINED and not learner.chains:
        return "–"
    try:
        scores = [learner.train(make_task(name, seed)) for seed in range(SEEDS[name])]
    except PeerFailed as failed:
        print(f"{learner.title}, {name}: {failed}", file=sys.stderr)
        return "failed"
    print(f"{learner.title}, {name}: {scores}", file=sys.stderr)
    return scores


def _write(tables: Sequence[str], page: Path | None) -> None:
    table = "\n".join(tables) + "\n"
    if page is None:
        print(table)
        return
    text = page.read_text(encoding="utf-8")
    before, _, rest = text.partition(BEGIN)
    page.write_text(before + BEGIN + table + END + rest.partition(END)[2], encoding="utf-8")


if __name__ == "__main__":
    main()
