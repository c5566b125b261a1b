"""The rows most like a query by the definition of the score: each row looked at by itself."""

from collections.abc import Callable, Sequence, Set
from math import sqrt

from hdsl.kernel.request import Row
from hdsl.retrieval.index import Match, Measure
from hdsl.retrieval.similarity import jaccard
from hdsl.retrieval.weights import weight


def brute_force(
    rows: Sequence[Row],
    query: Set[str],
    topk: int,
    analyze: Callable[[str], Set[str]],
    measure: Measure = "similarity",
) -> tuple[tuple[int, float], ...]:
    """The numbers and scores of the best rows."""
    words = {number: analyze(row.query) or analyze(row.key) for number, row in enumerate(rows) if row.value}
    counted = sum(1 for each in words.values() if each)

    def rarity(token: str) -> int:
        return weight(sum(token in each for each in words.values()), counted)

    weights = {token: rarity(token) for token in query} if measure == "similarity" else {}
    found = []
    for number, each in words.items():
        if measure == "jaccard":
            score, factor = jaccard(query, each), 1.0
        else:
            score = sum(weights[token] for token in query & each) / sqrt(len(each) or 1)
            factor = sqrt(len(query)) / sum(weights.values()) if query else 1.0
        found.append((not query or each != query, -score, number, factor))
    best = sorted(found)[: max(topk, 0)]
    return tuple((number, -score * factor if differs else 1.0) for differs, score, number, factor in best)


def numbers_and_scores(matches: Sequence[Match]) -> tuple[tuple[int, float], ...]:
    """What brute force is compared with."""
    return tuple((match.index, match.score) for match in matches)
