"""What an evolution that is gone on with asks: nothing of which it has kept the answer."""

import json
from collections import Counter
from pathlib import Path

import pytest

from hdsl.kernel.request import Answer, LimitReached, Request, Usage
from tests.evolve.test_evolution import Scripted, evolution, project

Asked = Counter[tuple[str, str]]


class Ending(Scripted):
    """Answers until a trial has been kept, and so many times more."""

    def __init__(self, trials: Path, more: int) -> None:
        super().__init__()
        self._trials, self._more = trials, more

    async def answer(self, request: Request) -> Answer:
        """The answer. LimitReached after the last one."""
        if any(self._trials.glob("*.json")):
            self._more -= 1
        if self._more < 0:
            raise LimitReached("enough")
        answer = await super().answer(request)
        assert isinstance(answer, Answer)
        return answer


def kept(run: Path) -> Asked:
    """How often an answer to a question at a place is kept."""
    lines = [json.loads(line) for line in (run / "answers.jsonl").read_text().splitlines()]
    return Counter((line["place"], line["request"]) for line in lines)


def searched(folder: Path, run: str, kernel: Scripted) -> Usage:
    """What the search and its control by chance took, together."""
    found = evolution(folder, run, kernel)
    try:
        search, chance = found.search_both()
    finally:
        found.close()
    return search.usage + chance.usage


def test_no_answer_that_is_kept_is_asked_for_again_by_the_search_nor_by_its_control(tmp_path: Path) -> None:
    folder = project(tmp_path)
    usage = searched(folder, "whole", Scripted())
    whole = kept(folder / "whole")
    assert set(whole.values()) == {1}
    run = folder / "run"
    with pytest.raises(LimitReached):  # the first trial is kept without its trace: each of both makes that again
        searched(folder, "run", Ending(run / "trials", 10))
    assert kept(run) < whole
    before = kept(run).total()
    assert searched(folder, "run", kernel := Scripted()) == usage
    assert kept(run) == whole
    assert kernel.calls == whole.total() - before
