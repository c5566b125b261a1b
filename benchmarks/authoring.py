"""Twenty harnesses that a model writes: `python -m benchmarks.authoring [--kernel K]` prints a table.

Without a kernel the model is scripted: it begins with faults of the mutation bench in a good file, and repairs one at a
time; every fourth model never repairs the last one. It measures the loop, not a model: whether what is kept is what it
should be. With a kernel (`local`, or one of `[kernels]`) the share of files that are right is the model's.
"""

import argparse
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from time import monotonic

from benchmarks.mutations.measure import FAULTS
from benchmarks.mutations.sample import Sample
from hdsl.author.judging import judged
from hdsl.author.writing import Written, is_guided, write
from hdsl.configuration.settings import load_settings
from hdsl.future.loop import CLOSING, run_sync
from hdsl.kernel.registry import make_kernel
from hdsl.kernel.request import Answer, Request

EXAMPLES = Path(__file__).parents[1] / "examples"
TRIES = 4

_SHORT = """hdsl 1

# {purpose}
harness {name}(input: text[B]) -> text[B] {{
  budget(llm_calls=1, per=[B])

  answer: text[B] = llm(input, task="{purpose}")
  line:   text[B] = first_line(answer)
  return line
}}

test "one line" {{
  given {name}.answer = "first\\nsecond"
  out: text[1] = {name}("x")
  expect exact_match(out, "first")
}}
"""

_DESCRIPTIONS = {
    "address_book/address_book.hg": "make a line for an address book of a letter: name, email, and children",
    "jobs/back_translation.hg": "translate a text, translate it back, and try again until both say the same",
    "jobs/commit_message.hg": "write a commit message of at most 60 characters for what is staged",
    "jobs/critic.hg": "write a text and let a critic judge it until it is good",
    "jobs/debate.hg": "let two sides argue for three rounds and a judge decide",
    "jobs/extraction.hg": "extract number, date and positions of an invoice as a record",
    "jobs/map_reduce.hg": "summarise a long report part by part, then as a whole",
    "jobs/nested.hg": "write a story chapter by chapter, each until it is clear",
    "jobs/rag.hg": "answer a question from passages that are found by keywords",
    "jobs/review.hg": "review a code change for bugs, security and style",
    "jobs/support.hg": "answer customers by topic; hand angry ones to a person",
    "jobs/swe_agent.hg": "repair a project in a terminal until its tests pass",
    "jobs/triage.hg": "decide by experience how urgent an alert is, explain only urgent ones",
    "jobs/two_terminals.hg": "start a server in one terminal, ask it from another, always stop it",
    "jobs/vote_of.hg": "let five answers vote to which desk a message goes",
}
_SHORT_ONES = {
    "title": "Write a title for the text.",
    "polite": "Rewrite the sentence politely.",
    "question": "Turn the statement into a question.",
    "slogan": "Write a slogan for the product.",
    "moral": "Say the moral of the story.",
}


@dataclass(frozen=True)
class Task:
    """A description, and a file that does it."""

    name: str
    description: str
    text: str


def tasks() -> Iterator[Task]:
    """All twenty."""
    for path, description in _DESCRIPTIONS.items():
        yield Task(Path(path).stem, description, (EXAMPLES / path).read_text(encoding="utf-8"))
    for name, purpose in _SHORT_ONES.items():
        yield Task(name, purpose, _SHORT.format(name=name, purpose=purpose))


def scripted(task: Task, number: int) -> Callable[[Request], Answer]:
    """A model that writes the file with two faults, then one, then none; every fourth keeps the last fault."""
    random = Random(f"{task.name} {number}")
    one = _with_fault(task.text, random)
    answers = [_with_fault(one, random), one, one if number % 4 == 3 else task.text]

    def answer(request: Request) -> Answer:
        return Answer(answers[min(request.seed, len(answers) - 1)])

    return answer


def _with_fault(text: str, random: Random) -> str:
    """The text with one more fault that the checker knows, put where it can be."""
    with TemporaryDirectory() as folder:
        (Path(folder) / "task.hg").write_text(text, encoding="utf-8")
        sample = Sample("task.hg", Path(folder))
        for fault in random.sample(FAULTS, len(FAULTS)):
            try:
                found = [each for each in fault(sample) if not each.file]
            except (KeyError, AttributeError):
                continue  # a kind that needs a whole file, and this one has a fault already
            if found:
                return sample.mutant(fault.__name__, random.choice(found)).text
    return text.replace("return ", "retrun ", 1)


def main() -> None:
    """Writes each, and prints what came of it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kernel", help="a real model instead of the scripted one")
    parser.add_argument("--tries", type=int, default=TRIES)
    parser.add_argument("--first", type=int, default=20, help="only so many tasks")
    options = parser.parse_args()
    print(
        "| task | right | tries | errors left | tests failed | kept the best | seconds |\n|---|---|---|---|---|---|---|"
    )
    right = best = 0
    chosen = list(tasks())[: options.first]
    for number, task in enumerate(chosen):
        began = monotonic()
        written = _written(task, number, options.kernel, options.tries)
        kept = written.best is not None and written.best.rank == min(
            each.judged.rank for each in written.attempts if each.judged is not None
        )
        right, best = right + written.is_right, best + kept
        errors, failed = (len(written.best.errors), len(written.best.failed)) if written.best else ("-", "-")
        cells = [task.name, written.is_right, len(written.attempts), errors, failed, kept, f"{monotonic() - began:.1f}"]
        print(f"| {' | '.join(map(str, cells))} |", flush=True)
    print(f"\n{right} of {len(chosen)} right; the best attempt was kept in {best}.")


def _written(task: Task, number: int, kernel: str | None, tries: int) -> Written:
    if kernel is None:
        assert judged(task.text).is_right, f"{task.name}: {judged(task.text).report}"
        return write(task.description, scripted(task, number), tries=tries, max_tokens=2048)
    settings = load_settings(kernel=kernel)
    asked = make_kernel(settings)
    try:
        return write(
            task.description,
            lambda each: run_sync(asked.answer(each)),
            tries=tries,
            max_tokens=1024,
            guided=is_guided(settings),
        )
    finally:
        run_sync(asked.close(), CLOSING)


if __name__ == "__main__":
    main()
