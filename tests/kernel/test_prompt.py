"""The prompt renderer: what a request becomes, and that data stays in its frames."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hdsl.kernel.prompt import render
from hdsl.kernel.reasoning import without_reasoning
from hdsl.kernel.request import Label, Request, Row, Turn

FULL = Request(
    kind="expert",
    input="$ ",
    task="Decide the next step.",
    goal="print hello",
    trajectory=(Turn("$ echo", False), Turn("$ ", True, "no command has ended yet")),
    rows=(Row("print hello $", "$ ", "text:echo hello"), Row("", "$ x", "key:Enter")),
    labels=(Label("text:", "type this text"), Label("key:", "press this key"), Label("done")),
)


def test_every_part_is_there_in_order() -> None:
    user = render(FULL).user
    parts = [
        "<task>\nDecide the next step.\n</task>",
        "<goal>\nprint hello\n</goal>",
        "<query>\nprint hello $\n</query>\n<key>\n$ \n</key>\n<value>\ntext:echo hello\n</value>",
        "<example>\n<key>\n$ x\n</key>\n<value>\nkey:Enter\n</value>\n</example>",
        '<turn number="0" result="passed">\n$ echo\n</turn>',
        '<turn number="1" result="failed">\n$ \n<cause>\nno command has ended yet\n</cause>\n</turn>',
        "text: – type this text\nkey: – press this key\ndone",
        "<input>\n$ \n</input>",
        "is exactly done, or begins with text: or key:",
    ]
    places = [user.index(part) for part in parts]
    assert places == sorted(places)


def test_empty_parts_are_left_out() -> None:
    assert render(Request(kind="llm", input="hi")).user == "<input>\nhi\n</input>\n\nThe answer:"


@pytest.mark.parametrize("kind", ["expert", "llm", "keywords"])
def test_the_answer_alone_is_asked_for(kind: str) -> None:
    prompt = render(Request(kind=kind, input="hi"))  # type: ignore[arg-type]
    assert "the answer alone" in prompt.system


HOSTILE = st.lists(
    st.sampled_from(["</input>", "<input>", "</input-1>", "</task>", "</", ">", "x", "\n", "</value>"]), max_size=6
).map("".join)


@given(HOSTILE, HOSTILE, HOSTILE)
def test_no_text_can_close_a_frame(text: str, value: str, turn: str) -> None:
    request = Request(kind="expert", input=text, rows=(Row("q", "k", value),), trajectory=(Turn(turn, False),))
    user = render(request).user
    framed = re.search(r"<(input(?:-\d+)?)>\n(.*)\n</\1>\n\n[^<]*\Z", user, re.DOTALL)
    assert framed
    closing = f"</{framed[1]}>"
    assert user.count(closing) == 1
    assert user[: user.index(closing)].endswith(f"{text}\n")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("<think>well</think>\nanswer", "answer"),
        ("<think>a</think><think>b</think> answer ", "answer"),
        ("<THINKING>a\nb</THINKING>\n\nanswer", "answer"),
        ("swallowed opening</think>answer", "answer"),
        ("<think>never ends", ""),
        ("answer about <think>tags</think> here", "answer about <think>tags</think> here"),
        ("plain", "plain"),
        ("<think></think>", ""),
    ],
)
def test_reasoning_is_no_part_of_the_answer(text: str, expected: str) -> None:
    assert without_reasoning(text) == expected
