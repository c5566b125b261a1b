from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hdsl.terminal.marks import Kind, Mark, MarkReader

TAG = "0123abcd"
STREAM = (
    rb"\033[?2004h\033]133;D;0123abcd;1;0;braceexpand:emacs:monitor\007$ ls\015\012\033[?2004l\015a\012\033[6n"
    rb"\033]133;D;0123abcd;77;127;a:b\007\007\033]133;P;0123abcd\007> \033[31mred\033[0m"
)
MARKS = [
    Mark(Kind.EDITOR),
    Mark(Kind.PROMPT, 1, 0, editor="emacs"),
    Mark(Kind.ACCEPTED),
    Mark(Kind.QUESTION),
    Mark(Kind.PROMPT, 77, 127),
    Mark(Kind.MORE),
]


@settings(deadline=None)
@given(st.lists(st.integers(0, len(STREAM)), max_size=12))
def test_marks_are_found_wherever_the_output_is_cut(cuts):
    edges = [0, *sorted(cuts), len(STREAM)]
    reader = MarkReader(TAG)
    found = [mark for start, end in pairwise(edges) for mark in reader.feed(STREAM[start:end])]
    assert found == MARKS


@settings(deadline=None)
@given(st.binary(max_size=40), st.sampled_from([b"", b"0123abce", b"0123ABCD", b";0123abcd"]))
def test_a_mark_of_others_is_output(noise, tag):
    noise = noise.replace(b"\\", b"")
    assert MarkReader(TAG).feed(noise + rb"\033]133;P;" + tag + rb"\007" + rb"\033]133;D;x\007") == []


def test_marks_after_long_output():
    reader = MarkReader(TAG)
    for _ in range(100):
        assert reader.feed(b"y" * 10_000) == []
    assert reader.feed(STREAM) == MARKS


@pytest.mark.parametrize("question", ["[c", "[0c", "[>c", "[=c", "[5n", "[6n", "[?6n", "[>q", "[>0q", "[14t", "[?25$p"])
def test_questions_that_tmux_answers(question):
    assert MarkReader(TAG).feed(rb"\033" + question.encode()) == [Mark(Kind.QUESTION)]


@pytest.mark.parametrize("output", [rb"\033[0m", rb"\033[2J", rb"\033[?25h", rb"\033]0;title?\007", rb"\033[1;5H"])
def test_other_sequences_are_no_questions(output):
    assert MarkReader(TAG).feed(output) == []
