"""Training on the tasks of a repository, and what is answered before and after it; answers and scores are kept."""

import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path

import Levenshtein

from benchmarks.tasks import arms
from benchmarks.tasks.arms import Answer, Question, questions
from benchmarks.tasks.repositories import PACKAGES, Package, data_folder
from hdsl.ground.json_lines import append_json_line, read_json_lines
from hdsl.tasks.data import bench_of_data
from hdsl.tasks.harness import GIVEN
from hdsl.tasks.journal import Journal
from hdsl.tasks.mapping import map_here
from hdsl.tasks.scores import (
    coverage_loss_of,
    coverage_unit_of,
    description_loss,
    tests_loss_of,
    tests_unit_of,
)
from hdsl.tasks.stack import unlike, unlike_by_field

_LONGEST_ANSWER = 96
"""Tokens."""

_PATIENCE = 1_200.0
"""Seconds that a model on this machine may take for an answer, whatever else is done here."""

Scores = Mapping[str, float]
"""How good an answer is by each measure, from 0 to 1."""


def scores(asked: Sequence[Question], answers: Sequence[str], kind: str, folder: Path) -> list[Scores]:
    """How good answers are; what running them says is kept in the data's folder."""
    by_running = _by_running(asked, answers, kind, folder)
    found: list[Scores] = []
    for number, (question, answer) in enumerate(zip(asked, answers, strict=True)):
        alike = {"alike": _alike(answer, question.answer)}
        run = by_running.get(number, {})
        match kind:
            case "masked":
                found.append({"exact": float(answer.strip() == question.answer.strip()), **alike, **run})
            case "docstring":
                told = description_loss(answer, question.answer, folder) == 0
                found.append({"told": float(told), **alike})
            case "stack":
                by_field = {name: 1.0 - value for name, value in unlike_by_field(answer, question.answer).items()}
                found.append({"run": 1.0 - unlike(answer, question.answer), **by_field})
            case _:
                found.append({**run, **alike})
    return found


def _alike(answer: str, true: str) -> float:
    return 1.0 - Levenshtein.distance(answer, true) / max(len(answer), len(true), 1)


def _by_running(asked: Sequence[Question], answers: Sequence[str], kind: str, folder: Path) -> dict[int, Scores]:
    if kind not in ("masked", "code", "tests"):
        return {}
    judging = [number for number, question in enumerate(asked) if kind == "tests" or question.target.get("tests")]
    unit_of = coverage_unit_of if kind == "tests" else tests_unit_of
    name = "worth" if kind == "tests" else "tests"
    found: dict[int, Scores] = {number: {name: 0.0} for number in judging}
    run = [number for number in judging if answers[number].strip()]
    units = [unit_of(answers[number], asked[number].target, folder) for number in run]
    with Journal(folder / "judged.jsonl", "") as journal:
        results = journal.done(bench_of_data(folder), units, map_here, "", lambda stage, done, total: None)
    for number, result in zip(run, results, strict=True):
        target = asked[number].target
        loss = coverage_loss_of(result, target, folder) if kind == "tests" else tests_loss_of(result, target)
        found[number] = {name: 1.0 - loss}
    return found


def plain_arms(package: Package, kind: str, cache: Path) -> dict[str, Answer]:
    """What needs no training: by how it is called in the tables."""
    rows = questions(data_folder(package, kind, cache), kind, "train")
    others = [
        row
        for other in PACKAGES
        if other != package and (data_folder(other, kind, cache) / "report.json").exists()
        for row in questions(data_folder(other, kind, cache), kind, "train")
    ]
    found: dict[str, Answer] = {
        "most frequent": arms.most_frequent(rows),
        "sibling": arms.sibling(rows, kind),
        "neighbour": arms.neighbour(rows, arms.plain),
        "neighbour by words": arms.neighbour(rows, arms.by_words),
        "neighbour by words and shape": arms.neighbour(rows, arms.by_shape),
    }
    if kind != "docstring":
        found["analogy"] = arms.analogy(rows)
    if others:
        if kind != "docstring":
            found["analogy in other repositories"] = arms.analogy(others)
            found["analogy in all repositories"] = arms.analogy([*rows, *others])
        found["neighbour in other repositories"] = arms.neighbour(others, arms.by_words)
        found["neighbour in all repositories"] = arms.neighbour([*rows, *others], arms.by_words)
    if kind == "docstring":
        found["own words"] = arms.own_words
    return found


def trained_file(package: Package, kind: str, cache: Path, way: str) -> Path:
    """The harness of a data set, trained once with `nearest`; `way`: which harness of `std.tasks`."""
    import hdsl
    from hdsl.configuration.settings import Settings

    source = data_folder(package, kind, cache)
    folder = cache / "trained" / f"{package.name}-{kind}-{way}"
    file = folder / f"{kind}.hg"
    if not (folder / "done").exists():
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        shutil.copyfile(source / "train.jsonl", folder / "train.jsonl")
        text = (source / file.name).read_text(encoding="utf-8")
        file.write_text(text.replace(f"tasks.{kind}(", f"tasks.{way}("), encoding="utf-8")
        hdsl.train(file, settings=Settings(kernel="nearest", project=folder, runs=folder / "runs"))
        (folder / "done").touch()
    return file


def kept_answers(file: Path, kind: str, asked: Sequence[Question], kernel: str, kept: Path) -> list[str]:
    """What a harness answers on a slow kernel; each answer is kept, and none is asked for again."""
    known = {(line.value["file"], line.value["given"]): line.value["answer"] for line in read_json_lines(kept)}
    found = []
    for question in asked:
        key = (f"{file.parent.name}/{file.name}", question.given)
        if key not in known:
            (known[key],) = harness_answers(file, kind, [question], kernel)
            append_json_line(kept, {"file": key[0], "given": key[1], "answer": known[key]})
        found.append(known[key])
    return found


def harness_answers(file: Path, kind: str, asked: Sequence[Question], kernel: str = "nearest") -> list[str]:
    """What a harness answers; empty where it refuses."""
    import hdsl
    from hdsl.configuration.settings import Settings
    from hdsl.tensor.text_tensor import read_texts

    found = []
    settings = Settings(kernel=kernel, project=file.parent, max_tokens=_LONGEST_ANSWER, timeout=_PATIENCE)
    with hdsl.load(file, settings=settings) as module:
        for question in asked:
            answer = module(**{GIVEN[kind]: question.given})
            answer.ft_forward()
            (text,) = read_texts(answer.ft_static_tensor)
            is_failed = float(answer.ft_static_tensor.reshape(-1)[0]) < 0
            found.append("" if is_failed or text is None else text)
    return found
