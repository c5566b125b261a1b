"""`hdsl evolve` as its users run it: what it finds, what it writes, what it goes on with, what it refuses."""

import json
from pathlib import Path

import pytest

from hdsl.check.entry import checked_module
from hdsl.configuration.settings import load_settings
from hdsl.evolve.evolution import Evolution
from hdsl.evolve.proposers.rules import RulesProposer
from hdsl.evolve.record import Choices, EvolutionError, Record
from hdsl.evolve.search import Rules
from hdsl.kernel.request import Answer, LimitReached, Usage
from hdsl.learn.start import Changed, work_of
from tests.commands import hdsl, start, until

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

HARNESS = """hdsl 1

# Who looks after what.
experience teams: text -> text = [("a", "phone", "mobile"), ("b", "printer", "print")]

experience steps: text -> text = []

harness task(problem: text[1], product: text[1]) -> text[1] {
  # Not told which product it is.
  team:   text[1] = expert(product, teams, topk=2)
  step:   text[1] = expert(problem, steps, topk=4)
  answer: text[1] = join(team, step, with=": ")
  return answer
}

train task {
  data = load("data.jsonl")
  loss = exact_match
  valid = 0.4
  epochs = 1
}
"""

TEAMS = {"phone": "mobile", "printer": "print"}
STEPS = {"dead": ("charge it", "plug it in"), "slow": ("close all", "print plain"), "loud": ("mute it", "open it")}


def project(folder: Path) -> Path:
    (folder / "task.hg").write_text(HARNESS)
    lines = []
    for _ in range(6):
        for problem, steps in STEPS.items():
            for (product, team), step in zip(TEAMS.items(), steps, strict=True):
                lines.append({"problem": [problem], "product": [product], "expected": [f"{team}: {step}"]})
    (folder / "data.jsonl").write_text("".join(f"{json.dumps(line)}\n" for line in lines))
    return folder


FEW = ("--kernel", "nearest", "--seeds", "1", "--width", "2", "--rounds", "2")


@pytest.fixture(scope="module")
def evolved(tmp_path_factory):
    folder = project(tmp_path_factory.mktemp("evolved"))
    ended = hdsl("evolve", "task.hg", *FEW, folder=folder)
    (run,) = (folder / "runs").iterdir()
    return folder, ended, run


def test_it_finds_the_missing_input_and_says_what_else_the_calls_would_have_bought(evolved):
    folder, ended, run = evolved
    assert ended.code == 0, ended.err
    assert "give `product` to `step` as well" in ended.out
    assert "at equal calls in all" in ended.out
    assert "at equal calls an answer" in ended.out
    for name in ("unedited", "by vote", "refined", "random edits"):
        assert name in ended.out
    assert "the evolved graph is the best of these" in ended.out
    assert (folder / "task.hg").read_text() == HARNESS, "nothing is written without --apply"
    assert "# Not told which product it is." in (run / "best.hg").read_text()


def test_components_are_ranked_before_any_candidate_is_run_and_every_event_is_kept(evolved):
    events = [json.loads(line) for line in (evolved[2] / "archive.jsonl").read_text().splitlines()]
    kinds = [each["event"] for each in events]
    assert kinds[:2] == ["root", "ranked"]
    assert kinds.index("ranked") < kinds.index("proposed") < kinds.index("accepted")
    proposed = next(each for each in events if each["event"] == "proposed" and each["edit"]["kind"] == "add_input")
    assert proposed["evidence"] and proposed["diff"] and proposed["prediction"]
    assert kinds[-1] == "ended"
    (line,) = (evolved[2] / "demonstrations.jsonl").read_text().splitlines()
    assert json.loads(line)["expected"] == ["add_input"], "a kept edit is a demonstration"


