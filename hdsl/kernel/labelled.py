"""The lenient reader of labels, for answers whose type nothing has enforced.

A model answers `Billing.`, `**billing**`, `The answer is billing.`, or `billing` and why, and means the label.
What names two labels, or names one in passing, is outside the type: nobody guesses.
"""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from hdsl.ground.labels import LISTED, label_of
from hdsl.structure.reading import NotOfStructure, read_leniently
from hdsl.structure.structures import Choice, OneOf, Structure

_QUOTES = "\"'“”„‘’«»"
_OPEN = rf"[*_~`{_QUOTES}(\[{{<]*"
_CLOSE = rf"[*_~`{_QUOTES})\]}}>]*"
_FENCE = re.compile(r"\A```[^\n`]*\n(.*?)\n?```\s*\Z", re.DOTALL)
_TAGGED = re.compile(r"\A<([a-z][\w-]*)>(.*)</\1>\Z", re.DOTALL | re.IGNORECASE)
_BOXED = re.compile(r"\A\$*\\boxed\{(?:\\text\{)?(.*?)\}{1,2}\$*\.?\Z", re.DOTALL)
_PAIRS = (
    ("**", "**"),
    ("__", "__"),
    ("*", "*"),
    ("_", "_"),
    ("`", "`"),
    ('"', '"'),
    ("'", "'"),
    ("“", "”"),
    ("„", "“"),
)
_MORE_PAIRS = (("‘", "’"), ("«", "»"), ("(", ")"), ("[", "]"))
_MARK = re.compile(r"\A(?:#{1,6}\s+|>\s*|[-*•–]\s+|\d{1,3}[.)]\s+)")
_INTRODUCED = (
    r"(?:\b(?:is|are|be|was|as|to|under|into|choose|pick|select|say|answer|label|category|class|intent|option)\s+"
    r"|[:=→⇒][*_`]*\s*|->\s*)(?:(?:the|a|an|my|our)\s+)?"
)
_AT_LINE_START = r"(?:^|\n)[ \t]*(?:#{1,6}[ \t]+|>[ \t]*|[-*•–][ \t]+|\d{1,3}[.)][ \t]+)?"
_ENDS = r"[ \t]*(?:\Z|\n|[.,;:!–—(]|-\s|(?:because|since|as|is the|is my)\b)"
_KIND = r"(?:[ \t]+(?:category|label|desk|class|intent|type|department|team|option))?"
_ANNOUNCED = r"(?:(?:the|my)\s+)?(?:(?:best|right|correct|final|next)\s+)?(?:answer|action|label|output|step|decision)"
_NEGATION = re.compile(
    r"\b(?:not|never|neither|nor|cannot|without|except|unless|rather than|instead of)\b|n['’]t\b", re.IGNORECASE
)
_SENTENCE = re.compile(r"[.!?\n]")
_SPACE = re.compile(r"[\s_-]+")
_SHOWN = 60


@dataclass(frozen=True, slots=True)
class Outside:
    """Why an answer is outside its type, as a clause that goes on from "the answer"."""

    reason: str


def read_label(text: str, labels: Sequence[str]) -> str | Outside:
    """The answer that a text means, with its label as the type writes it; a text that carries one exactly is itself."""
    if label_of(text, labels) is not None:
        return text
    bare = _undressed(text)
    reader = _reader(tuple(labels))
    return reader.carried(bare) or reader.alone(bare) or reader.in_prose(bare)


def label_reader(text: str, labels: Sequence[str]) -> str:
    """`read_label` for readers of what has labels in it. Raises NotOfStructure."""
    found = read_label(text, labels)
    if isinstance(found, Outside):
        raise NotOfStructure(found.reason)
    return found


def read_answer(text: str, structure: Structure) -> str | Outside:
    """The answer that a text means, as its type writes it."""
    if isinstance(structure, OneOf):
        return _read_whole(text, structure.texts)
    if isinstance(structure, Choice) and not structure.has_records:
        return read_label(text, structure.texts)
    try:
        return read_leniently(text, structure, label_reader)
    except NotOfStructure as error:
        return Outside(str(error))


def _read_whole(text: str, known: Sequence[str]) -> str | Outside:
    """The one of some texts that an answer repeats, whatever stands around all of it: nobody guesses which is meant."""
    by_words = {each.strip(): each for each in known}
    before, text = "", text.strip()
    while text not in by_words and text and text != before:
        before, text = text, _undressed_once(text).strip()
    return by_words.get(text, Outside(f"is none of the {len(known)} that it may be"))


