"""What is owed is done once if what it follows had begun, and never otherwise, however the run ends."""

import re
import signal
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random

import pytest

from hdsl.future.owed import Owed
from hdsl.graph.program import Program
from hdsl.storage.pack import Pack
from tests.check.effects_world import ALLOWED, OPERATIONS, World, run
from tests.commands import finish, newest_run, start, until
from tests.programs import program_of

MOMENTS = 50


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pack]:
    pack = Pack(tmp_path_factory.mktemp("home") / "pack.sqlite")
    yield pack
    pack.close()


def program(folder: Path, *lines: str) -> Program:
    """A harness over two sessions, whose last line defines `last`."""
    (folder / "hdsl.toml").write_text(ALLOWED, encoding="utf-8")
    body = "".join(f"  {line}\n" for line in lines)
    part = (
        "harness guarded(task: text[*S], shell: session[*S]) -> text[*S] {\n"
        "  work: text[*S] = type_in(task, shell)\n  undo: text[*S] = type_in(task, shell)\n"
        "  both: text[*S] = always(work, undo)\n  return both\n}\n"
    )
    head = f"hdsl 1\n\n{OPERATIONS}\ndim T = 3\n\n{part}\n"
    return program_of(
        folder, f"{head}harness main(task: text[2], shell: session[2]) -> text[2] {{\n{body}  return last\n}}\n"
    )


