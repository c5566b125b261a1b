"""hdsl on real data beside what people would pick instead: `python -m benchmarks.reality --data DIR`.

Prints Markdown tables; says what it skips, and why. Answers are kept in `--answers`, so a run that was stopped, or that
`--minutes` ended, goes on where it was, and `--tables` makes the tables without asking anybody.
"""

import argparse
import asyncio
import importlib.util
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from benchmarks.reality import arms
from benchmarks.reality.arms import Said
from benchmarks.reality.data import SOURCES, missing
from benchmarks.reality.kept import Kept
from benchmarks.reality.parts import Part, parts
from benchmarks.reality.server import model_server
from benchmarks.reality.tables import tables
from benchmarks.reality.trained import rows_as_text, rows_from_text, trained
from hdsl.configuration.settings import load_settings
from hdsl.kernel.nearest import NearestKernel
from hdsl.kernel.registry import make_kernel
from hdsl.kernel.request import Kernel

DSPY_PROGRAMS = ("KNNFewShot", "LabeledFewShot", "BootstrapFewShot")
OURS = ("hdsl", "nearest")
TRAINED = ("hdsl, before", "hdsl, trained", "nearest, before", "nearest, trained", "nearest, all rows")
ARMS = (*OURS, *TRAINED, "look-up", "TF-IDF votes", "linear SVM", *(f"DSPy {program}" for program in DSPY_PROGRAMS))
_PATIENCE = 1_800.0
"""Seconds for an answer: on a busy machine one may take minutes, and a question that is sent again costs twice."""
ROWS_OF = "rows of "
"""What the arm is called under which the rows of a training are kept."""


def main() -> int:
    """Asks what is not kept yet and prints the tables."""
    options = _options()
    absent = missing(options.data) if options.data else ["the data"]
    if absent:
        print(f"Skipped: {', '.join(absent)} not found; --data names a folder with these public data sets:\n{SOURCES}")
        return 0
    for package, what in (("sklearn", "TF-IDF votes and the SVM"), ("dspy", "DSPy")):
        if not importlib.util.find_spec(package):
            print(f"Skipped: {what}, as {package} is not installed (benchmarks/reality/requirements.txt).\n")
    kept = Kept(options.answers)
    chosen = [part for part in parts(options.data) if not options.only or part.name in options.only]
    if not options.tables:
        with model_server(options.model, options.base_url, options.threads) as base_url:
            if not base_url:
                print("Skipped: the arms that ask a language model, for want of --base-url or --model.\n")
            _Asking(kept, base_url, options).ask(chosen)
    print("\n".join(tables([(part, _kept_answers(part, kept), _note(part, kept)) for part in chosen])))
    return 0


def _note(part: Part, kept: Kept) -> str:
    """How many rows trained tables hold."""
    held = ((kernel, kept.get((part.name, ROWS_OF + kernel, ""))) for kernel in OURS)
    found = [f"{len(rows_from_text(said.text))} ({kernel})" for kernel, said in held if said is not None]
    return f" After training the tables hold {' and '.join(found)} rows." if found else ""


def _kept_answers(part: Part, kept: Kept) -> dict[str, list[Said]]:
    questions = [question.text for question in part.questions]
    return {arm: said for arm in ARMS if (said := kept.all_of(part.asked_in(arm), arm, questions))}


