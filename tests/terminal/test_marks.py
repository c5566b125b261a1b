from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from hdsl.terminal.marks import Mark, MarkReader

NONCE = "0123abcd"
STREAM = (
    rb"\033]133;A;0123abcd;0;1;77\033\134\033[?2004h\033]133;B;0123abcd\033\134$ ls\015\012"
    rb"\033]133;C;0123abcd\033\134a\012\033]133;A;0123abcd;127;2;77\033\134\007\033]133;P;0123abcd;3\033\134"
)
MARKS = [Mark("A", (0, 1, 77)), Mark("B"), Mark("C"), Mark("A", (127, 2, 77)), Mark("bell"), Mark("P", (3,))]


@given(st.lists(st.integers(0, len(STREAM)), max_size=12))
def test_marks_are_found_wherever_the_output_is_cut(cuts):
    edges = [0, *sorted(cuts), len(STREAM)]
    reader = MarkReader(NONCE)
    found = [mark for start, end in pairwise(edges) for mark in reader.feed(STREAM[start:end])]
    assert found == MARKS


@given(st.binary(max_size=40), st.sampled_from([b"", b"0123abce", b"0123ABCD", b";0123abcd"]))
def test_a_mark_without_the_nonce_is_output(noise, nonce):
    noise = noise.replace(b"\\", b"")
    assert MarkReader(NONCE).feed(noise + rb"\033]133;C;" + nonce + rb"\033\134" + rb"\033]133;B;x\033\134") == []


def test_marks_after_long_output():
    reader = MarkReader(NONCE)
    for _ in range(100):
        assert reader.feed(b"y" * 10_000) == []
    assert reader.feed(STREAM) == MARKS