SIMPLE = (
    "work: text[2] = type_in(task, shell)",
    "more: text[2] = confirm(work, shell)",
    "undo: text[2] = type_in(task, shell)",
    "last: text[2] = always(more, undo)",
)
NESTED = (
    *SIMPLE[:3],
    "both: text[2] = always(more, undo)",
    "then: text[2] = type_in(both, shell)",
    "end:  text[2] = note(task)",
    "last: text[2] = always(then, end)",
)
TURNS = (
    "shells: session[2, T] = expand(shell, to=[2, T])",
    "tasks:  text[2, T]    = expand(task, to=[2, T])",
    "work:   text[2, T]    = type_in(tasks, shells)",
    "more:   text[2, T]    = confirm(work, shells)",
    "undo:   text[2, T]    = type_in(tasks, shells)",
    "turn:   text[2, T]    = always(more, undo)",
)
CASES = {
    "in a batch": (SIMPLE, [("work", "undo")]),
    "nested": (NESTED, [("work", "undo"), ("work", "end")]),
    "in the turns of a loop": ((*TURNS, "last: text[2] = recurrent(turn, task)"), [("work", "undo")]),
    "in order": (
        (*TURNS, "all: text[2, T] = in_order(turn)", "last: text[2] = merge(all)"),
        [("work", "undo")],
    ),
    "in a branch": (
        (
            *SIMPLE[:3],
            "both: text[2] = always(more, undo)",
            "kind: Kind[2] = decide(task)",
            'last: text[2] = switch kind { "yes" => both, "no" => task }',
        ),
        [("work", "undo")],
    ),
    "behind another that failed": (
        (
            "first: text[2] = confirm(task, shell)",
            "other: text[2] = guarded(task, shell)",
            "last:  text[2] = fallback(first, other)",
        ),
        [("other.work", "other.undo")],
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_it_is_done_once_if_the_first_had_begun_whenever_the_run_is_ended(
    case: str, tmp_path: Path, home: Pack
) -> None:
    lines, pairs = CASES[case]
    made = program(tmp_path, *lines)
    ended = Counter[bool]()
    for moment in range(MOMENTS):
        random = Random(moment)
        world = World(moment % 5, random, pace=(2, 5, 10, 20))
        owed = Owed()
        run(made, world, home, owed, interrupted_after=2 * moment + 1)
        begun = Counter(world.begun)
        acts = Counter(act.event for act in world.acts)
        assert owed.not_done == []
        assert max(begun.values(), default=0) <= 1
        for first, last in pairs:
            for (name, at), _ in begun.items():
                if name == first:
                    assert acts[last, at] == 1, (moment, at)
                    ended[acts[first, at] == 1] += 1
            assert all(count == 1 for (name, _), count in acts.items() if name in [last for _, last in pairs])
    assert set(ended) == {False, True}  # some were interrupted while they worked, some afterwards


def test_what_both_need_comes_first_and_its_failure_is_the_result(tmp_path: Path, home: Pack) -> None:
    made = program(
        tmp_path,
        "both: text[2] = peek(task)",
        "work: text[2] = type_in(both, shell)",
        "undo: text[2] = type_in(both, shell)",
        "last: text[2] = always(work, undo)",
    )
    seen = set()
    for answers in range(40):
        world = World(answers, Random(answers))
        run(made, world, home)
        for at in ((0,), (1,)):
            names = tuple(act.event[0] for act in world.acts if act.event[1] == at)
            seen.add(names)
    assert seen == {("both", "work", "undo"), ("both",)}


WORK = """
import asyncio
from pathlib import Path


def noted(folder, word):
    with Path(folder, "log").open("a") as log:
        log.write(word + "\\n")


async def work(x, *, folder, seconds):
    noted(folder, "begun")
    await asyncio.sleep(seconds)
    noted(folder, "worked")
    return x


async def undo(x, *, folder, seconds):
    noted(folder, "undoing")
    await asyncio.sleep(seconds)
    noted(folder, "undone")
    return x


def stuck(x, *, folder, seconds):
    import re
    noted(folder, "begun")
    re.search("(x+x+)+y", "x" * 60)
    return x
"""


def project(folder: Path, *, works: str = "work", undo: float = 0.0, budget: float = 600.0) -> Callable[[], list[str]]:
    """A harness whose work takes long and is always undone; what it has noted so far."""
    (folder / "works.py").write_text(WORK.replace("\\\\n", "\\n"), encoding="utf-8")
    (folder / "main.hg").write_text(
        "hdsl 1\n\n"
        f'op work(x: text[*S], folder: str, seconds: float) -> text[*S] !write = "works:{works}"\n'
        'op undo(x: text[*S], folder: str, seconds: float) -> text[*S] !write !wait(seconds) = "works:undo"\n\n'
        "harness main(x: text[1]) -> text[1] {\n"
        f"  budget(seconds={budget})\n\n"
        f'  done:   text[1] = work(x, folder="{folder}", seconds=600.0)\n'
        f'  undone: text[1] = undo(x, folder="{folder}", seconds={undo})\n'
        "  result: text[1] = always(done, undone)\n  return result\n}\n",
        encoding="utf-8",
    )

    def noted() -> list[str]:
        log = folder / "log"
        return log.read_text(encoding="utf-8").split() if log.exists() else []

    return noted


@pytest.fixture(autouse=True)
def interruptible() -> Iterator[None]:
    # A shell that starts tests in the background lets them ignore SIGINT, and so would the runs.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def test_a_signal_waits_for_it_longer_than_for_anything_else(tmp_path: Path) -> None:
    noted = project(tmp_path, undo=3.0)
    process = start("run", "main.hg", "--x", "a", folder=tmp_path)
    assert until(lambda: "begun" in noted(), 60.0)
    process.send_signal(signal.SIGTERM)
    ended = finish(process)
    assert (ended.code, noted()) == (128 + signal.SIGTERM, ["begun", "undoing", "undone"])
    record = newest_run(tmp_path).json
    assert (record["state"], record["not_done"]) == ("terminated", [])


def test_a_spent_budget_waits_for_it(tmp_path: Path) -> None:
    noted = project(tmp_path, undo=0.5, budget=1.5)
    ended = finish(start("run", "main.hg", "--x", "a", folder=tmp_path))
    assert (ended.code, noted()) == (4, ["begun", "undoing", "undone"])
    assert newest_run(tmp_path).json["not_done"] == []


def test_a_second_interrupt_ends_it_and_a_resumed_run_begins_both_again(tmp_path: Path) -> None:
    noted = project(tmp_path, undo=500.0)
    process = start("run", "main.hg", "--x", "a", folder=tmp_path)
    assert until(lambda: "begun" in noted(), 60.0)
    process.send_signal(signal.SIGINT)
    assert until(lambda: "undoing" in noted(), 60.0)
    process.send_signal(signal.SIGINT)
    ended = finish(process)
    assert (ended.code, noted()) == (130, ["begun", "undoing"])
    assert "`result` [0]" in ended.err
    record = newest_run(tmp_path)
    assert record.json["not_done"] == [{"node": "result", "coordinates": [0]}]
    program = tmp_path / "main.hg"
    program.write_text(
        re.sub(r", seconds=\d+\.0", ", seconds=0.0", program.read_text(encoding="utf-8")), encoding="utf-8"
    )
    (tmp_path / "log").unlink()
    ended = finish(start("run", "--resume", record.folder.name, folder=tmp_path))
    assert (ended.code, noted()) == (0, ["begun", "worked", "undoing", "undone"])


def test_a_process_that_has_to_be_killed_leaves_a_record_of_it(tmp_path: Path) -> None:
    noted = project(tmp_path, works="stuck")
    process = start("run", "main.hg", "--x", "a", folder=tmp_path)
    assert until(lambda: "begun" in noted(), 60.0)
    process.send_signal(signal.SIGINT)
    assert (finish(process).code, noted()) == (130, ["begun"])
    assert newest_run(tmp_path).json["not_done"] == [{"node": "result", "coordinates": [0]}]
