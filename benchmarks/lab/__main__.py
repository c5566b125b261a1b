"""The learning lab: `python -m benchmarks.lab [PAGE]` prints its tables, or writes them into a page."""

import argparse
import os
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from benchmarks.lab.learners import Learner, learners
from benchmarks.lab.peers_run import PeerFailed
from benchmarks.lab.table import CHAINED, Cell, lines
from benchmarks.lab.tasks import TITLES, make_task

BEGIN, END = "<!-- lab: begin -->\n", "<!-- lab: end -->\n"
SEEDS = {name: 5 if name in ("b", "b2", "c", "d", "f") else 1 for name in TITLES}
"""Five where chance plays a part."""


def main() -> None:
    """Trains every learner on every task."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("page", nargs="?", type=Path, help="a page with the marks between which the tables stand")
    parser.add_argument(
        "--python", default=os.environ.get("HDSL_LAB_PYTHON"), help="the interpreter that the peers are installed for"
    )
    parser.add_argument("--jobs", type=int, default=2, help="peers that train at one time")
    options = parser.parse_args()
    everyone = learners(options.python)
    ours = [(learner, name) for learner in everyone for name in TITLES if not learner.is_peer]
    peers = [(learner, name) for learner in everyone for name in TITLES if learner.is_peer]
    with ThreadPoolExecutor(options.jobs) as pool:
        cells = [*(_train(*pair) for pair in ours), *pool.map(lambda pair: _train(*pair), peers)]
    results = {(learner.title, name): cell for (learner, name), cell in zip([*ours, *peers], cells, strict=True)}
    _write(list(lines(everyone, results, SEEDS)), options.page)


def _train(learner: Learner, name: str) -> Cell:
    if name in CHAINED and not learner.chains:
        return "–"
    if learner.train is None:
        return "not run"
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