class _Reader:
    """What is made once of the labels of a type."""

    def __init__(self, labels: tuple[str, ...]) -> None:
        self._labels = labels
        self._exact: dict[str, list[str]] = {}
        for label in labels:
            if not label.endswith(":"):
                self._exact.setdefault(_key(label), []).append(label)
        self._carriers: dict[str, list[str]] = {}
        for label in labels:
            if label.endswith(":"):
                self._carriers.setdefault(_key(label[:-1]), []).append(label)
        names = sorted((label.removesuffix(":") for label in labels), key=len, reverse=True)
        self._mention = re.compile(
            rf"(?<!\w)(?<!\w-)(?:{'|'.join(map(_loosely, names))})(?![\w])(?!-\w)(?!['’]\w)", re.IGNORECASE
        )
        carriers = "|".join(
            _loosely(label[:-1]) for label in sorted(labels, key=len, reverse=True) if label[-1:] == ":"
        )
        self._begin = re.compile(
            rf"\A{_OPEN}(?:{_ANNOUNCED}\s*(?:is|:|=)\s*)?{_OPEN}(?P<name>{carriers}){_CLOSE}[ \t]?:(?P<close>{_CLOSE})",
            re.IGNORECASE,
        )

    def alone(self, bare: str) -> str | None:
        """The label that a text is, but for case, separators and a point behind it."""
        found = self._exact.get(_key(_undressed(bare.rstrip(".,;:! "))), [])
        return found[0] if len(found) == 1 else None

    def carried(self, bare: str) -> str | Outside | None:
        """The label with which a text begins, and the free text behind it; None where it begins with none."""
        if not self._carriers or (begun := self._begin.match(bare)) is None:
            return None
        found = self._carriers.get(_key(begun["name"]), [])
        if len(found) != 1:
            return None
        rest = bare[begun.end("close") :] if begun["close"].strip(_QUOTES) else bare[begun.start("close") :]
        for line in rest.split("\n")[1:]:
            other = label_of(line, self._labels)
            if other is not None and other != found[0]:
                return Outside(_two(found[0], other))
        return found[0] + rest

    def in_prose(self, text: str) -> str | Outside:
        """The one label that a text names as its answer."""
        found: dict[str, list[re.Match[str]]] = {}
        for match in self._mention.finditer(text):
            for label in self._named(match[0]):
                found.setdefault(label, []).append(match)
        if len(found) > 1:
            one, other, *_ = found
            return Outside(_two(one, other))
        for label, matches in found.items():
            if label.endswith(":"):
                return Outside(f'does not begin with the label "{label}" and go on with what belongs to it')
            if any(self._is_negated(text, match) for match in matches):
                return Outside(f'says what it is not: "{label}"')
            if any(self._is_the_answer(text, match) for match in matches):
                return label
            return Outside(f'names the label "{label}" in passing')
        return Outside(f"carries none of the labels {_listed(self._labels)}")

    def _named(self, words: str) -> list[str]:
        key = _key(words)
        both = [*self._exact.get(key, ()), *self._carriers.get(key, ())]
        same = [label for label in both if label == words]
        return same or both

    def _is_negated(self, text: str, match: re.Match[str]) -> bool:
        begin = max((at.end() for at in _SENTENCE.finditer(text, 0, match.start())), default=0)
        end = _SENTENCE.search(text, match.end())
        rest = text[match.end() : end.start() if end else len(text)]
        asks = end is not None and end[0] == "?"
        return asks or bool(_NEGATION.search(f"{text[begin : match.start()]} {rest}"))

    def _is_the_answer(self, text: str, match: re.Match[str]) -> bool:
        before, after = text[: match.start()], text[match.end() :]
        if re.search(rf"(?:\*\*|`){_QUOTE}\Z", before) and re.match(rf"{_QUOTE}[.:]?(?:\*\*|`)", after):
            return True
        if not re.match(rf"{_CLOSE}{_KIND}{_CLOSE}{_ENDS}", after, re.IGNORECASE):
            return False
        if re.search(rf"{_INTRODUCED}{_OPEN}\Z", before, re.IGNORECASE):
            return True
        begins = re.search(rf"{_AT_LINE_START}{_OPEN}\Z", before)
        is_whole_line = re.match(rf"{_CLOSE}[ \t]*[.!]?{_CLOSE}[ \t]*(?:\Z|\n)", after)
        return begins is not None and (not before[: begins.start()].strip() or is_whole_line is not None)


_QUOTE = f"[{_QUOTES}]?"


@lru_cache(maxsize=64)
def _reader(labels: tuple[str, ...]) -> _Reader:
    return _Reader(labels)


def _undressed(text: str) -> str:
    """A text without what stands around all of it: fences, tags, quotation marks, emphasis, a mark of a list, JSON."""
    while True:
        text = text.strip()
        found = _undressed_once(text)
        if found == text or not found.strip():
            return text
        text = found


def _undressed_once(text: str) -> str:
    for pattern, group in ((_FENCE, 1), (_TAGGED, 2), (_BOXED, 1)):
        if whole := pattern.match(text):
            return whole[group]
    for opening, closing in (*_PAIRS, *_MORE_PAIRS):
        inner = text[len(opening) : len(text) - len(closing)]
        if text.startswith(opening) and text.endswith(closing) and inner and closing not in inner:
            return inner
    if text.startswith(("{", '"')) and (said := _only_text(text)) is not None:
        return said
    return _MARK.sub("", text) if "\n" not in text else text


def _only_text(text: str) -> str | None:
    """The text that JSON holds: itself, or the one field of an object."""
    try:
        value = json.loads(text, strict=False)
    except (ValueError, RecursionError):
        return None
    held = list(value.values()) if isinstance(value, dict) else [value]
    return held[0] if len(held) == 1 and isinstance(held[0], str) else None


def _key(label: str) -> str:
    """What is the same in labels that are told apart by case and separators alone."""
    return _SPACE.sub(" ", label.casefold()).strip()


def _loosely(label: str) -> str:
    """A pattern of the label with any separators."""
    return r"[\s_-]+".join(re.escape(part) for part in _SPACE.split(label.strip()) if part) or re.escape(label)


def _two(one: str, other: str) -> str:
    return f'names more than one label: "{one[:_SHOWN]}" and "{other[:_SHOWN]}"'


def _listed(labels: Sequence[str]) -> str:
    shown = ", ".join(map(repr, labels[:LISTED]))
    return shown if len(labels) <= LISTED else f"{shown} and {len(labels) - LISTED:,} more"
