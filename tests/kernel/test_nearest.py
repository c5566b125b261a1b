"""The nearest kernel: what it answers, and what it refuses because the rows do not cover it."""

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hdsl.kernel.nearest import NearestKernel, goal_coverage
from hdsl.kernel.request import Answer, Label, Request, Row

HELLO = (
    Row("print hello world $", "$ ", "text:echo hello world"),
    Row("command typed $ echo hello world", "$ echo hello world", "key:Enter"),
)
FILES = (
    Row("list files $", "$ ", "text:ls"),
    Row("command typed list files $ ls", "$ ls", "key:Enter"),
)


def ask(goal: str, screen: str, rows: tuple[Row, ...] = HELLO, minimum: float = 0.5) -> Answer:
    request = Request(kind="expert", input=screen, goal=goal, rows=rows)
    return asyncio.run(NearestKernel(minimum).answer(request))


def test_a_loop_moves_on_with_its_input_though_the_goal_stays() -> None:
    rows = HELLO + FILES
    assert ask("print hello world", "$ ", rows).text == "text:echo hello world"
    assert ask("print hello world", "$ echo hello world", rows).text == "key:Enter"
    assert ask("list files", "$ ", rows).text == "text:ls"
    assert ask("list files", "$ ls", rows).text == "key:Enter"


def test_of_rows_that_agree_equally_one_that_ends_as_the_screen_does_answers() -> None:
    rows = (
        Row("make a file $ touch a.txt", "$ touch a.txt", "key:Enter"),
        Row("make a file $ touch a.txt $", "$ touch a.txt\n$", "text:ls"),
    )
    for order in (rows, rows[::-1]):
        assert ask("make a file", "$ touch a.txt", order).text == "key:Enter"
        assert ask("make a file", "$ touch a.txt\n$ ", order).text == "text:ls"


def test_one_odd_word_of_three_still_passes_where_all_else_agrees() -> None:
    assert ask("list the files", "$ ", FILES).text == "text:ls"


def test_another_task_at_the_same_prompt_is_refused() -> None:
    for goal in ("print the date", "delete everything", "hello"):
        for screen in ("$ ", "$ echo hello world"):
            answer = ask(goal, screen)
            if goal == "hello":
                assert not answer.refused
            else:
                assert answer.text == ""
                assert "nearest_min = 0.50" in answer.refused


def test_a_task_made_of_the_words_of_several_rows_is_refused_where_one_is_missing() -> None:
    rows = (*HELLO, Row("print the working directory $", "$ ", "text:pwd"))
    assert ask("print the date", "$ ", rows).refused
    assert ask("print the working directory", "$ ", rows).text == "text:pwd"
    assert ask("delete the files", "$ ", (Row("list the files $", "$ ", "text:ls"),)).refused


def test_a_task_made_of_the_words_of_several_rows_is_refused_where_none_knows_it() -> None:
    rows = (*HELLO, Row("count the lines of README.md $", "$ ", "text:wc -l README.md"))
    assert ask("print README.md", "$ ", rows).refused
    assert ask("count the lines of README.md", "$ ", rows).text == "text:wc -l README.md"


def test_no_rows_are_refused_with_the_reason() -> None:
    answer = ask("print hello world", "$ ", ())
    assert "given none" in answer.refused
    llm = asyncio.run(NearestKernel(0.5).answer(Request(kind="llm", input="x", task="translate")))
    assert llm.refused


def test_the_threshold_is_the_one_it_is_given() -> None:
    assert ask("print the date", "$ ", minimum=0.0).text
    assert ask("print hello world", "$ ", minimum=1.0).text
    assert ask("print hello world now", "$ ", minimum=1.0).refused


def test_outside_a_loop_the_input_alone_decides() -> None:
    rows = (Row("translate water", "translate water", "agua"), Row("translate fire", "translate fire", "fuego"))
    assert ask("", "translate water", rows).text == "agua"
    assert ask("", "translate bread", rows).refused


def test_a_row_without_query_or_key_is_compared_by_the_other() -> None:
    assert ask("", "deploy now", (Row("", "deploy now", "go"),)).text == "go"
    assert ask("", "deploy now", (Row("deploy", "", "go"),)).text == "go"


def test_keywords_are_the_tokens_one_a_line() -> None:
    answer = asyncio.run(NearestKernel(0.5).answer(Request(kind="keywords", input="$ ls, LS -l")))
    assert answer.text == "$\nls\n,\n-\nl"
    assert answer.usage.calls == 1


def test_equal_rows_keep_their_order_and_the_answer_is_the_value_as_it_is() -> None:
    rows = (Row("a", "a", " first \n"), Row("a", "a", "second"))
    assert ask("", "a", rows).text == " first \n"


@given(st.text(), st.text(), st.lists(st.builds(Row, st.text(), st.text(), st.text()), max_size=4).map(tuple))
def test_it_never_raises_and_is_the_same_each_time(goal: str, screen: str, rows: tuple[Row, ...]) -> None:
    assert ask(goal, screen, rows) == ask(goal, screen, rows)
    assert 0.0 <= goal_coverage(Request(kind="expert", input=screen, goal=goal, rows=rows)) <= 1.0


@pytest.mark.parametrize(
    "goal", ["count the words of README.md", "count the lines of LICENSE", "print hello world twice", "show the lines"]
)
def test_one_content_word_of_the_goal_that_no_row_knows_refuses(goal):
    rows = (
        Row("count the lines of README.md $", "$", "wc -l README.md"),
        Row("print hello world $", "$", "echo hello world"),
    )
    answer = asyncio.run(NearestKernel(0.5).answer(Request("expert", "$", goal=goal, rows=rows)))
    assert answer.refused


def elect(*rows: tuple[str, float]) -> Answer:
    found = tuple(Row("q", "", value, similarity=similarity) for value, similarity in rows)
    return asyncio.run(NearestKernel(0.5).answer(Request("expert", "x", rows=found, labels=(Label("a"), Label("b")))))


def test_where_the_answer_is_a_label_the_neighbors_vote() -> None:
    assert elect(("a", 0.6), ("b", 0.58), ("b", 0.58)).text == "b"
    assert elect(("a", 0.8), ("b", 0.51), ("b", 0.51), ("b", 0.51)).text == "a"
    assert elect(("a", 0.48), ("a", 0.48)).text == "a"
    assert elect(("a", 0.49), ("b", 0.48)).refused
    assert elect(("a", 0.0), ("b", 0.0)).refused


def test_a_known_question_is_answered_by_its_own_rows() -> None:
    assert elect(("a", 1.0), ("b", 0.99), ("b", 0.99), ("b", 0.99)).text == "a"
    assert elect(("a", 1.0), ("b", 1.0), ("b", 1.0)).text == "b"
    assert elect(("a", 1.0), ("b", 1.0)).text == "a"
