"""`hdsl pool pull --for`: what enters makes the puller's own validation better, whatever rows say of themselves."""

import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from hdsl.check.entry import checked_module
from hdsl.configuration.settings import load_settings
from hdsl.experience.files import read_rows
from hdsl.experience.tables_in_reach import ReachedTable, tables_in_reach
from hdsl.kernel.nearest import NearestKernel
from hdsl.learn.proving import Proving, mean
from hdsl.learn.start import Changed, work_of
from hdsl.policy.decision import Rules
from hdsl.pool.pool import Pool
from hdsl.pool.proving import Judged, Proven, proven
from hdsl.pool.pulling import chosen_rows, fitting_rows
from hdsl.pool.replay import Verdict, verdicts
from hdsl.pool.rows import Evidence, PooledRow
from hdsl.pool.signing import key_from_seed
from hdsl.pool.state import JoinedRow
from tests.commands import REPOSITORY, hdsl
from tests.pool.people import ANN

TABLE = "desk.route"
SAID = {
    "billing": ("my card was charged {}", "the invoice of {} is wrong", "what does a licence cost {}"),
    "technical": ("the update does not install {}", "my password fails {}", "the screen stays black {}"),
    "people": ("a journalist asks {}", "thank the team {}", "interns in {}"),
}
WORDS = ("twice", "today", "in may", "again", "abroad", "since monday")
TARGET = "the screen stays black at night"


def rows_of(person: int) -> list[PooledRow]:
    """What an honest person publishes: a row of each kind of question, in words of their own."""
    return [
        PooledRow(TABLE, "", text.format(WORDS[person]), desk, evidence=Evidence("desk", 3, 0))
        for desk, texts in SAID.items()
        for text in texts
    ]


def project(folder: Path, *examples: tuple[str, str]) -> Path:
    """The example of a shared desk, with other questions to validate with."""
    shutil.copytree(REPOSITORY / "examples" / "shared_desk", folder)
    if examples:
        lines = [{"question": question, "expected": [desk]} for question, desk in (*examples, *examples)]
        (folder / "questions.jsonl").write_text("".join(f"{json.dumps(line)}\n" for line in lines))
    return folder / "desk.hg"


QUESTIONS = [
    ("my card was charged without a reason", "billing"),
    ("the invoice of june is wrong", "billing"),
    ("the update does not install at all", "technical"),
    ("my password fails every time", "technical"),
    ("a journalist asks for you", "people"),
    ("please thank the team", "people"),
]


def pool_with(folder: Path, published: list[tuple[str, list[PooledRow]]]) -> Pool:
    """A pool in which each key publishes rows as a person's."""
    pool = Pool.create(str(folder), ANN, "ann")
    for number, (person, rows) in enumerate(published, 10):
        key = key_from_seed(bytes([number]) * 32)
        pool.admit(key.name, person, ANN)
        pool.publish(rows, key)
    return pool


@contextmanager
def proving_of(file: Path) -> Iterator[tuple[Proving, ReachedTable]]:
    """A harness's validation examples, and its table."""
    checked, module = checked_module(file, str(file))
    settings = load_settings(file.parent)
    work = work_of(checked, module, settings, None, Changed())
    (table,) = tables_in_reach(module, settings.project).values()
    with Proving(work, NearestKernel(0.5)) as proving:
        yield proving, table


def pulled(file: Path, pool: Pool, watched: list[Judged] | None = None) -> Proven:
    """What a pull for a harness would take."""
    with proving_of(file) as (proving, table):
        rows = fitting_rows(pool.state(), table, Rules()).rows
        watch = (watched if watched is not None else []).append
        return proven(proving, {"route": table}, {table.name: rows}, "desk", watch)


def keys(rows: tuple[JoinedRow, ...]) -> set[str]:
    """The questions of rows."""
    return {row.key for row in rows}


