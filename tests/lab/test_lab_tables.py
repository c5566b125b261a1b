"""The lab's tables show what was measured, and say what was not."""

from benchmarks.lab.kept import keep, kept
from benchmarks.lab.learners import OURS, peers
from benchmarks.lab.scoring import Score
from benchmarks.lab.table import innocent, lines, reached
from benchmarks.lab.tasks import TITLES

REACHED = Score(1.0, 40, 100, (8, 2), 1)
SOONER = Score(1.0, 20, 100, (9, 0), 0)
NEVER = Score(0.5, None, 100, (7, 3), 2)


def test_accuracy_and_calls_of_one_seed_of_several_and_of_some():
    assert reached([REACHED]) == "1.00 / 40"
    assert reached([REACHED, SOONER]) == "1.00 / 30 (20–40)"
    assert reached([REACHED, NEVER]) == "0.75 / 40 in 1 of 2"
    assert reached([NEVER]) == "0.50 / –"


def test_innocent_rows_are_summed_over_the_seeds():
    assert innocent([REACHED, NEVER]) == "3 of 20"


def test_scores_are_read_as_they_were_kept(tmp_path):
    results = {("one", "a"): [REACHED, NEVER], ("two", "g1"): "failed"}
    keep(results, tmp_path / "scores.json")
    assert kept(tmp_path / "scores.json") == results


def test_what_was_not_run_says_so_and_edits_are_those_on_the_guilty_node():
    learner = OURS[1]
    results = {(learner.title, "g1"): [REACHED], (learner.title, "g2"): [REACHED]}
    rows = [
        line for line in lines([learner], results, dict.fromkeys(TITLES, 1)) if line.startswith(f"| {learner.title}")
    ]
    assert rows[0].count("not run") == len(TITLES) - 2
    assert rows[-1] == f"| {learner.title} | 1.00 / 40 | 8 of 10 (80 %) | 1.00 / 40 | 2 of 10 (20 %) |"


def test_the_kept_scores_are_of_all_peers_and_tasks():
    assert set(kept()) == {(peer.title, name) for peer in peers(None) for name in TITLES}
