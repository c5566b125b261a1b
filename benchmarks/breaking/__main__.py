"""Tries to break promises: `python -m benchmarks.breaking [--seconds N] [--seed S] [--only MODULE]`.

Each module of MODULES has `attempt(source)`, which sets something up by the numbers of a `random.Random`, breaks it,
and raises BrokenPromiseError (or anything else) if a promise did not hold. Each attempt has a seed of its own, which is
printed if it fails: `--seed SEED --only MODULE --attempts 1` makes that very attempt again.
"""

import argparse
import importlib
import random
import sys
import time
import traceback
from collections import Counter

MODULES = ("killing", "signals", "storage", "streams", "damage")


def main() -> int:
    """Exit 1 if a promise was broken."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.breaking", description="Tries to break promises.")
    parser.add_argument("--seconds", type=float, default=60.0, help="how long to try")
    parser.add_argument("--seed", type=int, help="the first seed; by default a random one")
    parser.add_argument("--attempts", type=int, help="how many attempts at most")
    parser.add_argument("--only", choices=MODULES, action="append", help="which modules")
    options = parser.parse_args()
    names = options.only or MODULES
    attempts = {name: importlib.import_module(f"benchmarks.breaking.{name}").attempt for name in names}
    seed = options.seed if options.seed is not None else random.SystemRandom().randrange(1 << 32)
    ends = time.monotonic() + options.seconds
    made: Counter[str] = Counter()
    failed: list[tuple[str, int]] = []
    while time.monotonic() < ends and (options.attempts is None or made.total() < options.attempts):
        name = names[made.total() % len(names)]
        try:
            attempts[name](random.Random(seed))
        except Exception:
            failed.append((name, seed))
            print(f"{name}, seed {seed}:\n{traceback.format_exc()}", flush=True)
        made[name] += 1
        seed += 1
    print(", ".join(f"{name}: {made[name]} attempts" for name in names) + f"; {len(failed)} broke a promise")
    for name, number in failed:
        print(f"  python -m benchmarks.breaking --only {name} --attempts 1 --seed {number}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
