"""What the peers' adapters share: their arguments, the model by its client, and the one line they print.

An adapter runs under the interpreter that its framework is installed for, without hdsl; the server's address and the
key stand in the environment, where the frameworks' own clients look for them.
"""

import argparse
import contextlib
import json
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from functools import cache

import openai

from benchmarks.lab.lessons import text_of
from benchmarks.lab.tasks import Task, make_task
from benchmarks.lab.watch import Watch

MODEL = "scripted"
OPENING = "Answer with one word."


def run_adapter(train: Callable[[Task, str], Watch]) -> None:
    """Trains on the task that the command line names, and prints what was seen as the last line."""
    parser = argparse.ArgumentParser()
    parser.add_argument("task")
    parser.add_argument("seed", type=int)
    parser.add_argument("variant")
    options = parser.parse_args()
    with contextlib.redirect_stdout(sys.stderr):
        watch = train(make_task(options.task, options.seed), options.variant)
    print(json.dumps(watch.report()))


def start_texts(task: Task) -> list[str]:
    """The text of each node before training."""
    return [text_of(OPENING, rows) for rows in task.start]


def base_url() -> str:
    """Where the model is served."""
    return os.environ["OPENAI_BASE_URL"]


def ask_chain(texts: Sequence[str], keys: Sequence[str], model: str) -> list[str]:
    """The answers of nodes that each ask the model with their text as system prompt."""
    answers = list(keys)
    for text in texts:
        answers = [_asked(text, answer, model) for answer in answers]
    return answers


def _asked(system: str, user: str, model: str) -> str:
    messages = [{"role": "system", "content": system}, {"role": "user", "content": user}]
    return _client().chat.completions.create(model=model, messages=messages).choices[0].message.content


@cache
def _client() -> openai.OpenAI:
    """One client for all: making one reads certificates each time."""
    return openai.OpenAI()


def batches(task: Task, epochs: int, size: int) -> Iterator[tuple[str, ...]]:
    """The keys of all epochs, in batches."""
    for epoch in range(epochs):
        keys = task.order(epoch)
        yield from (keys[start : start + size] for start in range(0, len(keys), size))
