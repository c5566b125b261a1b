"""Random and mutated inputs by the hundred thousand: `python -m benchmarks.fuzz --inputs 1000000 --seconds 7200`.

Each is checked twice (see `tests/fuzzing.py`); what fails is logged with its seed, by which it can be made again. The
log is written anew every few seconds, so that it says how far a run came that was ended.
"""

import argparse
import time
from pathlib import Path

from tests.fuzzing import Fuzzer

LOG = Path(__file__).with_name("fuzz.log")
EVERY = 10.0
SHOWN = 20


def main() -> None:
    """Runs until the inputs or the time are used up."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--inputs", type=int, default=1_000_000)
    parser.add_argument("--first", type=int, default=0, help="the seed of the first input")
    parser.add_argument("--seconds", type=float, default=7200.0)
    parser.add_argument("--log", type=Path, default=LOG)
    options = parser.parse_args()
    fuzzer = Fuzzer()
    begun = last = time.monotonic()
    slowest, slowest_seed = 0.0, options.first
    troubles: list[str] = []
    done = 0
    for seed in range(options.first, options.first + options.inputs):
        before = time.monotonic()
        trouble = fuzzer.trouble(seed)
        now = time.monotonic()
        done += 1
        if trouble:
            troubles.append(f"seed {seed}: {trouble.strip()}")
        if now - before > slowest:
            slowest, slowest_seed = now - before, seed
        if now - last > EVERY or now - begun > options.seconds:
            last = now
            _write(options.log, options.first, done, options.inputs, now - begun, slowest, slowest_seed, troubles)
        if now - begun > options.seconds:
            break
    _write(options.log, options.first, done, options.inputs, time.monotonic() - begun, slowest, slowest_seed, troubles)
    print(options.log.read_text(encoding="utf-8"), end="")


def _write(
    log: Path, first: int, done: int, wanted: int, seconds: float, slowest: float, seed: int, troubles: list[str]
) -> None:
    lines = [
        f"inputs checked, each twice: {done:,} of {wanted:,} (seeds {first} to {first + done - 1})",
        f"seconds: {seconds:,.0f} ({done / seconds:,.0f} inputs a second)",
        f"slowest: {slowest:.3f} s for both checks of seed {seed}",
        f"tracebacks, answers that took more than 2 s, answers that differ: {len(troubles)}",
        *troubles[:SHOWN],
    ]
    temporary = log.with_suffix(".tmp")
    temporary.write_text("\n".join(lines) + "\n", encoding="utf-8")
    temporary.replace(log)


if __name__ == "__main__":
    main()
