"""hdsl in the lab: what it learns of the scripted model's tasks, and whom its edits hit."""

import pytest

from benchmarks.lab.ours import train
from benchmarks.lab.tasks import make_task


def test_a_hidden_mapping_is_learned_by_one_call_a_key():
    learned = train(make_task("a"), batch=1, validated=False)
    assert learned.accuracy == 1.0
    assert learned.calls_to_reach is not None and learned.calls_to_reach <= 24
    assert learned.innocent_rows == 0


@pytest.mark.parametrize(("name", "edits"), [("g1", (8, 0)), ("g2", (0, 8))])
def test_of_two_chained_nodes_only_the_guilty_one_is_edited(name, edits):
    learned = train(make_task(name), batch=12, validated=False)
    assert (learned.accuracy, learned.edits) == (1.0, edits)


def test_wrong_corrections_are_outvoted():
    assert train(make_task("b", 1), batch=12, validated=False).accuracy == 1.0


def test_validation_costs_calls_for_all_keys_at_each_step_and_takes_back_what_makes_it_worse():
    learned = train(make_task("a"), batch=24, validated=True)
    assert learned.calls_to_reach == 24 + 24 + 24
