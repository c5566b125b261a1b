"""`hdsl report`: the page of any record; it stands alone, nothing in it runs, damage is said, secrets are not in it."""

import json
import os
import shutil
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hdsl.report.learning_pages import training_page
from hdsl.report.making import report_of
from hdsl.report.parts import Shown
from tests.commands import REPOSITORY, hdsl, newest_run

HARNESS = r"""hdsl 1

type Tag { "good": "it is good", "bad": "it is bad" }

experience known: text -> Tag = [
  ("hello", "hello", "good"),
  ("<script>alert(1)</script>", "<script>alert(1)</script>", "bad"),
]

harness told(line: text[B]) -> text[B] {
  budget(llm_calls=1, per=[B])

  tag: Tag[B] = expert(line, known)
  answer: text[B] = switch tag {
    "good" => line,
    "bad" => "<img src=x onerror=alert(1)>",
  }
  return answer
}
"""
VOID = {"meta", "br"}
SECRET = "sk-secret-of-the-report-123"


class Page(HTMLParser):
    """Tags that are open, what was opened in all, and every attribute."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.text = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


def checked(text: str) -> Page:
    """The page, if it is whole, runs nothing and loads nothing."""
    page = Page(text)
    assert page.open == []
    assert not {"script", "img", "iframe", "link", "object", "form"} & set(page.tags)
    links = [value or "" for name, value in page.attributes if name in ("href", "src")]
    places = [value for name, value in page.attributes if name == "id"]
    assert all(link.startswith("#") and link[1:] in places for link in links)
    assert len(places) == len(set(places))
    assert not [name for name, _ in page.attributes if name.startswith("on") or name == "style"]
    return page


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the record of a run with a good, a hostile and an unknown input."""
    made = tmp_path_factory.mktemp("report")
    (made / "told.hg").write_text(HARNESS, encoding="utf-8")
    words = ["hello", "<script>alert(1)</script>", f"nothing like it {SECRET}"]
    given = [part for word in words for part in ("--line", word)]
    ended = hdsl("run", "told.hg", *given, "--html-report", folder=made, environment={"MY_API_KEY": SECRET})
    assert ended.code == 3
    assert "report: runs/" in ended.err
    return made


def test_a_run_is_told_with_its_prompts_rows_answers_costs_bounds_and_failures(folder: Path) -> None:
    run = newest_run(folder)
    text = (run.folder / "report.html").read_text(encoding="utf-8")
    page = checked(text)
    assert "<script>alert(1)</script>" in page.text
    assert "3 of at most 3" in page.text
    for told in ("Rows shown", "prompt, ", "Answered:", "Failures", "tag [2]", "Graph", "at most", "nearest"):
        assert told in page.text
    assert SECRET not in text and "[secret]" in text
    assert (run.folder / "report.html").stat().st_mode & 0o777 == 0o600
    again = hdsl("report", run.folder.name, "--out", "copy.html", folder=folder)
    assert (again.code, again.out) == (0, "copy.html\n")
    assert (folder / "copy.html").read_text(encoding="utf-8") == text


def test_the_newest_run_is_told_where_none_is_named_and_what_is_none_is_said(folder: Path) -> None:
    (folder / "runs" / "zz-notes").mkdir()  # no record, so it is not the newest one
    assert hdsl("report", folder=folder).code == 0
    (folder / "runs" / "zz-notes").rmdir()
    os.mkfifo(folder / "pipe")
    for words, told in (
        (["nothing"], "is not there"),
        (["told.hg"], "told.hg is a file: name the folder of a record"),
        ([newest_run(folder).folder.name, "--out", "pipe"], "is a pipe, not a file"),
        ([str(folder)], "is not the record of"),
        ([newest_run(folder).folder.name, "--out", "no/such/place.html"], "--out"),
    ):
        ended = hdsl("report", *words, folder=folder)
        assert ended.code == 2 and told in ended.err and "Traceback" not in ended.err
    empty = folder / "empty"
    empty.mkdir()
    assert "there is no run in" in hdsl("report", folder=empty, environment={"HDSL_RUNS": str(empty / "runs")}).err


FILES = ("run.json", "graph.json", "trace.jsonl", "texts.jsonl", "asked.jsonl")


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("damage", [b"", b"[1, 2]", b'{"a": 1}\n{"nodes": [{}]}\n', b"\xff\x00{{", None])
def test_a_damaged_record_is_told_as_far_as_it_goes(folder: Path, tmp_path: Path, name: str, damage: bytes) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(newest_run(folder).folder, copy)
    if damage is None:
        (copy / name).unlink()
    else:
        (copy / name).write_bytes(damage)
    page = checked(report_of(copy, str))
    if damage == b"\xff\x00{{" and name.endswith(".json"):
        assert f"{name} cannot be read" in page.text


PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


