"""How soon a run is gone after a signal, or after its budget of seconds, whatever its functions do: p50 and p99.

Compared with a plain Python process that sleeps and is interrupted in the same way, as a measure of the machine.
"""

import signal
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.breaking import blocking_functions
from benchmarks.breaking.commands import begin, environment
from benchmarks.breaking.signals import write

TIMES = 5
BUDGET = 0.5


def main() -> None:
    """Prints a table: seconds from the signal to the end, and from the spent budget to the end."""
    plain = [_plain() for _ in range(TIMES)]
    print(f"{'':<28}{'signal p50':>12}{'p99':>8}{'budget p50':>12}{'p99':>8}")
    print(f"{'a plain process':<28}{_shown(plain)}")
    for name in blocking_functions.ALL:
        signals = [_interrupted(name) for _ in range(TIMES)]
        budgets = [_spent(name) for _ in range(TIMES)]
        print(f"{name:<28}{_shown(signals)}{_shown(budgets)}", flush=True)


def _shown(seconds: list[float]) -> str:
    last = statistics.quantiles(seconds, n=100, method="inclusive")[-1]
    return f"{statistics.median(seconds):>12.2f}{last:>8.2f}"


def _plain() -> float:
    process = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"], stderr=subprocess.DEVNULL)
    time.sleep(0.5)
    return _until_gone(process, signal.SIGTERM)


def _interrupted(name: str) -> float:
    with tempfile.TemporaryDirectory(prefix="stop-") as place:
        process = _started(Path(place, "project"), name, 600)
        return _until_gone(process, signal.SIGTERM)


def _spent(name: str) -> float:
    with tempfile.TemporaryDirectory(prefix="stop-") as place:
        process = _started(Path(place, "project"), name, BUDGET)
        return max(0.0, _until_gone(process) - BUDGET)


def _started(folder: Path, name: str, seconds: float) -> "subprocess.Popen[bytes]":
    """A run whose function has begun."""
    write(folder, name, seconds)
    process = begin("run", "waits.hg", "--line", "a", folder=folder, variables=environment(folder))
    while not (folder / "begun").exists():
        time.sleep(0.005)
    return process


def _until_gone(process: "subprocess.Popen[bytes]", number: int = 0) -> float:
    began = time.monotonic()
    if number:
        process.send_signal(number)
    process.communicate()
    return time.monotonic() - began


if __name__ == "__main__":
    main()
