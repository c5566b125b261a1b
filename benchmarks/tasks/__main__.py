"""What a repository's tasks of itself teach: `python -m benchmarks.tasks`.

Fetches pinned packages into a cache outside of the project, makes tasks of each kind, trains on them, and prints
Markdown tables of sealed data. What was done is kept: stopped, it goes on.
"""

import argparse
from pathlib import Path

from benchmarks.tasks.repositories import PACKAGES, make_data
from hdsl.tasks.model import KINDS

CACHE = Path.home() / ".cache" / "hdsl-tasks-bench"


def main() -> int:
    """Makes what is missing, and prints the tables."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.tasks")
    parser.add_argument("--cache", metavar="DIR", type=Path, default=CACHE)
    parser.add_argument("--only", metavar="NAME", action="append", default=[], help="packages (all)")
    parser.add_argument("--kind", metavar="KIND", action="append", default=[], choices=KINDS, help="kinds (all)")
    options = parser.parse_args()
    chosen = [package for package in PACKAGES if not options.only or package.name in options.only]
    for package in chosen:
        make_data(package, options.cache, tuple(options.kind) or KINDS)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
