"""StSGD: lessons and diffs become changes of tables, all or none, with a record and an undo."""

from collections import Counter

import hypothesis.strategies as st
import pytest
import torch
from hypothesis import HealthCheck, given, settings

from hdsl.experience.records import renamed
from hdsl.future.context import RunContext, use_context
from hdsl.kernel.nearest import NearestKernel
from hdsl.kernel.request import Label
from hdsl.learn.changes import make_change
from hdsl.learn.module import table_parameter
from hdsl.learn.sgd import StSGD
from hdsl.ops.lessons import Lesson, lesson_registry
from hdsl.ops.rows import rows_of
from hdsl.retrieval.tokens import tokens
from hdsl.storage.pack import Pack
from hdsl.tensor.gradients import gradient_registry, text_gradient
from hdsl.tensor.make import make_tensor, open_tensor
from hdsl.tensor.text_tensor import attach, home_of, read_texts, store_of
from tests.learn.experts import table, taught, values


def lesson(memory: torch.Tensor, *lessons: tuple[str, str], goal: str = "", right: bool = False) -> None:
    """What an expert's backward would say."""
    lesson_registry().add(store_of(memory).uid, [Lesson(goal, key, value, right) for key, value in lessons])


def test_an_empty_table_learns_what_it_was_told_and_then_knows_it(context):
    memory = table()
    optimizer = StSGD([memory], lr=1.0)
    assert taught([memory], ["red apple", "blue sky"], ["rouge", "bleu"]) == ["", ""]
    optimizer.step()
    assert optimizer.get_last_step_stats()["rows_added"] == 2
    assert values(memory) == {"red apple": "rouge", "blue sky": "bleu"}
    assert taught([memory], ["red apple", "blue sky"], ["rouge", "bleu"]) == ["rouge", "bleu"]
    optimizer.step()
    assert optimizer.get_last_step_stats()["rows_added"] == 0
    assert optimizer.records[-1].changes == ()


def test_what_was_learned_is_stored(context):
    memory = table()
    lesson(memory, ("key", "value"))
    StSGD([memory], lr=1.0).step()
    context.home.flush()
    again = open_tensor(context.home, store_of(memory).uid)
    assert (list(again.shape), read_texts(again)) == ([1, 3], ["key\nvalue", "key", "value"])
    assert list(memory.shape) == [1, 3] and memory.data.tolist() == [[1.0, 1.0, 1.0]]


def test_a_table_of_no_dimension_but_one_grows_too(context):
    memory = torch.nn.Parameter(tensor := make_tensor([], context.home))
    attach(memory, store_of(tensor))
    lesson(memory, ("key", "value"))
    StSGD([memory]).step()
    assert values(memory) == {"key": "value"}


def test_the_row_of_the_input_is_mended_and_every_other_row_stays(context):
    memory = table(("red", "red", "rot"), ("blue", "blue", "blau"))
    taught([memory], ["red"], ["rouge"])
    StSGD([memory]).step()
    assert [(row.key, row.value) for row in rows_of(memory)] == [("red", "rouge"), ("blue", "blau")]


def test_a_seed_gives_way_to_the_first_example_and_what_was_learned_to_the_majority(context):
    memory = table(("red", "red", "rot"))
    optimizer = StSGD([memory])
    said = [("rouge", "rouge"), ("rojo", "rojo"), ("rojo", "rojo"), ("rouge", "rouge"), ("rouge", "rouge")]
    for value, then in [*said, ("rojo", "rojo"), ("azul", "rojo"), ("rojo", "rojo"), ("rouge", "rouge")]:
        lesson(memory, ("red", value))
        optimizer.step()
        assert values(memory) == {"red": then}


def test_a_right_answer_is_a_vote_too(context):
    memory = table(("red", "red", "rouge"))
    optimizer = StSGD([memory])
    votes = [(True, "rouge", "rouge"), (True, "rouge", "rouge"), (False, "rojo", "rouge"), (False, "rojo", "rojo")]
    for right, value, then in votes:
        lesson(memory, ("red", value), right=right)
        optimizer.step()
        assert values(memory) == {"red": then}