def test_what_is_sealed_is_opened_once_and_the_file_is_written_when_it_is_asked_for(evolved):
    folder, _, run = evolved
    sealed = json.loads((run / "evolve.json").read_text())["parts"]
    assert sealed["sealed"] == 9
    first = hdsl("evolve", "--resume", run.name, "--unseal", "--json", folder=folder)
    assert first.code == 0, first.err
    assert first.json["sealed"]["examples"] == 9
    assert json.loads((run / "evolve.json").read_text())["unsealed"] is True
    again = hdsl("evolve", "--resume", run.name, "--unseal", "--apply", "--json", folder=folder)
    assert again.json["opened_before"] == {}, "this run itself does not count"
    assert again.json["sealed"] == first.json["sealed"]
    assert (folder / "task.hg").read_text() == (run / "best.hg").read_text()
    (folder / "task.hg").write_text(HARNESS.replace("Who looks", "Who still looks"))
    changed = hdsl("evolve", "--resume", run.name, "--apply", folder=folder)
    assert changed.code == 2
    assert "has changed since" in changed.err


def test_one_that_was_killed_is_gone_on_with_to_the_same_archive(evolved, tmp_path):
    folder = project(tmp_path)
    process = start("evolve", "task.hg", *FEW, folder=folder)
    assert until(lambda: any(folder.glob("runs/*/trials/*.json")), 300.0)
    process.kill()
    process.communicate()
    (run,) = (folder / "runs").iterdir()
    resumed = hdsl("evolve", "--resume", run.name, folder=folder)
    assert resumed.code == 0, resumed.err
    for name in ("archive.jsonl", "best.hg"):
        assert (run / name).read_bytes() == (evolved[2] / name).read_bytes()


def test_a_second_evolution_says_which_of_its_sealed_examples_were_opened_already(tmp_path):
    folder = project(tmp_path)
    first, same, other = (evolution(folder, f"runs/{name}", Scripted(), seed) for name, seed in
                          (("first", 0), ("same", 0), ("other", 1)))  # fmt: skip
    assert first.opened_before() == same.opened_before() == {}
    first.run()
    assert same.opened_before() == {}, "it searched, and did not open anything"
    first.unseal()
    assert first.opened_before() == {}
    assert same.opened_before() == {"first": len(same.parts.sealed.hashes)}
    shared = first.parts.sealed.hashes & other.parts.sealed.hashes
    assert other.opened_before() == {"first": len(shared)}
    assert "charge it" not in (folder / "runs/unsealed.jsonl").read_text()
    for each in (first, same, other):
        each.close()


def test_wrong_usage_says_what_is_wrong(tmp_path):
    folder = project(tmp_path)
    for words, what in (
        ((), "name a FILE"),
        (("task.hg", "--resume", "x"), "leave FILE out"),
        (("--resume", "nothing"), "is not an evolution"),
        (("task.hg", "--proposer", "rule"), "did you mean"),
        (("task.hg", "--allow", "fly"), "--allow takes"),
        (("task.hg", "--seeds", "0"), "whole number from 1"),
        (("task.hg", "--rounds", "few"), "a whole number from 1, not few"),
        (("task.hg", "--sealed", "1"), "a share from 0 to below 1, not 1"),
    ):
        ended = hdsl("evolve", *words, folder=folder)
        assert ended.code == 2, words
        assert what.lower() in ended.err.lower()
    assert not list(folder.glob("runs/*"))


def test_a_proposing_harness_that_reads_files_is_refused_before_it_sees_anything(tmp_path):
    folder = project(tmp_path)
    (folder / "spy.hg").write_text(
        'hdsl 1\n\ntype Change { "remove_node", "nothing" }\n\nexperience rows: text -> Change = []\n\n'
        "harness spy(signs: text[1]) -> Change[1] {\n"
        '  seen: text[1] = read_file("data.jsonl")\n  both: text[1] = join(signs, seen)\n'
        "  change: Change[1] = expert(both, rows)\n  return change\n}\n"
    )
    ended = hdsl("evolve", "task.hg", "--proposer", "spy.hg", folder=folder)
    assert ended.code == 2
    assert "may read" in ended.err


