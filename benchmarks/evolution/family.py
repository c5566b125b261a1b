"""How a family of tasks is written: its interface, and the pieces that most families are made of.

A family is a function `make(chance: random.Random) -> Instance` that draws one task, listed in `families.py` as a
`Family` with the kind of edit that takes the fault away and the node whose trace shows it. An instance is

- `best`: the text of a graph that does the task, and `faulty`: the same graph with one fault. Both are whole `.hg`
  files with a harness `task` and a `train task` block (`task_file` writes both parts), and both must check. The tables
  of steps that the fault took away are empty in `best` too: an edit that finds the step has to learn them.
- `draw(chance)`: one question, a text for each input by name, with its right answer. Answers are right for the best
  graph; it is the bench that makes wrong labels.
- `knowledge`: what the scripted model knows (`model.py`). It follows a relation of words once two rows that it is
  shown do, so a task is learned from few rows if its relations are in `knowledge.relations`, and row by row if not.
  Words must not be alike between relations: draw them by `drawn_words` with a letter of their own.

A family may use chance for all that does not decide about the fault. `python -m benchmarks.evolution --check` shows
for each family whether both graphs check, how much better the best one is, and what the rules propose first.
"""

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from benchmarks.evolution.model import Knowledge

ITEMS = 90
"""How many words a relation has."""
EXAMPLES = 90
FORM = "^[A-Z]-[0-9]+$"
Example = tuple[dict[str, str], str]


@dataclass(frozen=True)
class Instance:
    """One task. `draw` gives a question with its right answer."""

    faulty: str
    best: str
    draw: Callable[[random.Random], Example]
    knowledge: Knowledge
    harness: str = "task"
    examples: int = EXAMPLES
    """How many are drawn to learn from and to judge by."""


@dataclass(frozen=True)
class Family:
    """A kind of fault, the kind of edit that takes it away, and the node whose trace shows it."""

    name: str
    repair: str
    where: str
    make: Callable[[random.Random], Instance]


def drawn_words(chance: random.Random, count: int, letter: str) -> list[str]:
    return [f"{letter}{number}" for number in chance.sample(range(100, 1000), count)]


def table_of(pairs: Mapping[str, str], count: int) -> str:
    chosen = list(pairs.items())[:count]
    return "[\n" + "".join(f'  ("{key}", "{key}", "{value}"),\n' for key, value in chosen) + "]"


def task_file(
    tables: Mapping[str, str],
    body: str,
    *,
    before: str = "",
    inputs: str = "item: text[1]",
    result: str = "text[1]",
    valid: float = 0.4,
    epochs: int = 2,
) -> str:
    declared = "\n\n".join(f"experience {name}: text -> text = {rows}" for name, rows in tables.items())
    return (
        f"hdsl 1\n\n{before}{declared}\n\nharness task({inputs}) -> {result} {{\n{body}}}\n\n"
        'train task {\n  data = load("data.jsonl")\n  loss = exact_match\n'
        f"  valid = {valid}\n  epochs = {epochs}\n}}\n"
    )


def many_to_few(chance: random.Random, kinds: int) -> tuple[list[str], list[str], dict[str, str]]:
    items, few = drawn_words(chance, ITEMS, "w"), drawn_words(chance, kinds, "k")
    return items, few, {item: few[number % kinds] for number, item in enumerate(items)}


def one_to_one(chance: random.Random, items: list[str], letter: str) -> dict[str, str]:
    return dict(zip(items, drawn_words(chance, len(items), letter), strict=True))


def form_codes(chance: random.Random, items: list[str]) -> dict[str, str]:
    """Codes of one form, as B-417."""
    numbers = chance.sample(range(100, 1000), len(items))
    return {item: f"{chance.choice('ABCDE')}-{number}" for item, number in zip(items, numbers, strict=True)}