def test_a_right_answer_to_something_new_needs_no_row(context):
    memory = table(("red apple", "red apple", "rouge"))
    assert taught([memory], ["red apple !"], ["rouge"]) == ["rouge"]
    optimizer = StSGD([memory])
    optimizer.step()
    assert (optimizer.records[-1].changes, len(rows_of(memory))) == ((), 1)


def test_examples_of_one_step_that_contradict_each_other_are_counted(context):
    memory = table()
    lesson(memory, ("red", "rojo"), ("red", "rouge"), ("red", "rouge"))
    StSGD([memory]).step()
    assert values(memory) == {"red": "rouge"}


def test_the_goal_tells_rows_of_one_key_apart_and_stands_in_the_query(context):
    memory = table()
    optimizer = StSGD([memory])
    lesson(memory, ("$", "echo"), goal="print it")
    lesson(memory, ("$", "ls"), goal="list files")
    optimizer.step()
    assert [(row.key, row.value) for row in rows_of(memory)] == [("$", "echo"), ("$", "ls")]
    assert [tokens(row.query) for row in rows_of(memory)] == [
        {"$", "echo", "print", "it"},
        {"$", "ls", "list", "files"},
    ]
    lesson(memory, ("$", "dir"), goal="list files")
    lesson(memory, ("$", "dir"), goal="list files")
    optimizer.step()
    assert [row.value for row in rows_of(memory)] == ["echo", "dir"]
    assert {"list", "files", "dir"} <= tokens(rows_of(memory)[1].query)


def test_words_of_a_persons_hand_stay_in_a_query(context):
    memory = table(("colour of blood red", "red", "rot"))
    lesson(memory, ("red", "rouge"))
    StSGD([memory]).step()
    assert rows_of(memory)[0].query == "blood\ncolour\nof\nred\nrouge"


def test_an_answer_outside_the_labels_is_refused_and_kept(context):
    memory = table()
    taught([memory], ["x"], ["maybe"], labels=(Label("yes"), Label("no")))
    optimizer = StSGD([memory])
    optimizer.step()
    assert len(rows_of(memory)) == 0
    (refused,) = optimizer.records[-1].refused
    assert (refused.better, "none of the labels" in refused.cause) == ("maybe", True)


def test_diffs_of_keys_and_values_are_applied_and_those_that_conflict_are_kept(context):
    memory = table(("q", "a\n", "one\n"), ("r", "b\n", "two\n"))
    uid = store_of(memory).uid
    gradient_registry().add(uid, {1: text_gradient("a\n", "A\n"), 5: text_gradient("two\n", "2\n") * 2})
    gradient_registry().add(uid, {5: text_gradient("two\n", "zwei\n")})
    optimizer = StSGD([memory])
    optimizer.step()
    assert values(memory) == {"A\n": "one\n", "b\n": "2\n"}
    stats = optimizer.get_last_step_stats()
    assert (stats.applied, stats.rejected, stats.rows_changed) == (3, 1, 2)
    assert [refused.better for refused in optimizer.records[-1].refused] == ["zwei\n"]
    assert rows_of(memory)[0].query == "a\none\nq"


def test_a_tensor_that_is_no_experience_follows_its_diffs_alone(context):
    prompts = make_tensor(["be brief"], context.home).requires_grad_()
    gradient_registry().add(store_of(prompts).uid, {0: text_gradient("be brief", "be very brief")})
    optimizer = StSGD([prompts])
    optimizer.step()
    assert read_texts(prompts) == ["be very brief"]
    optimizer.undo()
    assert read_texts(prompts) == ["be brief"]


def test_numbers_descend_where_there_is_a_gradient(context):
    memory = table(("q", "a", "b"), ("q", "c", "d"))
    memory.grad = torch.tensor([[0.0, 0.0, 0.5], [0.0, 0.0, 0.0]], dtype=torch.bfloat16)
    optimizer = StSGD([memory], lr=0.5)
    optimizer.step()
    assert memory.data.tolist() == [[1.0, 1.0, 0.75], [1.0, 1.0, 1.0]]
    context.home.flush()
    assert open_tensor(home_of(memory), store_of(memory).uid).tolist() == memory.data.tolist()


def test_zero_grad_forgets_what_waits(context):
    memory = table(("q", "a", "b"))
    lesson(memory, ("a", "c"))
    gradient_registry().add(store_of(memory).uid, {2: text_gradient("b", "B")})
    optimizer = StSGD([memory])
    optimizer.zero_grad()
    optimizer.step()
    assert values(memory) == {"a": "b"}


