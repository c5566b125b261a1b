"""The tokens of a table's rows as numbers, and those of large tables kept on disk, as making them takes long.

A file of the user's cache holds the tokens, the numbers of the tokens of each row, and for each block of rows a digest
of the texts these were made from, and of what made them. A block with another digest is tokenized again, so a file can
be stale but never wrong. It begins with the hash of the rest: a damaged one is ignored, and written anew. It is named
after the digest of the first block, so that a table is found again wherever it lies.
"""

import json
import os
import sys
from array import array
from collections.abc import Callable, Iterator, Sequence, Set
from contextlib import suppress
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from unicodedata import unidata_version

import numpy as np
import numpy.typing as npt

import hdsl.retrieval.tokens
from hdsl.ground.files import PRIVATE_FILE, make_private_folder, read_regular, write_atomically
from hdsl.ground.resources import cache_folder

Analysis = Callable[[str], Set[str]]
Numbers = npt.NDArray[np.int32]

FEWEST_KEPT = 16_384
"""Rows; fewer are tokenized in less than half a second."""

BLOCK = 1_024
"""Rows that are tokenized again when one of them has changed."""

LARGEST_FILE = 256 * 1024 * 1024
LARGEST_FOLDER = 512 * 1024 * 1024
"""Bytes; the longest unused files go first."""

_RENEWED_SHARE = 16
"""A file is written anew when more than one of so many blocks had to be tokenized."""

_FORMAT = "1"
_INTEGER = np.dtype("<i4")
_SEAL = 32


@dataclass(frozen=True, slots=True)
class RowTokens:
    """All tokens, how many of them each row has, and the numbers of those of all rows, one row after another."""

    names: Sequence[str]
    counts: Numbers
    numbers: Numbers


@dataclass(frozen=True, slots=True)
class _Kept:
    """What a file holds."""

    tokens: RowTokens
    digests: Sequence[str]


def tokens_of_rows(texts: Sequence[str], analyze: Analysis) -> RowTokens:
    """The tokens of the texts that rows are found by, made anew."""
    names = _Names()
    counts, numbers = _analyzed(texts, analyze, names)
    return RowTokens(list(names), counts, numbers)


def kept_tokens_of_rows(texts: Sequence[str], analyze: Analysis) -> RowTokens:
    """The same, of large tables as far as they were kept, and kept for the next process.

    `analyze` is known by its name, and by the code of `hdsl.retrieval.tokens`.
    """
    if len(texts) < FEWEST_KEPT:
        return tokens_of_rows(texts, analyze)
    digests = list(_digests(texts, analyze))
    try:
        folder = cache_folder() / "rows"
        make_private_folder(folder)
    except (OSError, RuntimeError):  # RuntimeError: there is no home
        return tokens_of_rows(texts, analyze)
    path = folder / f"{digests[0]}.tokens"
    kept = _read(path)
    if kept is None:
        made, renewed = tokens_of_rows(texts, analyze), len(digests)
    else:
        made, renewed = _completed(kept, texts, digests, analyze)
    with suppress(OSError):
        if renewed * _RENEWED_SHARE > len(digests):
            _write(path, _Kept(made, digests))
        else:
            os.utime(path)
    return made


class _Names(dict[str, int]):
    """A number for each token, in the order in which they are first asked for."""

    def __missing__(self, token: str) -> int:
        self[token] = len(self)
        return self[token]


def _analyzed(texts: Sequence[str], analyze: Analysis, names: _Names) -> tuple[Numbers, Numbers]:
    """The counts and the numbers of some rows."""
    counts, numbers = array("i"), array("i")
    for text in texts:
        found_by = analyze(text) if text else ()
        counts.append(len(found_by))
        numbers.extend(map(names.__getitem__, found_by))
    return np.array(counts, dtype=np.int32), np.array(numbers, dtype=np.int32)


