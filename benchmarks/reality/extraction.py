"""Extraction to a record, what a command line is made of: `python -m benchmarks.reality.extraction --data DIR`.

The commands are those of tldr-pages; what their fields are is read off the text by `truth`, so nobody has labelled
anything. A record is right if every field is; each field is counted too. A regular expression gets all of this right:
what is measured is how far a small model follows the description of a record, and what holding it to the record brings.
"""

import argparse
import asyncio
import json
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from re import findall, search
from statistics import mean
from tempfile import TemporaryDirectory

from benchmarks.reality.arms import EXPERT_TOPK, NEAREST_MIN, Said
from benchmarks.reality.data import SOURCES, Pair, commands, missing, shuffled
from benchmarks.reality.kept import Kept
from benchmarks.reality.server import model_server
from benchmarks.reality.statistics import wilson
from hdsl.configuration.settings import load_settings
from hdsl.ground.row import Row
from hdsl.kernel.labelled import Outside, read_answer
from hdsl.kernel.nearest import NearestKernel
from hdsl.kernel.registry import make_kernel
from hdsl.kernel.request import Kernel, Request
from hdsl.ops.rows import rows_to_show
from hdsl.storage.pack import Pack
from hdsl.storage.store import Entry
from hdsl.structure.reading import fits
from hdsl.structure.structures import Field, ListOf, Plain, Record
from hdsl.structure.writing import written
from hdsl.tensor.make import filled_tensor

TEXT = Plain("text")
COMMAND = Record(
    (
        Field("program", TEXT, description="the name of the program that is run, without sudo"),
        Field("sudo", Plain("bool"), description="whether it is run as root by sudo"),
        Field("options", ListOf(TEXT), description="each word that begins with -, in order"),
        Field("placeholder", TEXT, optional=True, description="what stands between the first {{ and }}"),
    ),
    "Command",
)
TASK = "Say what the command line is made of."
QUESTIONS, ROWS, SHOWN = 60, 500, 8
LONGEST = 160
"""Tokens of an answer."""
ARMS = ("nearest", "grammar, no rows", "prompt alone", "grammar")


def truth(command: str) -> str:
    """The record of a command line, read off its text."""
    words = command.split()
    found = search(r"\{\{(.*?)\}\}", command)
    value = {
        "program": words[words[0] == "sudo"],
        "sudo": words[0] == "sudo",
        "options": findall(r"(?<!\S)-\S+", command),
    }
    return written({**value, **({} if found is None else {"placeholder": found[1]})})


def chosen(data: Path, part: str, count: int) -> list[Pair]:
    """Command lines of plain words, with an option or a placeholder, and their records; the first by hash."""
    found = {pair.answer or "": None for pair in commands(data, part)}
    lines = (line for line in found if len(line.split()) > 1 + line.startswith("sudo "))
    plain = (line for line in lines if not search(r"[|<>&;$`\"'\\\[\]]", line) and search(r" -|\{\{", line))
    return shuffled((Pair(line, truth(line)) for line in plain), "extraction")[:count]


