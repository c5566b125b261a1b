"""Which sealed examples were opened before, and by which evolution: a file of hashes beside the runs.

A part that was opened is not a test any more, whichever evolution opened it: also one with another seed, whose sealed
part has some of the same examples in it. So what counts is the example, and not the part, the run or the file.
"""

from collections import Counter
from collections.abc import Collection
from pathlib import Path

from hdsl.ground.files import PRIVATE_FILE
from hdsl.ground.json_lines import append_json_line, read_json_lines

OPENED = "unsealed.jsonl"


def note_opened(runs: Path, run: str, hashes: Collection[str]) -> None:
    """Writes down that a run opens examples, by their hashes. OSError."""
    append_json_line(runs / OPENED, {"run": run, "examples": sorted(hashes)}, mode=PRIVATE_FILE)


def opened_before(runs: Path, run: str, hashes: Collection[str]) -> dict[str, int]:
    """How many of these examples other runs have opened, by run. JsonLinesError, OSError."""
    found: Counter[str] = Counter()
    for line in read_json_lines(runs / OPENED):
        if isinstance(line.value, dict) and line.value.get("run") != run:
            opened = line.value.get("examples")
            count = len(set(hashes) & set(map(str, opened if isinstance(opened, list) else ())))
            found[str(line.value.get("run"))] = max(found[str(line.value.get("run"))], count)
    return {name: count for name, count in found.items() if count}
