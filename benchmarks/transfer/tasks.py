"""Terminal tasks from a seed: what is asked, what lies there before, and how somebody who knows does it.

Whether a task was done is judged by the world: the files afterwards are those that the known way leaves.
"""

import subprocess
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from random import Random

NAMES = (
    *(
        "amber",
        "birch",
        "cedar",
        "delta",
        "ember",
        "fjord",
        "grove",
        "heron",
        "islet",
        "jade",
        "kelp",
        "larch",
        "maple",
    ),
    *("north", "ocean", "pearl", "quartz", "river", "stone", "tulip", "umber", "violet", "willow", "xenon", "yarrow"),
    *("zinc", "acorn", "basil", "clove", "daisy", "elder", "fern", "ginger", "hazel", "iris", "juniper"),
)
WORDS = ["apple", "pear", "plum", "cherry", "lemon", "grape", "melon", "peach", "mango", "fig", "olive", "quince"]


@dataclass(frozen=True)
class Task:
    """One task. `steps` are pairs of what an agent says and the command it runs."""

    family: str
    goal: str
    before: Mapping[str, str]
    steps: tuple[tuple[str, str], ...]

    def prepare(self, folder: Path) -> None:
        """Puts there what lies there before."""
        folder.mkdir(parents=True)
        for name, text in self.before.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")

    def after(self, folder: Path) -> dict[str, tuple[str, bool]]:
        """What lies there once it is done in the known way, in a folder that is not there yet."""
        self.prepare(folder)
        for _, command in self.steps:
            subprocess.run(
                ["bash", "-c", command], cwd=folder, check=True, capture_output=True, stdin=subprocess.DEVNULL
            )
        return found(folder)


def found(folder: Path) -> dict[str, tuple[str, bool]]:
    """Of each file and folder below one its text, and whether it may be executed; `runs` is hdsl's own."""
    return {
        str(path.relative_to(folder)): (path.read_text() if path.is_file() else "", bool(path.stat().st_mode & 0o100))
        for path in sorted(folder.rglob("*"))
        if "runs" not in path.relative_to(folder).parts
    }


LIGHTLY = 2
"""As the wording of a goal: that of a session, in a few words more."""
_LIGHT = ("Please {}", "{}, please", "{} for me", "Now: {}", "Could you do this: {}")


def _lines(random: Random, most: int = 6) -> list[str]:
    return random.sample(WORDS, random.randint(3, most))


def _text(lines: list[str]) -> str:
    return "".join(f"{line}\n" for line in lines)


Made = tuple[tuple[str, str], dict[str, str], tuple[tuple[str, str], ...]]
"""Two wordings of a goal, what lies there before, and the steps."""


def _count(r: Random, a: str, b: str) -> Made:
    return (
        (
            f"Write how many lines {a}.txt has into {b}.txt",
            f"Count the lines of {a}.txt and keep the number in {b}.txt",
        ),
        {f"{a}.txt": _text(_lines(r))},
        ((f"Count the lines of {a}.txt", f"wc -l < {a}.txt > {b}.txt"),),
    )


def _sort(r: Random, a: str, b: str) -> Made:
    return (
        (f"Sort {a}.txt into {b}.txt", f"Put the lines of {a}.txt in order and write them to {b}.txt"),
        {f"{a}.txt": _text(_lines(r))},
        ((f"Sort the lines of {a}.txt", f"sort {a}.txt > {b}.txt"),),
    )


def _replace(r: Random, a: str, b: str) -> Made:
    lines = _lines(r)
    return (
        (f'Replace "{lines[0]}" by "{b}" in {a}.txt', f'Change every "{lines[0]}" to "{b}" in the file {a}.txt'),
        {f"{a}.txt": _text(lines)},
        ((f'Replace "{lines[0]}" in {a}.txt', f"sed -i 's/{lines[0]}/{b}/g' {a}.txt"),),
    )


def _copy(r: Random, a: str, b: str) -> Made:
    return (
        (f"Keep a copy of {a}.txt in the new folder {b}/", f"Make a backup of {a}.txt inside a folder {b}/"),
        {f"{a}.txt": _text(_lines(r))},
        ((f"Make the folder {b}/", f"mkdir -p {b}/"), (f"Copy {a}.txt to it", f"cp {a}.txt {b}/")),
    )


def _rename(r: Random, a: str, b: str) -> Made:
    return (
        (f"Rename {a}.txt to {b}.txt", f"The file {a}.txt should be called {b}.txt"),
        {f"{a}.txt": _text(_lines(r))},
        ((f"Rename {a}.txt", f"mv {a}.txt {b}.txt"),),
    )


def _column(r: Random, a: str, b: str) -> Made:
    rows = [f"{word},{r.randint(1, 99)}" for word in _lines(r)]
    return (
        (f"Write the second column of {a}.csv to {b}.txt", f"Extract column two of {a}.csv into {b}.txt"),
        {f"{a}.csv": _text(rows)},
        ((f"Cut the second column out of {a}.csv", f"cut -d, -f2 {a}.csv > {b}.txt"),),
    )


