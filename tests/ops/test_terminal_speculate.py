"""speculate: which turns ask for actions, and what each turn does."""

import pytest

from hdsl.future.future_tensor import FutureTensor
from hdsl.future.loop import run_sync
from hdsl.future.status import Status
from hdsl.ops.element import apply_operation
from hdsl.ops.site import Site
from hdsl.ops.speculate import is_confirmed, speculate, split_actions


def future(folder, texts, asked):
    """A FutureTensor [1, T] that notes at which turns it is asked."""

    async def get(coordinates, trajectory):
        asked.append(coordinates[-1])
        text = texts[coordinates[-1]]
        return (text, Status.confidence(1.0)) if isinstance(text, str) else text

    return FutureTensor(folder, get, [1, len(texts)])


def turns(tmp_path, answers, screens):
    asked, looked = [], []
    result = apply_operation(
        speculate,
        [future(tmp_path, answers, asked), future(tmp_path, screens, looked)],
        {},
        Site(shape=(1, len(screens))),
    )
    elements = [run_sync(result.ft_async_get((0, turn))) for turn in range(len(screens))]
    assert looked == list(range(len(screens)))
    return elements, asked


def texts_of(elements):
    assert not any(status.failed for _, status in elements)
    return [text for text, _ in elements]


def test_one_answer_serves_as_many_turns_as_the_screen_confirms(tmp_path):
    elements, asked = turns(
        tmp_path,
        ["T echo hi\nC Enter\nT ls", "?", "?", "C Enter"],
        ["$", "$ echo hi", "$ echo hi\nhi\n$", "$ echo hi\nhi\n$ ls"],
    )
    assert texts_of(elements) == ["T echo hi", "C Enter", "T ls", "C Enter"]
    assert asked == [0, 3]


def test_an_unconfirmed_action_asks_anew(tmp_path):
    elements, asked = turns(
        tmp_path, ["text:make\nkey:Enter\ntext:ls", "?", "text:late", "x"], ["$", "$ make", "compiling", "$ late"]
    )
    assert texts_of(elements) == ["text:make", "key:Enter", "text:late", "x"]
    assert asked == [0, 2, 3]


def test_elements_of_other_coordinates_have_queues_of_their_own(tmp_path):
    async def answers(coordinates, trajectory):
        return f"T {coordinates[0]}a\nT {coordinates[0]}b", Status.confidence(1.0)

    async def screens(coordinates, trajectory):
        return f"$ {coordinates[0]}a", Status.confidence(1.0)

    result = speculate(FutureTensor(tmp_path, answers, [2, 2]), FutureTensor(tmp_path, screens, [2, 2]), site=Site())
    assert run_sync(result.ft_async_get((0, 0)))[0] == "T 0a"
    assert run_sync(result.ft_async_get((1, 0)))[0] == "T 1a"
    assert run_sync(result.ft_async_get((0, 1)))[0] == "T 0b"
    assert run_sync(result.ft_async_get((1, 1)))[0] == "T 1b"


def test_failures_are_its_own_and_forget_what_was_queued(tmp_path):
    broken = ("", Status.failed_because("no kernel"))
    elements, asked = turns(tmp_path, ["T a\nT b\nT c", "?", broken, "T d"], ["$", broken, "other", "$ d"])
    assert [status.cause for _, status in elements] == ["", "no kernel", "no kernel", ""]
    assert [text for text, _ in elements] == ["T a", "", "", "T d"]
    assert asked == [0, 2, 3]


def test_an_answer_without_actions_is_the_result(tmp_path):
    elements, asked = turns(tmp_path, [" \n", "T a"], ["$", "$"])
    assert texts_of(elements) == [" \n", "T a"]
    assert asked == [0, 1]


def test_numeric_gradients_pass_through(tmp_path):
    actions = future(tmp_path, ["T a"], []).requires_grad_()
    screen = future(tmp_path, ["$"], []).requires_grad_()
    speculate(actions, screen, site=Site()).backward()
    assert float(actions.grad) == float(screen.grad) == 1.0


@pytest.mark.parametrize(
    ("answer", "actions"),
    [
        ("T a b\n\nC Enter\n", ["T a b", "C Enter"]),
        ("T  two \nplain", ["T  two ", "plain"]),
        ("for i in 1 2\ndo true\ndone\n\nls", ["for i in 1 2\ndo true\ndone", "ls"]),
        ("Total", ["Total"]),
        ("", []),
    ],
)
def test_splitting(answer, actions):
    assert split_actions(answer) == actions


@pytest.mark.parametrize(
    ("action", "screen", "confirmed"),
    [
        ("T ls -la", "out\n$ ls -la", True),
        ("T ls -la", "$ ls -la\nout\n$", False),
        ("text:" + "x" * 30, "$ " + "x" * 18 + "\n" + "x" * 12, True),
        ("C Enter", "out\n$", True),
        ("C Enter", "compiling", False),
        ("key:C-c", "^C\n# ", True),
        ("C Up", "costs 5$ a day", True),
        ("C Up", "a$b", False),
    ],
)
def test_confirmation(action, screen, confirmed):
    assert is_confirmed(action, screen) is confirmed
