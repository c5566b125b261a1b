"""Reasoning marks of many models are not part of the answer; answers that speak of such tags stay whole."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hdsl.kernel.reasoning import without_reasoning

PAIRS = [
    ("<think>", "</think>"),
    ("<thinking>", "</thinking>"),
    ("<thought>", "</thought>"),
    ("<reasoning>", "</reasoning>"),
    ("<seed:think>", "</seed:think>"),
    ("<mm:think>", "</mm:think>"),
    ("<longcat_think>", "</longcat_think>"),
    ('<think time="3">', "</think>"),
    ("[THINK]", "[/THINK]"),
    ("◁think▷", "◁/think▷"),
    ("<|begin_of_thought|>", "<|end_of_thought|>"),
    ("<|START_THINKING|>", "<|END_THINKING|>"),
    ("<|inner_prefix|>", "<|inner_suffix|>"),
    ("<|channel>thought\n", "<channel|>"),
]


@pytest.mark.parametrize(("opening", "closing"), PAIRS)
def test_a_block_at_the_beginning_is_left_out(opening: str, closing: str) -> None:
    assert without_reasoning(f"{opening}well,\nhm{closing}\n\nanswer\n") == "answer"
    assert without_reasoning(f"\n {opening}{closing} {opening}again{closing}answer") == "answer"
    assert without_reasoning(f"{opening}never ends") == ""
    assert without_reasoning(f"{opening}{closing}") == ""


@pytest.mark.parametrize(("opening", "closing"), PAIRS[:11])
def test_a_closing_mark_whose_opening_was_swallowed_ends_the_reasoning(opening: str, closing: str) -> None:
    assert without_reasoning(f"well, hm\n{closing}\n\nanswer") == "answer"
    assert without_reasoning(f"well, hm.{closing}answer") == "answer"
    assert without_reasoning(f"well, hm. {closing} answer") == "answer"
    assert without_reasoning(f"{closing}answer") == "answer"


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("<|channel|>analysis<|message|>hm<|end|><|start|>assistant<|channel|>final<|message|>answer", "answer"),
        ("<|start|>assistant<|channel|>analysis<|message|>hm<|channel|>final<|message|>answer<|return|>", "answer"),
        ("<|channel|>final<|message|>answer<|end|>", "answer"),
        ("hm<|end|><|start|>assistant<|channel|>final <|constrain|>json<|message|>{}", "{}"),
        ("<|channel|>analysis<|message|>never ends", ""),
        ("<|channel|>commentary to=functions.x<|message|>{}<|call|>", ""),
        ("analysisWe need to answer.assistantfinalThe answer", "The answer"),
        ("<|begin_of_thought|>hm<|end_of_thought|>\n<|begin_of_solution|>answer<|end_of_solution|>", "answer"),
        ("<|START_THINKING|>hm<|END_THINKING|><|START_RESPONSE|>answer<|END_RESPONSE|>", "answer"),
        ("<think>The tag `</think>` ends it.</think>answer", "answer"),
        ("<think>```\n</think>\n```\nso</think>answer", "answer"),
        ("<THINK>hm</think>answer", "answer"),
    ],
)
def test_other_forms(text: str, answer: str) -> None:
    assert without_reasoning(text) == answer


@pytest.mark.parametrize(
    "text",
    [
        "plain",
        "The tags <think> and </think> mark reasoning.",
        "Use `</think>` to end the reasoning.",
        "Models write `<think>…</think>` before they answer.",
        'sed -i "s/.*<\\/think>//" answer.txt',
        "the </think> tag ends it",
        "It ends with </think>, as in Qwen.",
        'The marker is "</think>".',
        "```python\ntext.split('</think>')\n```",
        "```\nhm\n</think>\n```",
        "text = '''\n<think>hm</think>\n'''",
        "grep -c '\\[/THINK\\]' log",
        "Harmony answers begin with `<|channel|>final<|message|>`.",
        "analysis of the final assistant",
        "analysis: it works",
        "I think </ think> is a typo",
        "<thinker>a</thinker>",
        "<analysis>asked for</analysis><summary>b</summary>",
        "`<think>` opens a block",
        "key:run the line",
    ],
)
def test_an_answer_that_speaks_of_marks_is_left_as_it_is(text: str) -> None:
    assert without_reasoning(text) == text


MARKS = [mark for pair in PAIRS for mark in pair]


@given(st.lists(st.sampled_from([*MARKS, "a", "\n", " ", "`", '"', "<|message|>", "final", "assistant"]), max_size=12))
@settings(deadline=None)
def test_the_answer_is_always_an_end_of_the_text_or_a_piece_of_it(parts: list[str]) -> None:
    text = "".join(parts)
    assert without_reasoning(text) in text


def test_a_text_of_nothing_but_tags_is_read_through_once() -> None:
    for tag in ("<think></think>", "`</think>` ", "<think>", "<|channel|>final<|message|>"):
        assert len(without_reasoning(tag * 20_000)) <= len(tag) * 20_000