@settings(max_examples=25)
@given(data=st.data())
def test_any_value_in_the_place_of_another_makes_a_page(folder: Path, tmp_path_factory, data: st.DataObject) -> None:
    copy = tmp_path_factory.mktemp("any")
    source = newest_run(folder).folder
    for name in FILES:
        (copy / name).write_bytes((source / name).read_bytes())
    name = data.draw(st.sampled_from(FILES))
    lines = [json.loads(line) for line in (copy / name).read_bytes().splitlines()] if name.endswith("l") else [
        json.loads((copy / name).read_bytes())]  # fmt: skip
    place: Any = lines
    while True:
        key = data.draw(st.sampled_from(sorted(place) if isinstance(place, dict) else range(len(place))))
        if (
            not isinstance(place[key], dict | list)
            or not place[key]
            or (data.draw(st.booleans()) and place is not lines)
        ):
            break
        place = place[key]
    place[key] = data.draw(PLAIN)
    (copy / name).write_text("\n".join(map(json.dumps, lines)), encoding="utf-8")
    checked(report_of(copy, str))


@pytest.mark.parametrize("number", ["1" + "0" * 400, "1e999", "NaN", "-Infinity", '"12"', "9" * 5000])
def test_a_number_that_cannot_be_computed_with_is_damage_of_its_line(folder: Path, tmp_path: Path, number: str) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(newest_run(folder).folder, copy)
    lines = (copy / "trace.jsonl").read_text(encoding="utf-8").splitlines()
    for at, name in enumerate(("started", "duration", "status", "coordinates")):
        value = json.loads(lines[at])
        value[name] = ["NUMBER"] if name == "coordinates" else "NUMBER"
        lines[at] = json.dumps(value).replace('"NUMBER"', number)
    (copy / "trace.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")
    run = (copy / "run.json").read_text(encoding="utf-8")
    (copy / "run.json").write_text(run.replace('"seconds": ', f'"seconds": {number}, "was": '), encoding="utf-8")
    page = checked(report_of(copy, str))
    assert "trace.jsonl: 4 damaged lines (1, 2, 3, 4)" in page.text
    assert ("run.json cannot be read" in page.text) is (number != '"12"')
    (copy / "steps.jsonl").write_text(f'{{"step": 1, "loss": {number}}}\n', encoding="utf-8")
    assert "steps.jsonl: 1 damaged line (1)" in checked(training_page(copy, Shown(str))).text


def test_a_long_run_is_folded_and_what_is_left_out_is_counted(folder: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(newest_run(folder).folder, copy)
    pull = json.loads((copy / "trace.jsonl").read_text(encoding="utf-8").splitlines()[0])
    pulls = [
        {**pull, "coordinates": [number], "started": number, "status": -0.5, "cause": f"cause {number}"}
        for number in range(1, 1301)
    ]
    (copy / "trace.jsonl").write_text("".join(f"{json.dumps(each)}\n" for each in pulls), encoding="utf-8")
    run = json.loads((copy / "run.json").read_text(encoding="utf-8"))
    element = {"node": "answer", "text": "a text", "status": 1.0, "cause": ""}
    run["result"] = [{**element, "coordinates": [number]} for number in range(1250)]
    run["inputs"] = {"line": ["a line"] * 1100}
    (copy / "run.json").write_text(json.dumps(run), encoding="utf-8")
    page = checked(report_of(copy, str))  # no link leads to an evaluation that is left out
    for told in ("980 more", "… 250 more, in the record", "… 100 more, in the record", "… 1,200 more, in the record",
                 "… 300 more evaluations, all in trace.jsonl"):  # fmt: skip
        assert told in page.text


def test_a_run_that_was_killed_says_so(folder: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(newest_run(folder).folder, copy)
    run = json.loads((copy / "run.json").read_text())
    (copy / "run.json").write_text(json.dumps({**run, "state": "running", "result": []}))
    whole = (copy / "trace.jsonl").read_bytes()
    (copy / "trace.jsonl").write_bytes(whole[: len(whole) // 2])
    page = checked(report_of(copy, str))
    assert "it still runs, or was killed" in page.text
    assert "damaged" not in page.text  # the last line was being written


def test_trainings_reflections_and_evolutions_have_pages_too(tmp_path: Path) -> None:
    source = REPOSITORY / "examples" / "translate"
    shutil.copytree(source, tmp_path / "work", ignore=shutil.ignore_patterns("runs"))
    work = tmp_path / "work"
    for words, told in (
        (["train", "translate.hg", "--epochs", "1"], ("training", "loss by step", "viba", "6 steps"[2:])),
        (["reflect", "translate.hg"], ("reflection", "blamed", "Rows of viba")),
    ):
        ended = hdsl(*words, "--html-report", folder=work)
        assert ended.code == 0, ended.err
        where = next(line for line in ended.err.splitlines() if line.startswith("report: "))
        page = checked((work / where.removeprefix("report: ")).read_text(encoding="utf-8"))
        for each in told:
            assert each in page.text or each in " ".join(value or "" for _, value in page.attributes)
    folder = work / "runs" / "evolution"
    folder.mkdir()
    (folder / "evolve.json").write_text('{"state": "running", "choices": {"harness": "translate", "file": "a.hg"}}')
    (folder / "archive.jsonl").write_text('{"event": "accepted", "change": "wrap <b>"}\n{"no": 1}\n{"ev')
    page = checked(report_of(folder, str))
    assert "wrap <b>" in page.text and "archive.jsonl: 1 damaged line (2)" in page.text