def test_undo_takes_texts_rows_and_votes_back(context):
    memory = table(("q", "a", "b"))
    optimizer = StSGD([memory])
    before = rows_of(memory)
    lesson(memory, ("a", "c"), ("new", "row"))
    optimizer.step()
    record = optimizer.undo()
    assert rows_of(memory) == before
    assert list(memory.shape) == [1, 3]
    assert len(record.votes) == 2
    lesson(memory, ("a", "d"))
    optimizer.step()
    assert values(memory) == {"a": "d"}
    optimizer.undo()
    with pytest.raises(IndexError, match="no step"):
        optimizer.undo()


def test_a_step_that_cannot_be_made_whole_is_not_made(context, monkeypatch):
    first, second = table(("q", "a", "b")), table(("q", "c", "d"))
    optimizer = StSGD([first, second])
    lesson(first, ("a", "B"), ("x", "y"))
    lesson(second, ("c", "D"))
    made = []

    def fail_at_the_second(tensor, change):
        made.append(change)
        if len(made) == 2:
            raise OSError("the disk is full")
        make_change(tensor, change)

    monkeypatch.setattr("hdsl.learn.sgd.make_change", fail_at_the_second)
    with pytest.raises(OSError, match="full"):
        optimizer.step()
    assert (values(first), values(second), optimizer.records) == ({"a": "b"}, {"c": "d"}, [])


def test_bad_parameters_are_told():
    with pytest.raises(TypeError, match="no texts"):
        StSGD([torch.nn.Parameter(torch.zeros(2))])
    with pytest.raises(ValueError, match="rate"):
        StSGD([torch.nn.Parameter(torch.zeros(2))], lr=0.0)


def test_of_two_experts_in_a_chain_the_one_that_is_wrong_learns(context):
    right = [(key, key, mid) for key, mid in [("k1", "m1"), ("k2", "m2")]]
    knows = [(mid, mid, value) for mid, value in [("m1", "v1"), ("m2", "v2")]]
    first, second = table(("k1", "k1", "m2"), right[1]), table(*knows)
    optimizer = StSGD([first, second])
    taught([first, second], ["k1", "k2"], ["v1", "v2"])
    optimizer.step()
    assert (values(first), values(second)) == ({"k1": "m1", "k2": "m2"}, {"m1": "v1", "m2": "v2"})
    first, second = table(*right), table(("m1", "m1", "wrong"), knows[1])
    optimizer = StSGD([first, second])
    taught([first, second], ["k1", "k2"], ["v1", "v2"])
    optimizer.step()
    assert (values(first), values(second)) == ({"k1": "m1", "k2": "m2"}, {"m1": "v1", "m2": "v2"})


lessons = st.lists(
    st.lists(st.tuples(st.sampled_from("abcd"), st.sampled_from(["1", "2", "3\r\n", ""]), st.booleans()), max_size=4),
    max_size=6,
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(lessons)
def test_steps_and_their_undos_give_every_table_back_and_a_record_makes_it_again(tmp_path_factory, steps):
    folder = tmp_path_factory.mktemp("sgd")
    home = Pack(folder / "texts.sqlite")
    with use_context(RunContext(kernel=NearestKernel(0.5), home=home)):
        seed = [("a", "a", "1"), ("", "", "")]
        memory = table_parameter(seed, home)
        optimizer = StSGD([memory])
        seen = [rows_of(memory)]
        for step in steps:
            for key, value, right in step:
                lesson(memory, (key, value), right=right)
            optimizer.step()
            seen.append(rows_of(memory))
        copy = table_parameter(seed, home)
        follower = StSGD([copy])
        for record in optimizer.records:
            follower.take(renamed(record, {store_of(memory).uid: store_of(copy).uid}))
        assert rows_of(copy) == rows_of(memory)
        assert Counter(follower.evidence.of(store_of(copy).uid, 0)) == Counter(
            optimizer.evidence.of(store_of(memory).uid, 0)
        )
        for before in reversed(seen[:-1]):
            optimizer.undo()
            assert rows_of(memory) == before
    home.close()