class _Bench:
    def __init__(self, options: argparse.Namespace, base_url: str) -> None:
        self._options, self._base_url = options, base_url
        self._kept = Kept(options.answers)
        self._ends = time.monotonic() + options.minutes * 60
        self._loop = asyncio.new_event_loop()
        self._folder = TemporaryDirectory()
        home = Pack(Path(self._folder.name, "texts.sqlite"))
        rows = [Row(pair.text, pair.text, pair.answer or "") for pair in chosen(options.data, "train", ROWS)]
        cells = [cell for row in rows for cell in (row.query, row.key, row.value)]
        self._table = filled_tensor((len(rows), 3), home, dict(enumerate(map(Entry, cells))), "commands")
        self.questions = chosen(options.data, "dev", QUESTIONS)[: options.questions]

    def answers(self, arm: str) -> list[Said]:
        """What an arm says to the questions, as far as the time allows; kept answers are not asked for again."""
        kernel = self._kernel(arm)
        found: list[Said] = []
        for question in self.questions:
            place = ("extraction", arm, question.text)
            said = self._kept.get(place)
            if said is None:
                if kernel is None or time.monotonic() >= self._ends:
                    break
                said = self._loop.run_until_complete(self._asked(kernel, arm, question))
                self._kept.add(place, said)
            found.append(said)
        if kernel is not None:
            self._loop.run_until_complete(kernel.close())
        return found

    def _kernel(self, arm: str) -> Kernel | None:
        if arm == "nearest":
            return NearestKernel(NEAREST_MIN)
        if not self._base_url or self._options.tables:
            return None
        settings = load_settings(
            self._options.answers.parent,
            environment={},
            kernel="openai",
            base_url=self._base_url,
            model=self._options.name,
            temperature=0.0,
        )
        return make_kernel(replace(settings, constraints=arm != "prompt alone"))

    async def _asked(self, kernel: Kernel, arm: str, question: Pair) -> Said:
        begin = time.perf_counter()
        count = EXPERT_TOPK if arm == "nearest" else SHOWN
        matches = rows_to_show(self._table, (question.text, ""), count, by_lines=False)
        rows = () if arm == "grammar, no rows" else tuple(match.row for match in matches)
        kind = "expert" if rows else "llm"
        request = Request(kind, question.text, task=TASK, rows=rows, form=COMMAND, max_tokens=LONGEST)
        answer = await kernel.answer(request)
        read = read_answer(answer.text, COMMAND)
        tokens = answer.usage.prompt_tokens + answer.usage.completion_tokens
        text = "" if answer.refused or isinstance(read, Outside) else read
        return Said(text, 0.0, tokens, answer.usage.calls, time.perf_counter() - begin)


def table(bench: _Bench) -> Iterator[str]:
    """The lines of the table: the whole record, and each field."""
    fields = [field.name for field in COMMAND.fields]
    yield f"| | right | 95 % | {' | '.join(fields)} | outside | tokens | seconds | n |"
    yield "|---" * (7 + len(fields)) + "|"
    for arm in ARMS:
        said = bench.answers(arm)
        if said:
            yield _line(arm, said, [json.loads(question.answer or "{}") for question in bench.questions])


def _line(arm: str, said: list[Said], truths: list[dict[str, object]]) -> str:
    values = [json.loads(each.text) if each.text else None for each in said]
    pairs = list(zip(values, truths, strict=False))
    right = [value == true for value, true in pairs]
    low, high = wilson(sum(right), len(right))
    names = (field.name for field in COMMAND.fields)
    shares = [mean(value is not None and value.get(name) == true.get(name) for value, true in pairs) for name in names]
    cells = [arm, f"{mean(right):.3f}", f"{low:.2f} to {high:.2f}", *(f"{share:.2f}" for share in shares)]
    cells += [f"{mean(value is None for value in values):.2f}", f"{mean(each.tokens for each in said):.0f}"]
    return f"| {' | '.join([*cells, f'{mean(each.seconds for each in said):.2f}', str(len(said))])} |"


def main() -> int:
    """Asks what is not kept yet and prints the table."""
    options = _options()
    if not options.data or missing(options.data):
        print(f"Skipped: --data names a folder with these public data sets:\n{SOURCES}")
        return 0
    assert all(fits(pair.answer or "", COMMAND) for pair in chosen(options.data, "dev", QUESTIONS))
    with model_server(options.model, options.base_url, options.threads) as base_url:
        print("\n".join(table(_Bench(options, base_url))))
    return 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.reality.extraction", description=__doc__)
    parser.add_argument("--data", type=Path, help="the folder of the data sets")
    parser.add_argument(
        "--answers", type=Path, default=Path("/tmp/hdsl-extraction.jsonl"), help="where answers are kept"
    )
    parser.add_argument("--base-url", default="", help="the address of an OpenAI-compatible server, with /v1")
    parser.add_argument("--model", type=Path, help="a GGUF file that a llama.cpp server is started with")
    parser.add_argument("--name", default="local", help="the model's name for the server")
    parser.add_argument("--threads", type=int, default=1, help="threads of the server that is started")
    parser.add_argument("--minutes", type=float, default=60.0, help="how long to ask; the next run goes on")
    parser.add_argument("--questions", type=int, default=QUESTIONS, help="at most so many")
    parser.add_argument("--tables", action="store_true", help="ask nobody, make the table of what is kept")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
