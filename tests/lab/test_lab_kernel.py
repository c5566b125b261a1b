"""The scripted model as a kernel: answers from rows, and corrections that blame who is to blame."""

import asyncio

from benchmarks.lab.kernel import ScriptedKernel
from benchmarks.lab.model import ScriptedModel
from hdsl.kernel.request import Correction, Request, Role, Row

ROWS = (Row("kavu", "kavu", "dole"), Row("stage rune", "stage rune", "mopi"))


def answer(request: Request, dropped_rows: float = 0.0) -> str:
    return asyncio.run(ScriptedKernel(ScriptedModel(dropped_rows)).answer(request)).text


def corrected(role: Role, text: str, came_in: str, expected: str = "mopi", rows: tuple[Row, ...] = ROWS) -> str:
    correction = Correction(role, text, "unknown", (expected,))
    return answer(Request("gradient", came_in, rows=rows, correction=correction))


def test_the_row_that_knows_the_input_is_answered_with():
    assert answer(Request("expert", "kavu", rows=ROWS)) == "dole"
    assert answer(Request("expert", "seno", rows=ROWS)) == "unknown"
    assert answer(Request("expert", "kavu")) == "unknown"


def test_calls_are_counted():
    kernel = ScriptedKernel(ScriptedModel())
    for _ in range(3):
        asyncio.run(kernel.answer(Request("expert", "kavu")))
    assert kernel.calls == 3


def test_a_value_is_corrected_where_its_row_is_for_this_input_or_new():
    assert corrected("value", "dole", "kavu") == "mopi"
    assert corrected("value", "", "seno") == "mopi"
    assert corrected("value", "dole", "seno") == "dole"


def test_a_key_is_the_input_where_the_row_has_none_and_another_rows_key_stays():
    assert corrected("key", "", "seno") == "seno"
    assert corrected("key", "kavu", "seno") == "kavu"


def test_an_input_is_to_blame_only_where_rows_know_the_answer_to_one_like_it():
    assert corrected("input", "stage rone", "stage rone") == "stage rune"
    assert corrected("input", "seno", "seno") == "seno"
    assert corrected("input", "kavu", "kavu") == "kavu"


def test_of_several_versions_the_first_is_taken_and_without_any_the_text_stays():
    merge = Correction("merge", "old", expected=("one", "two"))
    assert answer(Request("gradient", "", correction=merge)) == "one"
    assert answer(Request("gradient", "", correction=Correction("output", "old", advice="no"))) == "old"


def test_a_text_of_several_rows_may_lose_some_and_one_of_a_single_row_cannot():
    old = "\n".join(f"line {number}" for number in range(200))
    better = Correction("merge", old, expected=(f"{old}\nnew",))
    left = answer(Request("gradient", "", correction=better), dropped_rows=0.05).splitlines()
    assert 170 < len(left) < 201 and left[-1] == "new"
    assert corrected("value", "dole", "kavu") == answer(
        Request("gradient", "kavu", rows=ROWS, correction=Correction("value", "dole", "x", ("mopi",))), 0.99
    )
