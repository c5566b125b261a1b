"""Frames: texts between tags that occur in none of the texts, so that data cannot end its frame and speak as we do."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import count

from hdsl.kernel.request import Correction, Request, Row, Turn
from hdsl.retrieval.tokens import tokens
from hdsl.tensor.frames import split_frames

NAMES = (
    *("goal", "turn", "step", "cause", "when", "example", "query", "key", "value", "input", "part"),
    *("text", "actual", "expected", "wrong", "examples", "trajectory", "task"),
)


@dataclass(frozen=True, slots=True)
class Frames:
    """Frames whose names end in `suffix`."""

    suffix: str

    @classmethod
    def around(cls, texts: Iterable[str], names: Sequence[str] = NAMES) -> "Frames":
        """Frames that none of the texts can close."""
        closing = [text for text in texts if "</" in text]
        if not closing:
            return cls("")
        suffixes = (f"-{number}" if number else "" for number in count())
        return cls(
            next(
                suffix
                for suffix in suffixes
                if not any(f"</{name}{suffix}>" in text for name in names for text in closing)
            )
        )

    def frame(self, name: str, text: str, note: str = "") -> str:
        """A text in its frame."""
        return f"<{name}{self.suffix}{note}>\n{text}\n</{name}{self.suffix}>"

    def example(self, row: Row, query: str) -> str:
        """A row of an experience, with the words that it is found by."""
        parts = (("query", query), ("key", self.merged(row.key)), ("value", row.value))
        return self.frame("example", "\n".join(self.frame(name, text) for name, text in parts if text))

    def merged(self, text: str) -> str:
        """A text; one that `merge` made of several as numbered parts, without its bookkeeping."""
        parts = merged_parts(text)
        return "\n".join(self.frame("part", part, f' number="{n}"') for n, part in enumerate(parts, 1)) or text

    def turns(self, request: Request) -> Iterator[str]:
        """The earlier turns, those of an inner loop inside the turn of the outer loop that it is in."""
        depth = max([len(request.positions), *(turn.loop + 1 for turn in request.trajectory)])
        yield from self._loop(request, 0, depth)

    def _loop(self, request: Request, loop: int, depth: int) -> Iterator[str]:
        positions = request.positions
        of = f' of="{positions[loop].turns}"' if loop < len(positions) else ""
        own = [turn for turn in request.trajectory if turn.loop == loop]
        yield from (self._turn(number, of, turn) for number, turn in enumerate(own, 1))
        if loop + 1 < depth and (inner := list(self._loop(request, loop + 1, depth))):
            yield self.frame("turn", "\n".join(inner), f' number="{len(own) + 1}"{of} result="not yet"')

    def _turn(self, number: int, of: str, turn: Turn) -> str:
        parts = [
            self.frame("step", self.merged(step.text), f' name="{step.name}"{" failed" if step.failed else ""}')
            for step in turn.steps
            if step.text.strip() and step.text.strip() != turn.text.strip()
        ]
        parts.append(self.merged(turn.text))
        if turn.failed and turn.cause:
            parts.append(self.frame("cause", turn.cause))
        # Whether anything has judged a turn that did not fail is not known.
        result = ' result="failed"' if turn.failed else ""
        return self.frame("turn", "\n".join(parts), f' number="{number}"{of}{result}')

    def correction(self, correction: Correction) -> Iterator[str]:
        """The text, and what is known of what came of it; what came out may be empty, and is shown all the same."""
        yield self.frame("text", correction.text)
        if correction.role != "merge" and correction.expected:
            yield self.frame("actual", correction.actual)
        yield from (self.frame("expected", text) for text in correction.expected)
        if correction.advice:
            yield self.frame("wrong", correction.advice)


@lru_cache(maxsize=1024)
def telling_query(row: Row) -> str:
    """The words that a row is found by, as far as key and value do not say them all."""
    return row.query if tokens(row.query) - tokens(row.key) - tokens(row.value) else ""


def merged_parts(text: str) -> list[str]:
    """The texts that `merge` put together; none where it was not `merge` that made the text."""
    try:
        return [frame.content for frame in split_frames(text)]
    except ValueError:
        return []
