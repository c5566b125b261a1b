"""Retrieval: rows found through the index against brute force over kept token sets, in one run, as ratios.

The rows lie in a pack (and 10,000 also in a folder) that another process has filled; queries go through the tensor's
store, so each looks whether anyone has written. The first query is asked twice, by two processes: one has to tokenize
all rows, the other finds their tokens kept on disk (`again s`, with how many megabytes they take). Words are drawn from
50,000, by Zipf's law or evenly. Times of a single query are wall time, and processor time beside it, as other work on
the machine shows in the slowest.
"""

import os
import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from itertools import accumulate
from math import sqrt
from multiprocessing import get_context
from pathlib import Path
from statistics import median, quantiles

from hdsl.ops.rows import nearest_rows, rows_of
from hdsl.retrieval.tokens import tokens
from hdsl.retrieval.weights import weight
from hdsl.storage.folder import Folder
from hdsl.storage.pack import Pack
from hdsl.storage.store import Entry, Home, Store
from hdsl.tensor.make import filled_tensor, make_none_tensor
from hdsl.tensor.text_tensor import attach

CASES = [
    *[("pack", words, count) for words in ("zipf", "even") for count in (10_000, 100_000, 1_000_000)],
    ("folder", "zipf", 10_000),
]
VOCABULARY = 50_000
QUERIES = 400
QUERY_WORDS = 20
TOPK = 16
UID = "experience"
MEGABYTE = 1e6


def main() -> None:
    """Prints a line a case; cases may be chosen by the number of their rows, as arguments."""
    chosen = {int(argument) for argument in sys.argv[1:]}
    print("home   words     rows |  p50 ms  p99 ms  p99 cpu | brute ms   times |", end=" ")
    print("first s  again s  kept MB  memory MB |", end=" ")
    print("write+query ms  other's row ms  table again ms")
    for kind, words, count in CASES:
        if not chosen or count in chosen:
            with tempfile.TemporaryDirectory() as folder:
                os.environ["XDG_CACHE_HOME"] = str(Path(folder, "cache"))
                for step in (_fill, _first, _measure):
                    process = get_context("spawn").Process(target=step, args=(folder, kind, words, count))
                    process.start()
                    process.join()


def _home(folder: str, kind: str) -> Home:
    return Folder(Path(folder, "root")) if kind == "folder" else Pack(Path(folder, "texts.sqlite"))


def _drawing(words: str, seed: int) -> Callable[[int], str]:
    """What draws a text of a number of words."""
    source = random.Random(seed)
    vocabulary = [f"w{number:x}" for number in range(VOCABULARY)]
    weights = list(accumulate(1 / rank if words == "zipf" else 1 for rank in range(1, VOCABULARY + 1)))
    return lambda count: " ".join(source.choices(vocabulary, cum_weights=weights, k=count))


def _fill(folder: str, kind: str, words: str, count: int) -> None:
    """Rows of 4 to 20 words, mean 12, in the query, as many again in the key, five in the value."""
    draw, lengths = _drawing(words, 0), random.Random(0)
    entries = {}
    for row in range(count):
        for column, length in enumerate((lengths.randint(4, 20), lengths.randint(4, 20), 5)):
            entries[row * 3 + column] = Entry(draw(length))
    home = _home(folder, kind)
    filled_tensor((count, 3), home, entries, UID)
    home.close()


def _first(folder: str, kind: str, words: str, count: int) -> None:
    """The first query, by a process that finds nothing kept; how long it took is left for the one that measures."""
    home = _home(folder, kind)
    experience = attach(make_none_tensor([0], home), home.open(UID))
    seconds = _times(lambda: nearest_rows(experience, ("w0",), TOPK, by_lines=False))[0] / 1000
    Path(folder, "first").write_text(str(seconds))
    home.close()


def _measure(folder: str, kind: str, words: str, count: int) -> None:
    home = _home(folder, kind)
    store = home.open(UID)
    experience = attach(make_none_tensor([0], home), store)
    draw = _drawing(words, 1)

    def ask(text: str) -> tuple[int, ...]:
        return tuple(match.index for match in nearest_rows(experience, (text,), TOPK, by_lines=False))

    before, begin = _resident(), time.perf_counter()
    ask("w0")
    again, memory = time.perf_counter() - begin, _resident() - before
    first = float(Path(folder, "first").read_text())
    kept = sum(file.stat().st_size for file in Path(folder, "cache", "hdsl").rglob("*.tokens")) / MEGABYTE
    queries = [draw(QUERY_WORDS) for _ in range(QUERIES)]
    wall, processor = zip(*(_times(lambda text=text: ask(text)) for text in queries), strict=True)
    written = [_times(lambda: (_write(store, draw), ask(draw(QUERY_WORDS))))[0] for _ in range(50)]
    foreign = [_after_another(_home(folder, kind), draw, ask) for _ in range(20)]
    table = [_times(lambda: (_write(store, draw), rows_of(experience)))[0] for _ in range(5)]
    sets = [tokens(row.query) for row in rows_of(experience)]
    rows_with = Counter(token for each in sets for token in each)
    brute = []
    for text in queries[:3]:
        brute.append(_times(lambda text=text: _brute_force(tokens(text), sets, rows_with))[0])
        assert _brute_force(tokens(text), sets, rows_with) == ask(text)
    print(
        f"{kind:6} {words:5} {count:8,} | {median(wall):7.3f} {quantiles(wall, n=100)[98]:7.3f}"
        f" {quantiles(processor, n=100)[98]:8.3f} | {median(brute):8.1f} {median(brute) / median(wall):6.0f}x"
        f" | {first:7.2f} {again:8.2f} {kept:8.1f} {memory:10.0f} |"
        f" {median(written):14.3f} {median(foreign):15.3f} {median(table):15.3f}",
        flush=True,
    )
    home.close()


def _write(store: Store, draw: Callable[[int], str]) -> None:
    """Another row in the place of the first."""
    for column in range(3):
        store.write(column, Entry(draw(12)))


def _after_another(other: Home, draw: Callable[[int], str], ask: Callable[[str], object]) -> float:
    """The milliseconds of the query that finds a row which was written through another home of the same place."""
    _write(other.open(UID), draw)
    other.close()
    return _times(lambda: ask(draw(QUERY_WORDS)))[0]


def _times(run: Callable[[], object]) -> tuple[float, float]:
    """Wall and processor milliseconds."""
    wall, processor = time.perf_counter(), time.thread_time()
    run()
    return (time.perf_counter() - wall) * 1000, (time.thread_time() - processor) * 1000


def _resident() -> float:
    """Megabytes of memory this process holds (Linux)."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * 4096 / MEGABYTE


def _brute_force(query: frozenset[str], sets: list[frozenset[str]], rows_with: Counter[str]) -> tuple[int, ...]:
    weights = {token: weight(rows_with[token], len(sets)) for token in query}
    scored = sorted(
        (row != query, -sum(weights[token] for token in query & row) / sqrt(len(row)), number)
        for number, row in enumerate(sets)
    )
    return tuple(number for _, _, number in scored[:TOPK])


if __name__ == "__main__":
    main()
