"""The peers' scores as they were measured last: their trainings take long, and depend on no code of hdsl."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path

from benchmarks.lab.scoring import Score

FILE = Path(__file__).with_name("peers.json")

Cell = Sequence[Score] | str
"""The scores by seed, or in words why there are none."""

Results = Mapping[tuple[str, str], Cell]
"""By learner and task."""


def keep(results: Results, file: Path = FILE) -> None:
    """Writes the results, a line each."""
    lines = []
    for (title, task), cell in results.items():
        scores = cell if isinstance(cell, str) else [asdict(score) for score in cell]
        lines.append(json.dumps({"learner": title, "task": task, "scores": scores}))
    file.write_text("[\n" + ",\n".join(lines) + "\n]\n", encoding="utf-8")


def kept(file: Path = FILE) -> Results:
    """The results that were written."""
    entries = json.loads(file.read_text(encoding="utf-8"))
    return {(entry["learner"], entry["task"]): _cell(entry["scores"]) for entry in entries}


def _cell(scores: str | list[dict[str, object]]) -> Cell:
    if isinstance(scores, str):
        return scores
    return [_score(**score) for score in scores]


def _score(edits: list[int], **rest: object) -> Score:
    return Score(edits=tuple(edits), **rest)  # type: ignore[arg-type]
