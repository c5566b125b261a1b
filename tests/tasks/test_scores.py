"""What answers score: what is right in other words is right, what only looks right is not."""

import json
import shutil
from pathlib import Path

import pytest

from hdsl.ops.tasks import code_words, covers_less, fails_tests, unlike_run, untold
from hdsl.tasks.data import DataError

# They start many processes, which may take long on a busy machine.
pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]

AVERAGE = "return sum(values) / len(values) if values else 0"


def answer_of(folder: Path, name: str) -> str:
    """The true answer of a function's task."""
    for line in (folder / "targets.jsonl").read_text().splitlines():
        target = json.loads(line)
        if f":{name}:" in target["key"]:
            examples = (folder / f"{target['part']}.jsonl").read_text().splitlines()
            answer: str = json.loads(examples[target["line"] - 1])["expected"][0]
            return answer
    raise AssertionError(name)


def test_code_is_judged_by_the_tests_and_not_by_its_words(data: dict[str, Path]) -> None:
    folder = data["code"]
    true = answer_of(folder, "average")
    assert fails_tests(true, true, data=str(folder)) == "0"
    assert fails_tests(AVERAGE, true, data=str(folder)) == "0"
    assert fails_tests(true.replace("+= 1", "+= 2"), true, data=str(folder)) == "1"
    assert fails_tests("def (:", true, data=str(folder)) == "1"
    assert fails_tests("", true, data=str(folder)) == "1"


def test_coverage_without_assertions_earns_nothing(data: dict[str, Path]) -> None:
    folder, head = data["tests"], "from pkg.words import Text\n\n\ndef test_it():\n    "
    true = answer_of(folder, "Text.shortened")
    assert "class TestText" in true and "test_centred" not in true and "factorial" not in true
    covering = "short, long = Text('abc', 3).shortened(), Text('abcdefgh', 5).shortened()"

    def loss(body: str) -> float:
        return float(covers_less(head + body, true, data=str(folder)))

    assert loss(covering) == 1
    assert loss(f"{covering}\n    assert (short, long) == ('abc', 'ab...')") == 0
    assert 0 < loss("assert Text('abc', 3).shortened() == 'abc'") < 1
    assert loss(f"{covering}\n    assert short == 'x'") == 1
    assert loss("pass") == loss("import os\n    os._exit(0)") == 1


def test_a_description_has_to_tell_its_function(data: dict[str, Path]) -> None:
    folder = data["docstring"]
    true = answer_of(folder, "initials")
    assert untold(true, true, data=str(folder)) == "0"
    assert float(untold("Sum of the values over their count.", true, data=str(folder))) > 0.5
    assert float(untold("initials", true, data=str(folder))) > 0.5
    assert float(untold("", true, data=str(folder))) > 0.5


def test_what_is_no_task_of_the_data_is_an_error_that_says_so(data: dict[str, Path], tmp_path: Path) -> None:
    with pytest.raises(DataError, match="not an answer of the data set"):
        fails_tests("x", "y", data=str(data["code"]))
    with pytest.raises(DataError, match=r"has no targets\.jsonl"):
        untold("x", "y", data=str(tmp_path))


def test_runs_are_compared_field_by_field() -> None:
    true = "frames: a > b\nraises: KeyError\nbranch: 2>3 5>6\nhits: 3 2 5 6"
    assert unlike_run(true, true) == "0"
    assert unlike_run("", true) == "1"
    assert unlike_run(true.replace("KeyError", "ValueError"), true) == "0.25"
    assert unlike_run(true.replace("a > b", "a > c"), true) == "0.125"
    assert unlike_run(true.replace("5>6", "5>9"), true) == str(round((1 - 1 / 3) / 4, 6))
    assert unlike_run(true.replace("3 2 5 6", "6 5 2 3"), true) == "0.25"
    assert unlike_run("nothing of this\n: :\nhits", true) == "1"


def test_code_is_found_by_words_of_identifiers_and_what_is_around_the_hole() -> None:
    words = code_words(
        "def readHTMLPage(page_url2):\n    check(page_url2)\n    ...  # <hidden>\n    return done"
    ).split()
    assert {"read", "html", "page", "url", "2", "inFunctionDef", "beforeExpr", "beforecheck", "behindReturn"} <= set(
        words
    )
    assert code_words("this is (no code") == "this no code"


def test_an_answer_that_is_right_in_several_places_is_judged_in_each(data: dict[str, Path], tmp_path: Path) -> None:
    folder = tmp_path / "copy"
    shutil.copytree(data["code"], folder)
    true = answer_of(folder, "average")
    lines = [json.loads(line) for line in (folder / "targets.jsonl").read_text().splitlines()]
    (first,) = (each for each in lines if ":average:" in each["key"])
    (other,) = (each for each in lines if ":clamp:" in each["key"])
    both = [first, {**other, "answer": first["answer"]}]
    (folder / "targets.jsonl").write_text("".join(json.dumps(each) + "\n" for each in both))
    assert fails_tests(AVERAGE, true, data=str(folder)) == "0.5"