def _completed(kept: _Kept, texts: Sequence[str], digests: Sequence[str], analyze: Analysis) -> tuple[RowTokens, int]:
    """The tokens of the rows with what was kept of them, and how many blocks had to be made."""
    names = _Names((token, number) for number, token in enumerate(kept.tokens.names))
    ends = np.concatenate([[0], np.cumsum(kept.tokens.counts, dtype=np.int64)])
    places = {digest: number * BLOCK for number, digest in enumerate(kept.digests)}
    parts, made = [], 0
    for number, digest in enumerate(digests):
        if digest in places:
            first = places[digest]
            last = min(first + BLOCK, len(kept.tokens.counts))
            parts.append((kept.tokens.counts[first:last], kept.tokens.numbers[ends[first] : ends[last]]))
        else:
            parts.append(_analyzed(texts[number * BLOCK : (number + 1) * BLOCK], analyze, names))
            made += 1
    counts, numbers = (np.concatenate(arrays) for arrays in zip(*parts, strict=True))
    return _without_unused(RowTokens(list(names), counts, numbers)), made


def _without_unused(tokens: RowTokens) -> RowTokens:
    used = np.bincount(tokens.numbers, minlength=len(tokens.names)) > 0
    if used.all():
        return tokens
    names = [name for name, is_used in zip(tokens.names, used.tolist(), strict=True) if is_used]
    renumbered = (np.cumsum(used) - 1).astype(np.int32)
    return RowTokens(names, tokens.counts, renumbered[tokens.numbers])


def _digests(texts: Sequence[str], analyze: Analysis) -> Iterator[str]:
    """A digest for each block: of its texts, and of what makes tokens of them."""
    code = Path(hdsl.retrieval.tokens.__file__).read_bytes()
    analysis = f"{_FORMAT} {analyze.__module__}.{analyze.__qualname__} {unidata_version} {sys.version}"
    begun = sha256(code + analysis.encode())
    for first in range(0, len(texts), BLOCK):
        digest = begun.copy()
        digest.update(json.dumps(texts[first : first + BLOCK]).encode())
        yield digest.hexdigest()


def _read(path: Path) -> _Kept | None:
    """What a file holds; None where there is none that is whole."""
    try:
        content = read_regular(path, LARGEST_FILE)
        if content[:_SEAL] != sha256(memoryview(content)[_SEAL:]).digest():
            return None
        end = content.index(b"\n", _SEAL)
        header = json.loads(content[_SEAL:end])
        integers = np.frombuffer(content, dtype=_INTEGER, offset=end + 1).astype(np.int32)
        rows = int(header["rows"])
        kept = _Kept(RowTokens(header["names"], integers[:rows], integers[rows:]), header["digests"])
        return kept if _is_consistent(kept) else None
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _is_consistent(kept: _Kept) -> bool:
    counts, numbers = kept.tokens.counts, kept.tokens.numbers
    return (
        len(kept.digests) == -(-len(counts) // BLOCK)
        and int(counts.min(initial=0)) >= 0
        and int(counts.sum(dtype=np.int64)) == len(numbers)
        and int(numbers.min(initial=0)) >= 0
        and int(numbers.max(initial=-1)) < len(kept.tokens.names)
    )


def _write(path: Path, kept: _Kept) -> None:
    header = {"rows": len(kept.tokens.counts), "digests": list(kept.digests), "names": list(kept.tokens.names)}
    arrays = (array.astype(_INTEGER).tobytes() for array in (kept.tokens.counts, kept.tokens.numbers))
    content = b"".join((json.dumps(header).encode(), b"\n", *arrays))
    if len(content) + _SEAL <= LARGEST_FILE:
        _make_room(path, len(content) + _SEAL)
        write_atomically(path, sha256(content).digest() + content, mode=PRIVATE_FILE)


def _make_room(path: Path, size: int) -> None:
    """Removes the longest unused files until one of this size fits."""
    others = []
    for other in path.parent.iterdir():
        with suppress(FileNotFoundError):
            found = other.lstat()
            others.append((found.st_mtime, found.st_size, other))
    left = sum(taken for _, taken, other in others if other != path)
    for _, taken, other in sorted(others):
        if left + size <= LARGEST_FOLDER:
            return
        if other != path:
            other.unlink(missing_ok=True)
            left -= taken