class Scripted:
    """Answers by rows about the input, and stops at a call."""

    name = "scripted"

    def __init__(self, last=None):
        self.calls = 0
        self.asked = set()
        self._last = last

    async def answer(self, request):
        self.calls += 1
        self.asked.add((request.input, request.seed))
        if self._last is not None and self.calls > self._last:
            raise LimitReached("enough")
        if request.correction is not None:
            return Answer(request.correction.expected[0], usage=Usage(1))
        found = [row.value for row in request.rows if row.key == request.input]
        return Answer(found[0] if found else request.input, usage=Usage(1))

    async def close(self):
        pass


def evolution(folder: Path, run: str, kernel, seed: int = 0, seconds: float | None = None) -> Evolution:
    file = folder / "task.hg"
    settings = load_settings(folder, kernel="nearest")
    work = work_of(*checked_module(file, str(file)), settings, None, Changed())
    choices = Choices(str(file), "task", rules=Rules(seed, seeds=1, width=2, rounds=1, seconds=seconds))
    return Evolution(work, HARNESS, kernel, RulesProposer(), choices, Record(folder / run))


def test_one_process_at_a_time_goes_on_with_it(tmp_path):
    folder = project(tmp_path)
    first = evolution(folder, "run", Scripted())
    with pytest.raises(EvolutionError, match="another process is at work on run"):
        evolution(folder, "run", Scripted())
    first.close()
    evolution(folder, "run", Scripted()).close()


def test_one_that_ended_by_its_seconds_ends_there_again(tmp_path, monkeypatch):
    folder = project(tmp_path)
    now = iter(range(1000))
    monkeypatch.setattr("hdsl.evolve.search.monotonic", lambda: next(now))
    for _ in range(2):  # the second time there would be time
        ended = evolution(folder, "run", Scripted(), seconds=0.5)
        ended.search.run(ended.opened)
        ended.close()
        assert ended.search.ended == "0.5 seconds are over"
        monkeypatch.setattr("hdsl.evolve.search.monotonic", lambda: 0.0)


def test_one_that_is_stopped_at_any_call_is_gone_on_with_to_the_same_archive(tmp_path):
    folder = project(tmp_path)
    whole = evolution(folder, "whole", kernel := Scripted(), seed=1)
    whole.search.run(whole.opened)
    whole.close()
    total = kernel.calls
    for number, last in enumerate((1, total // 3, total - 2)):
        stopped = evolution(folder, f"run{number}", Scripted(last), seed=1)
        with pytest.raises(LimitReached):
            stopped.search.run(stopped.opened)
        stopped.close()
        resumed = evolution(folder, f"run{number}", again := Scripted(), seed=1)
        resumed.search.run(resumed.opened)
        resumed.close()
        assert (folder / f"run{number}/archive.jsonl").read_bytes() == (folder / "whole/archive.jsonl").read_bytes()
        assert again.calls <= total - last, "no answer is asked for twice"


def test_a_trace_that_is_made_again_asks_what_its_trial_asked(tmp_path):
    folder = project(tmp_path)
    first = evolution(folder, "run", kernel := Scripted(), seed=1)
    first.search.run(first.opened)
    first.close()
    (folder / "run/answers.jsonl").unlink()  # the trials are kept without their traces
    again = evolution(folder, "run", asked_again := Scripted(), seed=1)
    again.search.run(again.opened)
    again.close()
    assert asked_again.asked and asked_again.asked <= kernel.asked


class Closing(Scripted):
    """Answers nothing more once it is closed, as a connection to a server does."""

    closed = False

    async def answer(self, request):
        assert not self.closed
        return await super().answer(request)

    async def close(self):
        self.closed = True


def test_the_kernel_stays_open_for_the_controls_and_is_closed_with_the_evolution(tmp_path):
    found = evolution(project(tmp_path), "run", kernel := Closing())
    found.run()
    calls = kernel.calls
    found.unseal()
    assert kernel.calls > calls
    assert not kernel.closed
    found.close()
    assert kernel.closed
