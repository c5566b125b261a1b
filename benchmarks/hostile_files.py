"""Files with very many of one thing, as in `tests/check/hostile.py`: seconds a megabyte, how they grow, memory.

`python benchmarks/hostile_files.py [N] [KIND]`: N of each thing, then twice as many, each in a process of its own.
`python benchmarks/hostile_files.py largest [KIND]`: half of what is read of a file, and nearly all of it.
"""

import contextlib
import json
import os
import resource
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

sys.path.insert(0, str(Path(__file__).parents[1]))

from hdsl.check.project import LARGEST_FILE, MOST_TOKENS
from hdsl.check.session import check_file
from hdsl.syntax.format import Unformattable, format_source
from hdsl.syntax.lexical import number_of_lexemes
from tests.check.hostile import KINDS


class Measured(NamedTuple):
    """Seconds of CPU of a check and of laying out, megabytes at most in each, and how many diagnostics there were."""

    check: float
    layout: float
    memory: float
    layout_memory: float
    found: int


def measured(path: Path) -> Measured:
    """Measures one file in a child of this process."""
    reading, writing = os.pipe()
    child = os.fork()
    if not child:
        began = time.process_time()
        found = len(check_file(path).diagnostics)
        checked, memory = time.process_time(), _most_memory()
        with contextlib.suppress(Unformattable):
            format_source(path.read_text(encoding="utf-8"))
        laid_out = time.process_time()
        measures = Measured(checked - began, laid_out - checked, memory, _most_memory(), found)
        os.write(writing, json.dumps(measures).encode())
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading, "rb") as answer:
        content = answer.read()
    os.waitpid(child, 0)
    return Measured(*json.loads(content))


def _most_memory() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def numbers(text: Callable[[int], str]) -> tuple[int, int]:
    """How many things make half the largest file, and nearly the largest; where a thing takes no place, any number."""
    few = 2000
    one, other = text(few), text(2 * few)
    of_each = (len(other.encode()) - len(one.encode())) / few
    if of_each < 0.1:
        return few, 2 * few
    tokens_of_each = (number_of_lexemes(other) - number_of_lexemes(one)) / few
    most = int(0.98 * min(LARGEST_FILE / of_each, MOST_TOKENS / max(tokens_of_each, 0.01)))
    return most // 2, most


def main() -> None:
    """Prints a line for each kind; `grows` is how much longer twice as much takes."""
    asked = sys.argv[1] if len(sys.argv) > 1 else "2000"
    wanted = sys.argv[2] if len(sys.argv) > 2 else ""
    print(
        f"{'kind':36} {'MB':>6} {'check s/MB':>10} {'grows':>6} "
        f"{'fmt s/MB':>9} {'grows':>6} {'check MB':>9} {'with fmt':>9} {'found':>6}"
    )
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "main.hg"
        path.write_text(KINDS["harnesses"](2), encoding="utf-8")
        check_file(path)
        for kind, text in KINDS.items():
            if wanted not in kind:
                continue
            sizes, results = [], []
            for n in numbers(text) if asked == "largest" else (int(asked), 2 * int(asked)):
                path.write_text(text(n), encoding="utf-8")
                sizes.append(path.stat().st_size / 1e6)
                results.append(measured(path))
            once, twice = results
            print(
                f"{kind:36} {sizes[1]:6.2f} {twice.check / sizes[1]:10.2f} {twice.check / max(once.check, 1e-3):6.1f} "
                f"{twice.layout / sizes[1]:9.2f} {twice.layout / max(once.layout, 1e-3):6.1f} "
                f"{twice.memory:9.0f} {twice.layout_memory:9.0f} {twice.found:6}",
                flush=True,
            )


if __name__ == "__main__":
    main()
