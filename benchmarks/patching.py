"""Diff and patch of an element against GNU diff and patch as processes, as ratios within one run.

Run it with the project's python: `python benchmarks/patching.py`.
"""

import shutil
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from hdsl.storage.pack import Pack
from hdsl.tensor.diff import unified_diff
from hdsl.tensor.make import make_tensor
from hdsl.tensor.patch import apply_patch
from hdsl.tensor.patching import get_diff_tensor, patch_tensor
from hdsl.tensor.text_tensor import Place
from hdsl.tensor.three_way import TextGradient, merge_gradients

ELEMENTS = 200
PROCESSES = 40


def texts() -> list[tuple[str, str]]:
    """Texts of 20 lines of 20 characters, and each with two lines changed."""
    pairs = []
    for number in range(ELEMENTS):
        lines = [f"line {line:3} of {number:5} ...\n" for line in range(20)]
        changed = [*lines]
        changed[number % 20] = "changed\n"
        changed[(number * 7) % 20] = "changed too\n"
        pairs.append(("".join(lines), "".join(changed)))
    return pairs


def median(measured: Callable[[int], object], count: int) -> float:
    """The median milliseconds of a call."""
    times = []
    for number in range(count):
        begin = time.perf_counter()
        measured(number)
        times.append((time.perf_counter() - begin) * 1000)
    return statistics.median(times)


def main() -> None:
    """Prints milliseconds and ratios."""
    pairs = texts()
    patches = [unified_diff(old, new) for old, new in pairs]
    diff = median(lambda number: unified_diff(*pairs[number]), ELEMENTS)
    patch = median(lambda number: apply_patch(pairs[number][0], patches[number]), ELEMENTS)
    two = median(
        lambda number: merge_gradients(pairs[number][0], [TextGradient(patches[number]), TextGradient(patches[0])]),
        ELEMENTS,
    )
    print(f"an element: diff {diff:.3f} ms, patch {patch:.3f} ms, two patches merged {two:.3f} ms")
    with tempfile.TemporaryDirectory() as folder:
        if shutil.which("diff") and shutil.which("patch"):
            theirs = _processes(Path(folder), pairs, patches)
            print(f"GNU: diff {theirs[0]:.2f} ms, x{theirs[0] / diff:.0f}; patch {theirs[1]:.2f} ms, ", end="")
            print(f"x{theirs[1] / patch:.0f}; both x{sum(theirs) / (diff + patch):.0f}")
        print(f"whole tensors: folder {_tensors(folder, pairs):.3f} ms an element, ", end="")
        pack = Pack(Path(folder, "texts.sqlite"))
        print(f"pack {_tensors(pack, pairs):.3f} ms an element (diff, write the diff, patch)")
        pack.close()


def _tensors(place: Place, pairs: list[tuple[str, str]]) -> float:
    old, new = (make_tensor([pair[side] for pair in pairs], place) for side in (0, 1))
    begin = time.perf_counter()
    report = patch_tensor(old, get_diff_tensor(old, new))
    elapsed = time.perf_counter() - begin
    assert report.applied == len(pairs)
    return elapsed * 1000 / len(pairs)


def _processes(folder: Path, pairs: list[tuple[str, str]], patches: list[str]) -> tuple[float, float]:
    old, new, target = (folder / name for name in ("old", "new", "target"))

    def diff(number: int) -> None:
        old.write_text(pairs[number][0])
        new.write_text(pairs[number][1])
        subprocess.run(["diff", "-u", str(old), str(new)], capture_output=True, check=False)

    def patch(number: int) -> None:
        target.write_text(pairs[number][0])
        command = ["patch", "-u", "-F3", "--no-backup-if-mismatch", str(target)]
        subprocess.run(command, input=patches[number].encode(), capture_output=True, check=True)

    return median(diff, PROCESSES), median(patch, PROCESSES)


if __name__ == "__main__":
    main()