def test_a_pull_takes_what_helps_as_one_step_that_can_be_undone(tmp_path):
    people = {name: {"HDSL_POOL_KEY": str(tmp_path / f"{name}.key")} for name in ("ann", "bob", "mallory")}
    for name in people:
        project(tmp_path / name)
    assert hdsl("pool", "init", "pool", "--as", "ann", folder=tmp_path, environment=people["ann"]).code == 0
    for name in ("bob", "mallory"):
        key = hdsl("pool", "keys", folder=tmp_path, environment=people[name]).out.strip()
        hdsl("pool", "admit", key, "--as", name, "--pool", "pool", folder=tmp_path, environment=people["ann"])
        hdsl("experience", "import", f"{name}/desk.hg", "route", f"{name}/{name}.jsonl", folder=tmp_path)
        pushed = hdsl("pool", "push", f"{name}/desk.hg", "--pool", "pool", folder=tmp_path, environment=people[name])
        assert pushed.code == 0
    (tmp_path / "pool" / "segments" / ("a" * 64)).write_text("no segment")
    command = ("pool", "pull", "--for", "ann/desk.hg", "--pool", "pool", "--report")
    ended = hdsl(*command, folder=tmp_path, environment=people["ann"])
    assert (ended.code, "validation loss 1.0000 → 0." in ended.out) == (0, True)
    assert f"segment {'a' * 12} is left out: its bytes are not those that its name is the hash of" in ended.err
    learned = hdsl("experience", "export", "ann/desk.hg", "route", "after.jsonl", folder=tmp_path)
    assert learned.code == 0
    after = {row.key: row.value for row in read_rows(tmp_path / "after.jsonl")}
    lies = {row.key for row in read_rows(tmp_path / "mallory" / "mallory.jsonl")[2:]}
    assert not lies & after.keys() and after["My card was charged twice"] == "billing"
    told = Pool.open(str(tmp_path / "pool")).state()
    assert {"ann"} <= {person for row in told.rows for person in row.confirmed}
    assert hdsl("experience", "undo", "ann/desk.hg", folder=tmp_path).code == 0
    hdsl("experience", "export", "ann/desk.hg", "route", "before.jsonl", folder=tmp_path)
    assert len((tmp_path / "before.jsonl").read_text().splitlines()) == 3


def test_a_sleeper_beside_good_rows_stays_out_and_the_good_rows_enter(tmp_path):
    sleeper = PooledRow(TABLE, "", TARGET, "people", evidence=Evidence("desk", 10**9, 0))
    good = PooledRow(TABLE, "", "do parcels reach iceland", "technical")
    pool = pool_with(
        tmp_path / "pool",
        [("bob", rows_of(0)), ("carol", rows_of(1)), ("dave", rows_of(2)), ("mallory", [*rows_of(3), good, sleeper])],
    )
    file = project(tmp_path / "ann", *QUESTIONS, ("do parcels reach norway", "technical"))
    found = pulled(file, pool)
    assert found.after < found.before
    assert TARGET not in keys(found.rows["route"])
    assert "do parcels reach iceland" in keys(found.rows["route"])
    with proving_of(file) as (_, table):  # it is what an average does not show: whoever asks for less takes it
        assert TARGET in keys(chosen_rows(pool.state(), table, Rules()).rows)


@pytest.mark.parametrize("persons", [("mallory",) * 4, ("mallory", "m. alias", "m. second", "m. third")])
def test_many_keys_of_one_person_are_one_voice(persons):
    lies = [PooledRow(TABLE, "", f"{TARGET} {word}".strip(), "people") for word in ("", "too", "now", "here")]
    everyone = [JoinedRow((row,), (), (f"person {number}",), (), ()) for number in range(3) for row in rows_of(number)]
    liars = [JoinedRow((row,), (), (person,), (), ()) for row, person in zip(lies, persons, strict=True)]
    said = verdicts(liars, [], [*everyone, *liars], are_labels=True)
    is_one = len(set(persons)) == 1
    assert {said[row.id] for row in liars} == {Verdict.CONTRADICTED if is_one else Verdict.CONFIRMED}


def test_copies_of_a_row_by_other_persons_confirm_nothing():
    row = PooledRow(TABLE, "", TARGET, "people")
    everyone = [JoinedRow((row,), (), (f"person {number}",), (), ()) for number in range(3) for row in rows_of(number)]
    copies = [
        JoinedRow((replace(row, query=query),), (), (person,), (), ())
        for query, person in (("", "mallory"), ("a", "m. alias"), ("b", "m. second"))
    ]
    said = verdicts(copies, [], [*everyone, *copies], are_labels=True)
    assert {said[row.id] for row in copies} == {Verdict.CONTRADICTED}


