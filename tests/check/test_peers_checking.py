"""Our side of the comparison with other frameworks: each kind of fault is one diagnostic of a `.hg` file."""

from benchmarks.peers_checking.hdsl_faults import FAULTS, measured
from benchmarks.peers_checking.kinds import KINDS


def test_each_kind_of_fault_is_told_by_one_code():
    told = measured()
    assert set(FAULTS) == set(KINDS)
    assert all(code and "," not in code for code in told.values()), told
