"""Retrieval: the index against brute force over token sets, in one run, as ratios."""

import random
import statistics
import time
from collections.abc import Callable

from hdsl.kernel.request import Row
from hdsl.retrieval.index import RowIndex
from hdsl.retrieval.similarity import jaccard, similarity
from hdsl.retrieval.tokens import tokens

ROWS = (1_000, 10_000)
QUERIES = 50
TOPK = 16


def main() -> None:
    """Prints, for each size, the median milliseconds of a query and how many times faster the index is."""
    source = random.Random(0)
    words = [f"word{number}" for number in range(2_000)]
    for count in ROWS:
        rows = [Row(" ".join(source.choices(words, k=12)), "", "x") for _ in range(count)]
        queries = [frozenset(source.choices(words, k=20)) for _ in range(QUERIES)]
        built = time.perf_counter()
        index = RowIndex(rows)
        built = time.perf_counter() - built
        sets = [tokens(row.query) for row in rows]
        fast = _median(lambda query, index=index: index.select(query, TOPK), queries)
        slow = _median(lambda query, sets=sets: _brute_force(query, sets), queries[:10])
        print(
            f"{count:6} rows: index {fast:.3f} ms, brute force {slow:.2f} ms, x{slow / fast:.0f}; build {built:.2f} s"
        )


def _brute_force(query: frozenset[str], sets: list[frozenset[str]]) -> list[int]:
    scored = [(-similarity(query, row), -jaccard(query, row), number) for number, row in enumerate(sets)]
    return [number for _, _, number in sorted(scored)[:TOPK]]


def _median(ask: Callable[[frozenset[str]], object], queries: list[frozenset[str]]) -> float:
    times = []
    for query in queries:
        begin = time.perf_counter()
        ask(query)
        times.append((time.perf_counter() - begin) * 1000)
    return statistics.median(times)


if __name__ == "__main__":
    main()
