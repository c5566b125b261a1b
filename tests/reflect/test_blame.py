"""Which step of a chain the loss is put on, from what all examples say."""

from hdsl.kernel.request import Usage
from hdsl.reflect.blame import shares
from hdsl.reflect.said import JudgedText, Said, Taught
from hdsl.reflect.traced import Evaluated, Traced

KNOWING = ("first", "second")


def traced(line, word, middle, end, expected, blamed=None):
    """An example of a chain of two steps, which is wrong where the end is not what was expected."""
    evaluated = (
        Evaluated("first", (0,), middle, False, "", word),
        Evaluated("second", (0,), end, False, "", middle),
    )
    said = ()
    if blamed is not None:
        node, text, better = blamed
        judged, taught = JudgedText((0,), text, better, 1), Taught("table", 1, "", "key", better, False)
        said = (Said("expert", node, False, (judged,), (), (taught,), (), (), Usage()),)
    return Traced(line, float(end != expected), expected, evaluated, said, {}, 2, 0)


def test_a_step_that_others_go_through_rightly_is_not_to_blame():
    traces = [
        traced(1, "a", "k", "v", "v"),
        traced(2, "b", "k", "v", "w", blamed=("second", "v", "w")),
    ]
    assert shares(traces, KNOWING) == [{}, {"first": 1.0}]


def test_a_step_by_which_all_go_wrong_in_the_same_way_is_to_blame():
    traces = [
        traced(1, "a", "k", "bad", "v", blamed=("first", "k", "one")),
        traced(2, "b", "k", "bad", "v", blamed=("first", "k", "other")),
    ]
    assert shares(traces, KNOWING) == [{"second": 1.0}] * 2


def test_where_different_answers_are_wanted_of_one_request_it_was_itself_a_mistake():
    traces = [
        traced(1, "a", "k", "bad", "v", blamed=("second", "bad", "v")),
        traced(2, "b", "k", "bad", "w", blamed=("second", "bad", "w")),
    ]
    assert shares(traces, KNOWING) == [{"first": 1.0}] * 2


def test_of_one_example_alone_its_backward_decides():
    for blamed in KNOWING:
        assert shares([traced(1, "a", "k", "bad", "v", blamed=(blamed, "x", "y"))], KNOWING) == [{blamed: 1.0}]


def test_what_no_backward_blames_anybody_for_stays_unexplained():
    assert shares([traced(1, "a", "k", "bad", "v")], KNOWING) == [{}]
    assert shares([], KNOWING) == []