class _Asking:
    """Asks each arm of each part what is not kept yet, until the time is over."""

    def __init__(self, kept: Kept, base_url: str, options: argparse.Namespace) -> None:
        self._kept, self._base_url, self._options = kept, base_url, options
        self._ends = time.monotonic() + options.minutes * 60
        self._loop = asyncio.new_event_loop()
        self._kernel = self._asked_kernel() if base_url else None

    def ask(self, chosen: list[Part]) -> None:
        """The arms that need no model first."""
        for with_model in (False, True):
            for part in chosen:
                for arm, make in self._arms(part, with_model=with_model):
                    if not self._options.arms or arm in self._options.arms:
                        self._ask_arm(part, arm, make)
        if self._kernel is not None:
            self._loop.run_until_complete(self._kernel.close())
        self._loop.close()

    def _asked_kernel(self) -> Kernel:
        settings = load_settings(
            self._options.answers.parent,
            environment={},
            kernel="openai",
            base_url=self._base_url,
            model=self._options.name,
            temperature=0.0,
            timeout=_PATIENCE,
            concurrency=1,
        )
        return make_kernel(settings)

    def _ask_arm(self, part: Part, arm: str, make: Callable[[], arms.Arm]) -> None:
        place = part.asked_in(arm)
        asked = part.questions[: self._options.questions]
        left = [question for question in asked if self._kept.get((place, arm, question.text)) is None]
        answer = make() if left and time.monotonic() < self._ends else None
        for number, question in enumerate(left):
            if answer is None or time.monotonic() >= self._ends:
                print(f"{part.name}, {arm}: the time is over, {len(left) - number} not asked", file=sys.stderr)
                return
            self._kept.add((place, arm, question.text), answer(question))
        if left:
            print(f"{part.name}, {arm}: {len(left)} asked", file=sys.stderr)

    def _arms(self, part: Part, *, with_model: bool) -> Iterator[tuple[str, Callable[[], arms.Arm]]]:
        if part.is_trained:
            yield from self._training_arms(part, with_model=with_model)
        elif with_model and self._kernel is not None and part.with_model:
            kernel = self._kernel
            yield "hdsl", lambda: arms.kernel_arm(arms.Rows(part), kernel, self._loop, part.topk)
        elif not with_model:
            yield "nearest", lambda: arms.nearest_arm(arms.Rows(part), self._loop)
        yield from self._peers(part, with_model=with_model)

    def _training_arms(self, part: Part, *, with_model: bool) -> Iterator[tuple[str, Callable[[], arms.Arm]]]:
        if not with_model:
            yield "nearest, before", lambda: arms.nearest_arm(arms.Rows(part, []), self._loop)
            yield "nearest, trained", lambda: arms.nearest_arm(self._trained(part, "nearest"), self._loop)
            yield "nearest, all rows", lambda: arms.nearest_arm(arms.Rows(part), self._loop)
        elif self._kernel is not None:
            kernel = self._kernel
            yield "hdsl, before", lambda: arms.kernel_arm(arms.Rows(part, []), kernel, self._loop, part.topk)
            yield "hdsl, trained", lambda: arms.kernel_arm(self._trained(part, "hdsl"), kernel, self._loop, part.topk)

    def _peers(self, part: Part, *, with_model: bool) -> Iterator[tuple[str, Callable[[], arms.Arm]]]:
        if not with_model:
            yield "look-up", lambda: arms.look_up(arms.Rows(part))
            if importlib.util.find_spec("sklearn") and part.rows:
                yield "TF-IDF votes", lambda: arms.tfidf_votes(part)
                if part.labels:
                    yield "linear SVM", lambda: arms.linear_svm(part)
        elif (
            self._base_url and part.with_model and part.rows and all(map(importlib.util.find_spec, ("dspy", "sklearn")))
        ):
            for how in DSPY_PROGRAMS if part.name == "confusable" else DSPY_PROGRAMS[:1]:
                yield f"DSPy {how}", lambda how=how: arms.dspy_program(part, self._base_url, self._options.name, how)

    def _trained(self, part: Part, arm: str) -> arms.Rows:
        """What a table holds after a training in which the arm's own kernel answered; kept like an answer."""
        place = (part.name, ROWS_OF + arm, "")
        kept = self._kept.get(place)
        if kept is None:
            is_nearest = arm == "nearest"
            kernel = NearestKernel(arms.NEAREST_MIN) if is_nearest else self._asked_kernel()
            begin = time.perf_counter()
            found = trained(part, kernel, arms.EXPERT_TOPK if is_nearest else part.topk)
            usage, seconds = found.usage, time.perf_counter() - begin
            kept = Said(rows_as_text(found.rows), 0.0, usage.tokens, usage.calls, seconds)
            self._kept.add(place, kept)
        return arms.Rows(part, rows_from_text(kept.text))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.reality", description=__doc__)
    parser.add_argument("--data", type=Path, help="the folder of the data sets")
    parser.add_argument("--answers", type=Path, default=Path("/tmp/hdsl-reality.jsonl"), help="where answers are kept")
    parser.add_argument("--base-url", default="", help="the address of an OpenAI-compatible server, with /v1")
    parser.add_argument("--model", type=Path, help="a GGUF file that a llama.cpp server is started with")
    parser.add_argument("--name", default="local", help="the model's name for the server")
    parser.add_argument("--threads", type=int, default=2, help="threads of the server that is started")
    parser.add_argument("--minutes", type=float, default=60.0, help="how long to ask; the next run goes on")
    parser.add_argument("--questions", type=int, help="at most so many of each part")
    parser.add_argument("--only", nargs="*", help="parts, by name")
    parser.add_argument("--arms", nargs="*", choices=ARMS, metavar="ARM", help=f"of {', '.join(ARMS)}")
    parser.add_argument("--tables", action="store_true", help="ask nobody, make the tables of what is kept")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
