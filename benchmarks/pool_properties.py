"""The properties of pools over many random cases: merging, revoking; and rounds of writers that are killed.

python -m benchmarks.pool_properties [CASES] [ROUNDS OF KILLS]
"""

import sys
import tempfile
from pathlib import Path

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.pool.people import KEYS, segment_lists
from tests.pool.test_state import check_merging, check_revoking
from tests.pool.test_stores import check_writers


def main(cases: int = 10_000, rounds: int = 20) -> None:
    """Runs them; the first case that fails is shown, and ends it."""
    seen = [0, 0]
    for_all = settings(
        max_examples=cases,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )

    @for_all
    @given(segment_lists(), st.tuples(st.integers(0, 30), st.integers(0, 30)))
    def merging(segments, cuts):
        check_merging(segments, cuts)
        seen[0] += 1

    @for_all
    @given(segment_lists(), st.sampled_from(["a", "b", "c"]))
    def revoking(segments, name):
        check_revoking(segments, KEYS[name])
        seen[1] += 1

    merging()
    print(f"merging commutes, associates, repeats without effect: {seen[0]:,} cases", flush=True)
    revoking()
    print(f"a revoked key leaves the state without it, byte for byte: {seen[1]:,} cases", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        told = check_writers(Path(folder, "pool"), seed=7, rounds=rounds)
    print(f"{told['killed']} writers killed at random: {len(told['published'])} segments published, none lost or torn")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
