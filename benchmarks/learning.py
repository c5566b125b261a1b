"""Making tensors, steps of StSGD and trained examples, against plain files and plain work, as ratios within one run.

Run it with the project's python: `python benchmarks/learning.py`.
"""

import json
import statistics
import tempfile
import time
import uuid
from collections.abc import Callable
from pathlib import Path

from hdsl.future.context import RunContext, use_context
from hdsl.kernel.nearest import NearestKernel
from hdsl.learn.module import table_parameter
from hdsl.learn.sgd import StSGD
from hdsl.ops.lessons import Lesson, lesson_registry
from hdsl.storage.folder import Folder
from hdsl.storage.pack import Pack
from hdsl.storage.store import Home
from hdsl.tensor.gradients import gradient_registry, text_gradient
from hdsl.tensor.make import make_tensor
from hdsl.tensor.text_tensor import store_of

ELEMENTS = 1_000
ROWS = 1_000
TOUCHED = 32
REPEATS = 7
TEXT = "line of a text\n" * 27
"""Some 400 bytes."""


def plain_files(folder: Path) -> None:
    """The layout without anything atomic: a folder and a file an element, then the shape."""
    root = folder / str(uuid.uuid4())
    for index in range(ELEMENTS):
        path = root.joinpath("storage", *str(index), "data")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(TEXT)
    (root / "shape").write_text(json.dumps([ELEMENTS]))


def make(home: Home) -> None:
    """The tensor in a home, durable."""
    make_tensor([TEXT] * ELEMENTS, home)
    home.flush()


def best(measured: Callable[[], object], divided_by: int) -> float:
    """The least microseconds of a call, for each of what it does."""
    times = []
    for _ in range(REPEATS):
        begin = time.perf_counter()
        measured()
        times.append(time.perf_counter() - begin)
    return min(times) * 1e6 / divided_by


def steps(home: Home, teach: Callable[[str, int], None]) -> float:
    """The median microseconds a row of a step that changes TOUCHED rows of ROWS."""
    with use_context(RunContext(kernel=NearestKernel(0.5), home=home)):
        rows = [(f"word{number}", f"word{number}", f"answer {number}") for number in range(ROWS)]
        memory = table_parameter(rows, home)
        optimizer = StSGD([memory], lr=1.0)
        times = []
        for turn in range(REPEATS):
            teach(store_of(memory).uid, turn)
            begin = time.perf_counter()
            optimizer.step()
            home.flush()
            times.append((time.perf_counter() - begin) * 1e6 / TOUCHED)
        return statistics.median(times)


def lessons(uid: str, turn: int) -> None:
    """Every row of the first is told another answer."""
    lesson_registry().add(uid, [Lesson("", f"word{number}", f"turn {turn}") for number in range(TOUCHED)])


def diffs(uid: str, turn: int) -> None:
    """The values of the first rows are to change by diffs."""
    before = (lambda number: f"answer {number}") if turn == 0 else (lambda number: f"turn {turn - 1}")
    wanted = {number * 3 + 2: text_gradient(before(number), f"turn {turn}") for number in range(TOUCHED)}
    gradient_registry().add(uid, wanted)


def main() -> None:
    """Prints microseconds and ratios."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        plain = best(lambda: plain_files(folder), ELEMENTS)
        in_folder = best(lambda: make(Folder(folder / "folder")), ELEMENTS)
        pack = Pack(folder / "pack.sqlite")
        in_pack = best(lambda: make(pack), ELEMENTS)
        print(f"make_tensor, an element: plain files {plain:.0f} µs")
        print(f"  folder, atomic  {in_folder:6.1f} µs  {plain / in_folder:5.1f}x as fast as plain files")
        print(f"  pack            {in_pack:6.1f} µs  {plain / in_pack:5.1f}x as fast as plain files")
        for title, home in (("folder", Folder(folder / "steps")), ("pack", Pack(folder / "steps.sqlite"))):
            for what, teach in (("lessons", lessons), ("diffs", diffs)):
                print(f"StSGD, a row of {ROWS} in the {title}, by {what}: {steps(home, teach):.0f} µs")


if __name__ == "__main__":
    main()
