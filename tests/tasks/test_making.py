"""What is hidden, copied, split and broken, without running anything."""

import ast
from collections import Counter
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from hdsl.tasks.branches import branches, taken
from hdsl.tasks.definitions import definitions
from hdsl.tasks.leakage import is_in_context, without_copies
from hdsl.tasks.masked import HOLE, masked
from hdsl.tasks.model import Dropped, Region, Task
from hdsl.tasks.mutants import mutants
from hdsl.tasks.regions import region_of, with_answer
from hdsl.tasks.splitting import by_hash, by_time
from hdsl.tasks.survey import MOST_TESTS, Survey
from hdsl.tasks.testing import alone

ROOT = Path(__file__).parents[2]
FILES = [(f"hdsl/structure/{path.name}", path.read_text()) for path in sorted((ROOT / "hdsl/structure").glob("*.py"))]


def task(name: str, answer: str, code: str = "", file: str = "a.py", lines: tuple[int, int] = (1, 2)) -> Task:
    return Task(name, {"code": code}, answer, f"{code}\n{answer}", f"{file}:{name}", file, lines)


def test_every_hidden_region_can_be_put_back() -> None:
    forms: Counter[str] = Counter()
    for file, text in FILES:
        for each in definitions(file, text):
            for seed in range(3):
                made = masked(each, text, seed)
                if isinstance(made, Dropped):
                    continue
                forms[made.form] += 1
                assert with_answer(text, region_of(made.place["region"]), made.answer).split() == text.split()
                assert made.given["code"].count(HOLE) == 1
                ast.parse(with_answer(text, region_of(made.place["region"]), ""))
    assert set(forms) == {"short", "long", "structural"}


def test_many_parameters_of_one_test_do_not_keep_the_others_from_judging() -> None:
    (each,) = definitions("a.py", "def plural(word):\n    return word + 's' * (not word.endswith('s'))\n")
    entered = frozenset({("a.py", each.start)})
    wide = entered | {("a.py", 90)}
    tests = {f"t.py::test_of_plurals[{number:03}]": entered for number in range(100)}
    tests |= {"t.py::test_singular[a]": wide, "t.py::test_singular[b]": wide, "t.py::test_empty": wide}
    chosen = Survey(tests, {}).of(each)
    assert chosen[:3] == ("t.py::test_of_plurals[000]", "t.py::test_empty", "t.py::test_singular[a]")
    assert chosen[3:5] == ("t.py::test_of_plurals[001]", "t.py::test_singular[b]")
    assert len(chosen) == MOST_TESTS
    assert Survey(tests, {}).of(each, 1) == chosen[:1]


@settings(deadline=None, max_examples=25)
@given(st.text(st.characters(codec="utf-8"), max_size=60), st.integers(0, 8))
def test_any_answer_can_be_put_in_and_changes_nothing_else(answer: str, depth: int) -> None:
    source = "\n".join(("before", "hidden", "hidden too", "behind"))
    put = with_answer(source, Region("a.py", 2, 3, " " * depth), answer)
    assert put.startswith("before\n") and put.endswith("\nbehind")


def test_mutants_parse_and_differ() -> None:
    for file, text in FILES[:4]:
        for each in definitions(file, text):
            found = mutants(each, text, 0)
            assert len(set(found)) == len(found) and text not in found
            for mutant in found:
                ast.parse(mutant)
            assert found == mutants(each, text, 0)


def test_copies_of_what_is_sealed_are_not_trained_on() -> None:
    code = "def total(values):\n    result = 0\n    for value in values:\n        result += value\n    return result"
    dropped: Counter[str] = Counter()
    parts = {
        "train": [task("a", "x", code), task("b", "return 1", "def one(): # short"), task("c", code)],
        "valid": [],
        "sealed": [
            task("d", "x", code.replace("return result", "return result  # all")),
            task("e", "return 1", "def uno(a, b, c)"),
        ],
    }
    kept = without_copies(parts, dropped)
    assert [each.key for each in kept["train"]] == ["b"]
    assert [each.key for each in kept["sealed"]] == ["d", "e"]
    assert dropped == {"near copy of a sealed task": 2}
    code = f"{code} + len(values)"
    assert is_in_context(task("f", code, f"{code}\n\nprint(1)")) and not is_in_context(
        task("g", "return 1", "return 1")
    )


def test_tasks_are_split_by_time_or_by_hash_and_stay_together() -> None:
    tasks = [task(str(number), "x", file="a.py", lines=(number, number)) for number in range(1, 21)]
    parts = by_time(tasks, {"a.py": range(100, 120)}, 0)
    assert [each.key for each in parts["sealed"]] == [str(number) for number in range(15, 21)]
    assert len(parts["train"]) == 12
    many = [task(f"{file}{number}", "x", file=f"{file}.py") for file in range(20) for number in range(3)]
    split, piece = by_hash(many, 0)
    assert piece == "file" and sum(map(len, split.values())) == 60
    files = {part: {each.file for each in found} for part, found in split.items()}
    assert not files["train"] & files["sealed"] and len(files["sealed"]) == 6
    assert by_hash(many, 0)[0] == split and by_hash(many, 1)[0] != split
    assert by_hash(tasks, 0)[1] == "definition"


def test_branches_are_both_ways_out_of_a_condition() -> None:
    source = (
        "def f(a):\n    if (a and\n            a > 1):\n        return 1\n"
        "    for b in a:\n        print(b)\n    return 2\n"
    )
    (each,) = definitions("a.py", source)
    ways = branches(each)
    assert len(ways) == 4
    assert taken(ways, [(2, 3), (3, 4), (4, -1)]) == 1
    assert taken(ways, [(2, 5), (5, 6), (6, 5), (5, 7), (7, -1)]) == 3


def test_a_test_stands_alone_with_what_it_needs() -> None:
    source = (
        "import os, sys\nfrom a import b, c as d\n\nLIMIT = 3\nOTHER = 4\n\n\ndef helper():\n    return d(LIMIT)\n\n\n"
        "def test_one():\n    assert helper()\n\n\nclass TestAll:\n    size = 2\n\n"
        "    def test_two(self):\n        assert sys\n\n"
        "    def test_three(self):\n        assert os\n"
    )
    one = alone(source, "test_a.py::test_one[0-1]")
    assert (
        one.startswith("from a import c as d\nLIMIT = 3")
        and "helper" in one
        and "OTHER" not in one
        and "class" not in one
    )
    two = alone(source, "test_a.py::TestAll::test_two")
    assert "size = 2" in two and "test_three" not in two and two.startswith("import sys")
    assert alone(source, "test_a.py::test_nine") == alone("def (", "a.py::b") == ""