def _upper(r: Random, a: str, b: str) -> Made:
    return (
        (f"Write {a}.txt in capital letters to {b}.txt", f"Make an upper case version of {a}.txt named {b}.txt"),
        {f"{a}.txt": _text(_lines(r))},
        ((f"Turn {a}.txt into capitals", f"tr a-z A-Z < {a}.txt > {b}.txt"),),
    )


def _executable(r: Random, a: str, b: str) -> Made:
    return (
        (f"Make {a}.sh executable", f"Allow {a}.sh to be run as a program"),
        {f"{a}.sh": f"#!/bin/sh\necho {b}\n"},
        ((f"Set the executable bit of {a}.sh", f"chmod +x {a}.sh"),),
    )


def _unique(r: Random, a: str, b: str) -> Made:
    lines = _lines(r)
    return (
        (
            f"Write the distinct lines of {a}.txt to {b}.txt",
            f"Remove duplicates from {a}.txt, the result goes to {b}.txt",
        ),
        {f"{a}.txt": _text([*lines, *lines[:2]])},
        ((f"Drop repeated lines of {a}.txt", f"sort -u {a}.txt > {b}.txt"),),
    )


def _head(r: Random, a: str, b: str) -> Made:
    return (
        (
            f"Write the first two lines of {a}.txt to {b}.txt",
            f"Take the top two lines of {a}.txt and store them in {b}.txt",
        ),
        {f"{a}.txt": _text(_lines(r))},
        ((f"Take the first lines of {a}.txt", f"head -n 2 {a}.txt > {b}.txt"),),
    )


def _join(r: Random, a: str, b: str) -> Made:
    return (
        (f"Append {a}.txt to {b}.txt", f"Add the content of {a}.txt at the end of {b}.txt"),
        {f"{a}.txt": _text(_lines(r)), f"{b}.txt": _text(_lines(r))},
        ((f"Append {a}.txt", f"cat {a}.txt >> {b}.txt"),),
    )


def _grep(r: Random, a: str, b: str) -> Made:
    files = {f"{a}/{name}.txt": _text(_lines(r)) for name in ("one", "two", "three")}
    word = files[f"{a}/one.txt"].split()[0]
    return (
        (
            f'List the files in {a}/ that contain "{word}" in {b}.txt',
            f'Which files of {a}/ mention "{word}"? Answer in {b}.txt',
        ),
        files,
        ((f'Look for "{word}" in {a}/', f"grep -rl {word} {a}/ | sort > {b}.txt"),),
    )


def _folders(r: Random, a: str, b: str) -> Made:
    return (
        (f"Start a project {a}/ with a README.md that says {b}", f"Set up a folder {a}/ whose README.md reads {b}"),
        {},
        ((f"Make the folder {a}/", f"mkdir -p {a}/"), ("Write its README.md", f"echo {b} > {a}/README.md")),
    )


FAMILIES: tuple[Callable[[Random, str, str], Made], ...] = (
    _count, _sort, _replace, _copy, _rename, _column, _upper, _executable, _unique, _head, _join, _grep, _folders,
)  # fmt: skip


def _unrelated(number: int, random: Random) -> Task:
    """A session that has nothing to do with any family."""
    a, b = random.randint(2, 99), random.randint(2, 99)
    goal, said, command = [
        (f"What is {a} times {b}?", "Multiply", f"expr {a} '*' {b}"),
        (f"Count up to {a}", "Count", f"seq {a}"),
        ("Which kernel runs here?", "Ask for the kernel", "uname -s"),
        ("What time is it?", "Ask for the time", "date -u"),
        (f"Say hello {a} and {b}", "Say it", f"echo hello {a} {b}"),
        ("Who am I?", "Ask for the user", "id -un"),
    ][number % 6]
    return Task("unrelated", goal, {}, ((said, command),))


def tasks(seed: int, each: int, *, wording: int | None = None, unrelated: bool = False) -> list[Task]:
    """So many tasks of each family, in an order drawn from the seed; `wording` 0, 1 or LIGHTLY, or drawn for each."""
    random, words = Random(f"tasks {seed}"), Random(f"words {seed}")
    made = []
    for number in range(each):
        for make in FAMILIES:
            if unrelated:
                made.append(_unrelated(len(made), random))
                continue
            a, b = random.sample(NAMES, 2)
            goals, before, steps = make(random, f"{a}{number}", b)
            chosen = random.randrange(2) if wording is None else wording
            goal = words.choice(_LIGHT).format(goals[0]) if chosen == LIGHTLY else goals[chosen]
            made.append(Task(make.__name__[1:], goal, before, steps))
    random.shuffle(made)
    return made
