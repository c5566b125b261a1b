"""What is not let into a pool, nor out of it: secrets, and answers that the policy would not let be typed."""

import json
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial

from hdsl.capture.leaks import values_that_leak
from hdsl.ground.secrets import Redactor
from hdsl.policy.deciding import decide
from hdsl.policy.decision import Rules
from hdsl.policy.plain_lines import is_plain_line
from hdsl.pool.faults import PoolRefused
from hdsl.pool.rows import PooledRow
from hdsl.sessions.redaction import Scrubber

_LABELLED = re.compile(r"[^\s:]{1,40}:[ \t]*(?=\S)")
_BREAK = re.compile(r"(?<=\S)\r?\n(?=\S)")
_BLOCK = 1 << 19
"""Characters that betterleaks is given at once."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """A row that is not let through. `number`: its place among those that were looked at, from 0."""

    number: int
    row: PooledRow
    reason: str


class RowsRefused(PoolRefused):
    """Some of the rows that were to be published are refused, and nothing was published."""

    def __init__(self, refused: Sequence[Refusal]) -> None:
        first = refused[0]
        more = f" (and {len(refused) - 1} more are refused)" if len(refused) > 1 else ""
        super().__init__(f"row {first.number + 1} of what is published, of {first.row.table}: {first.reason}{more}")
        self.refused = refused


def refused_in(rows: Sequence[PooledRow], rules: Rules) -> list[Refusal]:
    """The rows that have a secret, or a value that the policy would deny to type: each once, in their order."""
    found = {each.number: each for each in (*denied_in(rows, rules), *secrets_in(rows))}
    return [found[number] for number in sorted(found)]


def secrets_in(rows: Sequence[PooledRow]) -> list[Refusal]:
    """The rows that have a secret in any of their texts. The reasons do not repeat it."""
    texts = ["\n \n".join(_texts(row)) for row in rows]
    leaked = Redactor(value for block in _blocks(texts) for value in values_that_leak(block))
    scrub = Scrubber(texts)
    found = []
    for number, (row, text) in enumerate(zip(rows, texts, strict=True)):
        if _shows(scrub, leaked, text):
            columns = (name for name in _COLUMNS if _shows(scrub, leaked, getattr(row, name)))
            where = next(columns, "texts, taken together")
            found.append(Refusal(number, row, f"its {where} has a secret"))
    return found


def has_secret(*texts: str) -> bool:
    """Whether texts have a secret."""
    together = "\n".join(texts)
    return Scrubber([together])(together) != together or next(values_that_leak(together), None) is not None


def denied_in(rows: Iterable[PooledRow], rules: Rules) -> list[Refusal]:
    """The rows whose value the policy would deny to type."""
    found, why_denied = [], denial(rules)
    for number, row in enumerate(rows):
        reason = why_denied(row.value)
        if reason is not None:
            found.append(Refusal(number, row, reason))
    return found


def denial(rules: Rules) -> Callable[[str], str | None]:
    """What tells why a value must not be typed, in a few words; None where it may.

    A label before it, and the quotes of a record around it, make no difference: what is behind and inside may be typed.
    Rules that deny whatever they do not name are not asked for that: most answers are not commands.
    """
    return partial(_why_denied, replace(rules, default="allow", yes=False))


def _why_denied(rules: Rules, value: str) -> str | None:
    for text in _typed(value):
        if not rules.deny and not rules.ask and is_plain_line(text):
            continue
        decision = decide(text, rules)
        if decision.mode == "deny":
            return f"the policy denies to type its value: {decision.reason} ({decision.rule})"
    return None


_COLUMNS = ("query", "key", "value", "source", "licence", "table")


def _texts(row: PooledRow) -> tuple[str, ...]:
    return tuple(getattr(row, name) for name in _COLUMNS)


def _shows(scrub: Scrubber, leaked: Redactor, text: str) -> bool:
    """Whether a text shows a secret, also one that is cut by a line break, as screens do."""
    if scrub(text) != text or leaked(text) != text:
        return True
    flat = _BREAK.sub("", text) if "\n" in text else text
    return flat is not text and scrub(flat) != flat


def _blocks(texts: Iterable[str]) -> Iterator[str]:
    block: list[str] = []
    size = 0
    for text in texts:
        if size + len(text) > _BLOCK and block:
            yield "\n".join(block)
            block, size = [], 0
        block.append(text)
        size += len(text)
    yield "\n".join(block)


def _typed(value: str) -> Iterator[str]:
    yield value
    label = _LABELLED.match(value)
    if label is not None:
        yield value[label.end() :]
    if value.startswith(("{", "[", '"')):
        try:
            yield from _strings(json.loads(value))
        except (ValueError, RecursionError):
            return


def _strings(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for each in value.values():
            yield from _strings(each)
    elif isinstance(value, list):
        for each in value:
            yield from _strings(each)
