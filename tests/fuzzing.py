"""Inputs of all kinds for the checker, one a seed, and what must hold of each: an answer, in time, the same again."""

import signal
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random
from types import FrameType

from hdsl.check.checker import Checker
from hdsl.check.library import library
from hdsl.check.project import Project, source_of
from hdsl.check.render import human, json
from hdsl.check.report import Report
from hdsl.syntax.parsed import Parsed
from hdsl.syntax.parser import parse
from hdsl.syntax.source import Source
from tests.check.faults import FAULTS
from tests.check.texts import LOOP, REPLY, TWICE
from tests.generators import KEYWORDS, NAMES, STRAY, STRINGS, mutant, program
from tests.sources import repository_sources
from tests.typed_programs import typed_program

SECONDS = 2.0
"""No input may take longer."""

SMALL = 3000
"""Texts of the repository up to this length are mutated; longer ones only make each of many inputs slow."""

_TOKENS = (*KEYWORDS, *NAMES, *STRINGS, *STRAY, "text[1]", "session[1, T]", "hdsl 1", "\n", "\n  ", "0", "-3", "1.5")


class TooSlow(BaseException):
    """An input took too long. Not an Exception: whoever catches those must not catch this one."""


class Fuzzer:
    """Makes the input of a seed and looks at what the checker makes of it."""

    def __init__(self) -> None:
        self._texts = [LOOP, REPLY + TWICE, *(text for _, text in repository_sources() if len(text) <= SMALL)]
        kinds = [self._mutant, self._mutant, self._faults, self._spliced, self._tokens, self._characters, self._bytes]
        self._kinds: list[Callable[[Random], str | bytes]] = [*kinds, self._program, self._deep, self._cut]

    def content(self, seed: int) -> bytes:
        """The input of a seed."""
        random = Random(seed)
        made = random.choice(self._kinds)(random)
        return made if isinstance(made, bytes) else made.encode("utf-8", "surrogatepass")

    def trouble(self, seed: int) -> str:
        """What is wrong with the answer to the input of a seed; empty where nothing is."""
        content = self.content(seed)
        try:
            with _in_time(2 * SECONDS):
                first, again = answer(content), answer(content)
        except TooSlow:
            return f"took more than {SECONDS} s"
        except Exception:
            return traceback.format_exc()
        return "" if first == again else "two answers differ"

    # Kinds of inputs

    def _text(self, random: Random) -> str:
        if random.random() < 0.1:
            return typed_program(random, random.randint(1, 3), random.randint(1, 6))
        return random.choice(self._texts)

    def _mutant(self, random: Random) -> str:
        text = self._text(random)
        for _ in range(random.randint(1, 4)):
            text = mutant(text, random)
        return text

    def _faults(self, random: Random) -> str:
        text = self._text(random)
        for name in random.choices(sorted(FAULTS), k=random.randint(1, 8)):
            text = FAULTS[name](text, random) or text
        return text

    def _spliced(self, random: Random) -> str:
        one, other = self._text(random), self._text(random)
        return one[: random.randint(0, len(one))] + other[random.randint(0, len(other)) :]

    def _cut(self, random: Random) -> str:
        text = self._text(random)
        start = random.randint(0, len(text))
        return text[start : random.randint(start, len(text))]

    def _tokens(self, random: Random) -> str:
        head = random.choice(("", "hdsl 1\n", "hdsl 1\nharness h(x: text[1]) -> text[1] {\n  "))
        return head + random.choice((" ", "", "\n")).join(random.choices(_TOKENS, k=random.randint(0, 60)))

    def _characters(self, random: Random) -> str:
        ranges = (
            range(0x20, 0x7F),
            range(0x250),
            range(0x2000, 0x2070),
            range(0x4E00, 0x4E80),
            range(0x1F600, 0x1F640),
        )
        length = random.randint(0, 200)
        return "".join(chr(random.choice(random.choice(ranges))) for _ in range(length))

    def _bytes(self, random: Random) -> bytes:
        if random.random() < 0.5:
            return random.randbytes(random.randint(0, 200))
        content = bytearray(self._text(random).encode())
        for _ in range(random.randint(1, 5)):
            content[random.randrange(len(content))] = random.randrange(256)
        return bytes(content)

    def _program(self, random: Random) -> str:
        text = program(random)
        return mutant(text, random) if random.random() < 0.5 else text

    def _deep(self, random: Random) -> str:
        opening, closing = random.choice((("(", ")"), ("[", "]"), ("{", "}"), ('"', '"'), ("a.", ""), ("#", "\n")))
        depth = random.randint(1, 300)
        at = random.choice((" = llm(message)", "text[1]", "return answer", "hdsl 1"))
        return REPLY.replace(at, at + opening * depth + closing * random.choice((0, depth)), 1)


def answer(content: bytes) -> str:
    """All that the checker says of a content, as a file of its own in a folder that is not there."""
    report = Report()
    checker = Checker(report, library(), _OneFile(report, content))
    checker.check(Path("nowhere/main.hg"), "main.hg")
    found = checker.judged()
    for diagnostic in found:
        text = diagnostic.place.source.text
        if not 0 <= diagnostic.place.span.start <= diagnostic.place.span.end <= len(text):
            raise AssertionError(f"{diagnostic.code} stands outside of its text")
        if not diagnostic.message.endswith("."):
            raise AssertionError(f"{diagnostic.code} is not a sentence: {diagnostic.message!r}")
    shown = human.render(found, ["main.hg"]) + json.render(found, ["main.hg"])
    shown.encode("utf-8")
    return shown


class _OneFile(Project):
    """One file that is not on disk."""

    def __init__(self, report: Report, content: bytes) -> None:
        super().__init__(report)
        self._content = content

    def read(self, path: Path, shown: str) -> tuple[Source, Parsed] | None:
        """The content as a text, and its tree."""
        if shown != "main.hg":
            return super().read(path, shown)
        source = source_of(self._content, shown, self.report)
        return None if source is None else (source, parse(source.text))


@contextmanager
def _in_time(seconds: float) -> Iterator[None]:
    def stop(number: int, frame: FrameType | None) -> None:
        raise TooSlow

    before = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
