"""The lab's tasks are the same each time; its teacher errs as often as they say; scores count what they say."""

import pytest

from benchmarks.lab.lessons import UNKNOWN
from benchmarks.lab.peers_run import scored
from benchmarks.lab.row_patch import RowPatch
from benchmarks.lab.scoring import score
from benchmarks.lab.tasks import TITLES, make_task
from benchmarks.lab.teacher import Teacher
from benchmarks.lab.watch import Watch


@pytest.mark.parametrize("name", TITLES)
def test_a_task_is_equal_each_time_and_its_answers_differ(name):
    task = make_task(name, 3)
    assert task == make_task(name, 3)
    assert task.keys == make_task(name, 4).keys
    assert len({task.right_answer(key) for key in task.keys}) == len(task.keys) == 24


def test_shuffled_orders_differ_by_seed_and_epoch_and_others_do_not():
    assert len({make_task("f", seed).order(epoch) for seed in range(3) for epoch in range(3)}) == 9
    assert make_task("a").order(0) == make_task("a").order(1)


def test_colliding_keys_share_all_words_but_one_or_two():
    keys = [set(key.split()) for key in make_task("h").keys]
    assert {len(one & other) for one in keys for other in keys if one != other} == {6, 7}


@pytest.mark.parametrize(("name", "guilty"), [("g1", 0), ("g2", 1)])
def test_of_two_nodes_the_guilty_one_has_eight_wrong_rows(name, guilty):
    task = make_task(name)
    wrong = [sum(task.start[node][key] != task.truth[node][key] for key in task.truth[node]) for node in (0, 1)]
    assert wrong[guilty] == 8 and sum(wrong) == 8


def wrong_feedback(name, answer):
    teachers = {seed: Teacher(make_task(name, seed)) for seed in range(50)}
    task = make_task(name)
    said = [
        teachers[seed].visit(key, answer or task.right_answer(key)).expected == task.right_answer(key)
        for seed in teachers
        for key in task.keys
    ]
    return 1 - sum(said) / len(said)


def test_wrong_corrections_come_with_mistakes_and_wrong_verdicts_with_every_visit():
    assert 0.17 < wrong_feedback("b", UNKNOWN) < 0.23
    assert wrong_feedback("b", "") == 0
    assert 0.17 < wrong_feedback("b2", "") < 0.23
    assert wrong_feedback("a", UNKNOWN) == 0


def test_wrong_labels_stay_wrong():
    task = make_task("e")
    teacher = Teacher(task)
    assert len(task.wrong_labels) == 2
    for key, label in task.wrong_labels.items():
        assert [teacher.visit(key, label).is_right for _ in range(3)] == [True] * 3
        assert not teacher.visit(key, task.right_answer(key)).is_right


def test_calls_are_those_after_which_the_accuracy_stays():
    assert score([0.0, 0.96, 0.9, 0.96, 1.0], [0, 10, 20, 30, 40], 50, [3], 1).calls_to_reach == 30
    assert score([0.0, 1.0, 0.9], [0, 10, 20], 50, [3], 1).calls_to_reach is None


def test_calls_of_evaluations_are_not_counted():
    names = ["evaluation-0", "evaluation-0", "scripted", "scripted", "evaluation-1", "scripted"]
    seen = {"accuracies": [0.0, 1.0], "edits": [1], "innocent_rows": 0}
    found = scored(seen, [{"model": name} for name in names])
    assert (found.calls_to_reach, found.calls) == (2, 3)


def test_edits_are_rows_that_differ_and_innocent_ones_were_right_before():
    task = make_task("a")
    right = dict(task.truth[0])
    one, two, three = task.keys[:3]
    watch = Watch(task, lambda keys, model: [UNKNOWN] * len(keys))
    watch.look([{}])
    watch.look([{one: right[one], two: "wrong", three: right[three]}])
    watch.look([{one: "spoilt", two: right[two]}])
    assert (watch.seen.edits, watch.seen.innocent_rows) == ([6], 2)


@pytest.mark.parametrize(
    ("name", "accuracy"), [("a", 1.0), ("h", 1.0), *(pytest.param(name, 1.0, marks=pytest.mark.slow) for name in "bcd")]
)
def test_a_plain_row_patch_learns_all(name, accuracy):
    assert RowPatch(make_task(name)).train().accuracy == accuracy


def test_a_plain_row_patch_asks_once_forward_and_once_for_each_mistake():
    assert RowPatch(make_task("a")).train().calls_to_reach == 46
