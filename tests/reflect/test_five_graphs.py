"""The second derivative goes through each operation once, from anchor to loss: five graphs, worked out by hand."""

import pytest

import hdsl
from tests.reflect import graphs

CHAIN = [
    # The first table answered what the second then had no right answer for: it is to blame, and learns.
    "expert_backward middle: [0] one>two => first: eins should be two",
    # The kernel was asked which input the second expert would have answered right.
    "expert_backward end: [0] uno>due => middle[0] one>two (1 call)",
    "score_backward: - => end[0] uno>due",
]
DIAMOND = [
    "expert_backward left: [0] one is right => word[0] eins is right; english: eins is one",
    "expert_backward right: [0] uno>due => italian: eins should be due",
    "join_backward both: [0] one/uno>one/due => left[0] one is right; right[0] uno>due",
    "score_backward: - => both[0] one/uno>one/due",
]
SWITCH = [
    # The condition and the branch that was not taken are on the way too, and nothing is wanted of them.
    "expert_backward side: - => -",
    "expert_backward first: - => -",
    "expert_backward second: [0] uno>un => italian: eins should be un",
    "switch_backward end: [0] uno>un => second[0] uno>un",
    "score_backward: - => end[0] uno>un",
]
LOOP = [
    # Turn 0 was rejected, turn 1 won; turn 2 was never asked.
    "expert_backward written: [0, 0] bad>best; [0, 1] fine>best => "
    "rewrites: wip should be best; rewrites: good should be best",
    "expert_backward verdict: - => -",
    "until_label_backward checked: - => -",
    "gate_backward draft: [0, 0] bad>best; [0, 1] fine>best => written[0, 1] fine>best; written[0, 0] bad>best",
    "recurrent_backward result: [0] fine>best => draft[0, 1] fine>best; draft[0, 0] bad>best",
    "score_backward: - => result[0] fine>best",
]
BATCH = [
    "expert_backward each: [0] one is right; [1] two is right; [2] tree>three => words[0] eins is right; "
    "words[1] zwei is right; numbers: eins is one; numbers: zwei is two; numbers: drei should be three",
    "first_line_backward end: [0] one is right; [1] two is right; [2] tree>three => "
    "each[0] one is right; each[1] two is right; each[2] tree>three",
    "score_backward: - => end[0] one is right; end[1] two is right; end[2] tree>three",
]


@pytest.mark.parametrize(
    ("source", "texts", "expected", "wanted"),
    [
        pytest.param(graphs.CHAIN, ["eins"], ["due"], CHAIN, id="chain"),
        pytest.param(graphs.DIAMOND, ["eins"], ["one/due"], DIAMOND, id="diamond"),
        pytest.param(graphs.SWITCH, ["eins"], ["un"], SWITCH, id="switch"),
        pytest.param(graphs.LOOP, [["wip", "good", "never"]], ["best"], LOOP, id="loop"),
        pytest.param(graphs.BATCH, ["eins", "zwei", "drei"], ["one", "two", "three"], BATCH, id="batch"),
    ],
)
def test_the_records_are_those_worked_out_by_hand(source, texts, expected, wanted, tmp_path):
    start = hdsl.ft_reflection_starter()
    with graphs.loaded(tmp_path, source) as module:
        graphs.taken(module, texts, expected, start)
        assert [graphs.shown(record) for record in graphs.second(module, start)] == wanted


@pytest.mark.parametrize("source", [graphs.CHAIN, graphs.DIAMOND, graphs.SWITCH])
def test_the_first_derivative_gives_the_same_records_the_other_way_round(source, tmp_path):
    start, records = hdsl.ft_reflection_starter(), []
    with graphs.loaded(tmp_path, source) as module:
        policy = hdsl.TracePolicy(records, names=graphs.names(module))
        with hdsl.dispatch_policy(policy):
            graphs.taken(module, ["eins"], ["due"], start)
        later = [graphs.shown(record) for record in graphs.second(module, start)]
    assert [graphs.shown(record) for record in reversed(records)] == later
    assert not any(record.said.is_second for record in records)
