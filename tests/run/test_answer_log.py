"""The answers of a run that are kept: given once to who goes on, and from the first on to who does the same again."""

import asyncio
from pathlib import Path

from hdsl.kernel.request import Answer, Kernel, Request
from hdsl.run.answers import AnswerLog


class Counting:
    """Answers with the number of the question."""

    name = "counting"

    def __init__(self) -> None:
        self.asked = 0

    async def answer(self, request: Request) -> Answer:
        self.asked += 1
        return Answer(str(self.asked))

    async def close(self) -> None:
        pass


def answers(kernel: Kernel, count: int) -> list[str]:
    async def asked() -> list[str]:
        return [(await kernel.answer(Request("llm", "Which?", place="here[0]"))).text for _ in range(count)]

    return asyncio.run(asked())


def test_what_is_asked_twice_at_a_place_has_two_answers_and_work_done_again_has_the_same_two(tmp_path: Path) -> None:
    log = AnswerLog(Counting(), tmp_path / "answers.jsonl", str)
    assert answers(log, 2) == ["1", "2"]
    assert answers(log.again(), 2) == ["1", "2"], "what was answered to this very log"
    log.close_file()

    resumed = AnswerLog(kernel := Counting(), tmp_path / "answers.jsonl", str)
    for _ in range(2):
        assert answers(resumed.again(), 2) == ["1", "2"]
    assert answers(resumed, 2) == ["1", "2"], "what is done again takes nothing from who goes on"
    assert kernel.asked == 0


def test_what_is_not_kept_is_asked_and_then_kept_for_who_does_it_again(tmp_path: Path) -> None:
    log = AnswerLog(kernel := Counting(), tmp_path / "answers.jsonl", str)
    assert answers(log, 1) == ["1"]
    assert answers(log.again(), 2) == ["1", "2"]
    assert answers(log.again(), 2) == ["1", "2"]
    assert kernel.asked == 2
    log.close_file()