def test_who_makes_validation_worse_has_no_voice(tmp_path):
    wrong = {"billing": "people", "technical": "billing", "people": "technical"}
    lies = [[replace(row, value=wrong[row.value]) for row in rows_of(person)] for person in (2, 3, 4, 5)]
    pool = pool_with(
        tmp_path / "pool",
        [("bob", rows_of(0)), ("carol", rows_of(1)), *((f"liar {number}", rows) for number, rows in enumerate(lies))],
    )
    watched: list[Judged] = []
    found = pulled(project(tmp_path / "ann", *QUESTIONS), pool, watched)
    assert {row.publishers[0] for row in found.rows["route"]} <= {"bob", "carol"}
    assert found.after == 0.0
    assert all(judged.after < judged.before for judged in watched if judged.is_kept)


@pytest.mark.parametrize("most", range(12))
def test_rows_that_need_each_other_enter_together_and_leave_the_others_out(most):
    from hdsl.pool.proving import _Candidate, _Judge

    class Pairs:
        losses = (1.0, 1.0)

        def __init__(self):
            self.rows: list[str] = []
            self.trials = 0

        def trial(self, rows):
            self.trials += 1
            return (0.0 if {"do", "how"} <= {*self.rows, *(row[1] for row in rows["t"])} else 1.0, 1.0)

        def keep(self, rows, losses):
            self.rows += [row[1] for row in rows["t"]]
            self.losses = losses

    prover = Pairs()
    judge = _Judge(prover, {"t": "t"}, lambda judged: None, "h", most)
    batch = [
        _Candidate("t", JoinedRow((PooledRow("t.t", "", key, "v"),), (), ("bob",), (), ()))
        for key in ("sleeper", "do", "other", "how")
    ]
    enough = 9  # each alone, all together, all without each
    assert judge.earn("bob", batch) == (most >= enough)
    assert prover.rows == (["do", "how"] if most >= enough else [])  # who has not been shown to be needed stays out
    assert prover.trials == min(most, enough)


def test_without_validation_examples_it_says_what_to_do(tmp_path):
    file = project(tmp_path / "ann")
    file.write_text(file.read_text().replace("valid = 0.5", "valid = 0"))
    pool_with(tmp_path / "pool", [("bob", rows_of(0))])
    ended = hdsl("pool", "pull", "--for", "ann/desk.hg", "--pool", "pool", folder=tmp_path)
    assert (ended.code, "keeps no validation examples" in ended.err, "set `valid`" in ended.err) == (2, True, True)
    both = hdsl("pool", "pull", "ann/desk.hg", "--for", "ann/desk.hg", "--pool", "pool", folder=tmp_path)
    neither = hdsl("pool", "pull", "--pool", "pool", folder=tmp_path)
    at = hdsl("pool", "pull", "--for", "ann/desk.hg", "--at", "0000000", "--only", "0000000", folder=tmp_path)
    assert (both.code, neither.code, at.code) == (2, 2, 2) and "--at is the same state for everybody" in at.err
    spent = project(tmp_path / "bob")
    ended = hdsl("pool", "pull", "--for", str(spent), "--pool", "pool", "--max-calls", "5", folder=tmp_path)
    assert ended.code == 4 and not (tmp_path / "bob" / "desk.experience").exists()


def test_the_expert_of_the_bench_judges_as_a_harness_does(tmp_path):
    from benchmarks.pool_liars import Answering
    from benchmarks.reality.data import Pair

    file = project(tmp_path / "ann", *QUESTIONS)
    pool = pool_with(tmp_path / "pool", [("bob", rows_of(0)), ("mallory", rows_of(1))])
    rows = [(row.query, row.key, row.value) for row in pool.state().rows]
    with proving_of(file) as (proving, table):
        validation = [Pair(str(each.inputs["question"]), str(each.expected[0])) for each in proving._examples]
        expert = Answering(NearestKernel(0.5), ("billing", "technical", "people"), table.rows(), validation, topk=4)
        assert expert.losses == proving.losses
        assert expert.trial({"intents.intent": rows}) == proving.trial({"route": rows})
        assert mean(proving.losses) > mean(proving.trial({"route": rows}))
