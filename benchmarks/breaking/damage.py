"""Files that we write, damaged as by hand or by a disk, and then read by each command that reads them."""

import json
import shutil
import tempfile
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

from benchmarks.breaking.commands import CODES, begin, end, environment, promise
from benchmarks.breaking.streams import PROGRAM

LEFT = ("runs/*/*.json", "runs/*/*.jsonl", "*.experience/**/*", ".cache/**/*")


def attempt(source: Random) -> None:
    """One damaged file, and the commands that read it."""
    with tempfile.TemporaryDirectory(prefix="break-") as name:
        folder = Path(name, "project")
        shutil.copytree(_project().name, folder)
        files = sorted({file for pattern in LEFT for file in folder.glob(pattern) if file.is_file()})
        kinds = sorted({file.name for file in files})
        kind = source.choice(kinds)
        file = source.choice([file for file in files if file.name == kind])
        before = file.read_bytes()
        file.write_bytes(_damaged(before, source))
        runs = sorted(run.name for run in folder.glob("runs/*") if (run / "run.json").exists())
        trainings = sorted(run.name for run in folder.glob("runs/*") if (run / "train.json").exists())
        commands = [
            ["check", "ask.hg"],
            ["run", "ask.hg", "--word", "a"],
            ["run", "--resume", source.choice(runs)],
            ["train", "--resume", source.choice(trainings)],
            ["experience", "show", "ask.hg"],
            ["experience", "log", "ask.hg"],
            ["experience", "undo", "ask.hg"],
        ]
        for words in source.sample(commands, 3):
            ended = end(begin(*words, folder=folder, variables=environment(folder)))
            promise(ended.code in CODES, (kind, words, file.read_bytes()[:300], ended))
            promise(ended.code in (0, 3) or ended.err.strip(), (kind, words, ended))


@cache
def _project() -> "tempfile.TemporaryDirectory[str]":
    """A folder with two runs and two trainings, made once, that is there until this process ends."""
    temporary = tempfile.TemporaryDirectory(prefix="break-damage-")
    folder = Path(temporary.name)
    (folder / "ask.hg").write_text(PROGRAM, encoding="utf-8")
    lines = [{"word": f"word {number}", "expected": f"é\u2028{number}"} for number in range(6)]
    text = "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)
    (folder / "pairs.jsonl").write_text(text, encoding="utf-8")
    for words in (
        ["run", "ask.hg", "--word", "a", "--word", "b"],
        ["train", "ask.hg", "--epochs", "2"],
        ["run", "ask.hg", "--word", "word 1"],
        ["train", "ask.hg", "--seed", "3"],
    ):
        ended = end(begin(*words, folder=folder, variables=environment(folder)))
        promise(ended.code in (0, 3), ended)
    return temporary


def _damaged(data: bytes, source: Random) -> bytes:
    at = source.randint(0, len(data))
    match source.randrange(8):
        case 0:
            return data[:at]
        case 1:
            return data[:at] + source.randbytes(source.randint(1, 20)) + data[at:]
        case 2:
            return b""
        case 3:
            return data + b"\xe2\x80"
        case 4:
            return source.choice([b"[]", b"null", b"3", b'"x"', b"{}", b"[" * 100_000, b"9" * 6000]) + b"\n"
        case _:
            return _other_values(data, source)


def _other_values(data: bytes, source: Random) -> bytes:
    """The same JSON with one value replaced or taken out, as a person would edit it."""
    lines = data.split(b"\n")
    number = source.randrange(len(lines))
    whole = source.choice([True, False])
    try:
        value = json.loads(data if whole else lines[number])
    except ValueError:
        return data[::-1]
    edited = json.dumps(_edited(value, source), ensure_ascii=False).encode("utf-8", "surrogatepass")
    if whole:
        return edited
    return b"\n".join([*lines[:number], edited, *lines[number + 1 :]])


def _edited(value: Any, source: Random) -> Any:
    strange = [None, True, -1, 10**12, 1.5, "", "../../../x", "\u2028", [], {}, [[]], {"x": 1}, float("nan")]
    if isinstance(value, dict) and value and source.random() < 0.85:
        name = source.choice(sorted(value))
        if source.random() < 0.2:
            return {key: each for key, each in value.items() if key != name}
        return {**value, name: _edited(value[name], source)}
    if isinstance(value, list) and value and source.random() < 0.85:
        at = source.randrange(len(value))
        return [*value[:at], _edited(value[at], source), *value[at + 1 :]]
    return source.choice(strange)
