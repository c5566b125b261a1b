"""The tokens of large tables are kept on disk: the same as made anew, whatever became of the table or of the file."""

import json
import os
import random
from collections.abc import Callable, Iterator
from hashlib import sha256
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hdsl.kernel.request import Row
from hdsl.ops.rows import nearest_rows
from hdsl.retrieval import row_tokens
from hdsl.retrieval.index import RowIndex
from hdsl.retrieval.row_tokens import BLOCK, RowTokens, kept_tokens_of_rows
from hdsl.retrieval.tokens import tokens
from hdsl.storage.pack import Pack
from hdsl.storage.store import Entry
from hdsl.tensor.make import filled_tensor

ROWS = 4 * BLOCK
"""Fewer than what is kept else: large tables take long to make."""


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr(row_tokens, "FEWEST_KEPT", ROWS)
    return tmp_path / "cache" / "hdsl" / "rows"


def texts_of(count: int, name: str = "w") -> list[str]:
    return [f"{name}{number % 7} n{number}" for number in range(count)]


def by_row(found: RowTokens) -> Iterator[frozenset[str]]:
    first = 0
    for count in found.counts.tolist():
        yield frozenset(found.names[number] for number in found.numbers[first : first + count].tolist())
        first += count


def kept(texts: list[str]) -> list[str]:
    """The texts that tokens were made of, after a look at whether all tokens are right."""
    asked = []

    def analyze(text: str) -> frozenset[str]:
        asked.append(text)
        return tokens(text)

    found = kept_tokens_of_rows(texts, analyze)
    assert list(by_row(found)) == [tokens(text) for text in texts]
    assert set(found.names) == set().union(*map(tokens, texts))
    return asked


def test_a_table_is_tokenized_once(cache: Path) -> None:
    texts = texts_of(ROWS + 5)
    assert kept(texts) == texts
    assert kept(texts) == []
    (file,) = cache.iterdir()
    assert file.stat().st_mode & 0o777 == 0o600
    assert cache.stat().st_mode & 0o777 == 0o700


def test_small_tables_are_not_kept(cache: Path) -> None:
    assert kept(texts_of(50)) == kept(texts_of(50)) == texts_of(50)
    assert not cache.exists()


def test_only_the_blocks_that_changed_are_tokenized_again(cache: Path) -> None:
    texts = texts_of(ROWS + 5)
    kept(texts)
    texts[3 * BLOCK + 1] = "changed w1"
    texts += ["appended"]
    last = len(texts) // BLOCK * BLOCK
    assert kept(texts) == texts[3 * BLOCK : 4 * BLOCK] + texts[last:]


def test_what_made_the_tokens_is_part_of_what_they_were_made_from(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    texts = texts_of(ROWS)
    kept(texts)
    monkeypatch.setattr(row_tokens, "unidata_version", "0.0")
    assert kept(texts) == texts


CHANGES = st.lists(
    st.tuples(st.sampled_from(["edit", "empty", "insert", "cut", "swap blocks"]), st.integers(0, ROWS - 1)),
    min_size=1,
    max_size=6,
)


@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(CHANGES, CHANGES)
def test_the_index_of_a_table_that_changed_is_as_if_made_anew(
    cache: Path, some: list[tuple[str, int]], more: list[tuple[str, int]]
) -> None:
    rows = [Row(text, "", "x") for text in texts_of(ROWS + 3 * BLOCK)]
    for changes in ([], some, more):
        for kind, at in changes:
            match kind:
                case "edit":
                    rows[at] = Row(f"edited w1 e{at}", "", "x")
                case "empty":
                    rows[at] = Row("", "", "")
                case "insert":
                    rows.insert(at, Row("", f"inserted w2 i{at}", "x"))
                case "cut" if len(rows) > ROWS:
                    del rows[-(len(rows) - ROWS) // 2 :]
                case "swap blocks":
                    rows[:BLOCK], rows[BLOCK : 2 * BLOCK] = rows[BLOCK : 2 * BLOCK], rows[:BLOCK]
        index, anew = RowIndex(rows, keep=True), RowIndex(rows)
        source = random.Random(len(rows))
        for _ in range(5):
            query = frozenset(["w1", f"n{source.randrange(len(rows))}", f"e{source.choice(changes or [('', 0)])[1]}"])
            assert index.select(query, 9) == anew.select(query, 9)


def _sealed(content: bytes) -> bytes:
    return sha256(content).digest() + content


def _forged(content: bytes, **header: object) -> bytes:
    first, _, arrays = content[32:].partition(b"\n")
    return _sealed(json.dumps({**json.loads(first), **header}).encode() + b"\n" + arrays)


DAMAGES: dict[str, Callable[[bytes], bytes]] = {
    "empty": lambda content: b"",
    "cut": lambda content: content[:-4],
    "a byte": lambda content: content[:-9] + bytes([content[-9] ^ 1]) + content[-8:],
    "a seal alone": lambda content: _sealed(b""),
    "not JSON": lambda content: _sealed(b"x" + content[33:]),
    "another shape": lambda content: _sealed(b"[]\n"),
    "half a number": lambda content: _sealed(content[32:] + b"x"),
    "too few names": lambda content: _forged(content, names=["w1"]),
    "more rows": lambda content: _forged(content, rows=10**9),
    "fewer rows": lambda content: _forged(content, rows=2),
    "no digests": lambda content: _forged(content, digests=[]),
    "names that are none": lambda content: _forged(content, names=5),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_file_is_ignored_and_replaced(damage: str, cache: Path) -> None:
    texts = texts_of(ROWS)
    kept(texts)
    (file,) = cache.iterdir()
    whole = file.read_bytes()
    file.write_bytes(DAMAGES[damage](whole))
    assert kept(texts) == texts
    assert kept(texts) == []


def test_a_pipe_in_the_place_of_the_file_is_not_waited_for(cache: Path) -> None:
    texts = texts_of(ROWS)
    kept(texts)
    (file,) = cache.iterdir()
    file.unlink()
    os.mkfifo(file)
    assert kept(texts) == texts


def test_without_a_place_to_keep_them_tokens_are_made_anew(cache: Path) -> None:
    cache.parent.parent.write_text("a file where the folder should be")
    texts = texts_of(ROWS)
    assert kept(texts) == kept(texts) == texts


def test_what_is_kept_is_bounded_and_the_longest_unused_goes_first(
    cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second, third = (texts_of(ROWS, name) for name in ("a", "b", "c"))
    kept(first)
    (file,) = cache.iterdir()
    size = file.stat().st_size
    os.utime(file, (1, 1))
    monkeypatch.setattr(row_tokens, "LARGEST_FOLDER", 2 * size + size // 2)
    kept(second)
    for other in cache.iterdir():
        if other != file:
            os.utime(other, (2, 2))
    assert kept(first) == []
    kept(third)
    assert len(list(cache.iterdir())) == 2
    assert kept(first) == kept(third) == []
    monkeypatch.setattr(row_tokens, "LARGEST_FILE", size // 2)
    before = {each.name for each in cache.iterdir()}
    kept(second)
    assert {each.name for each in cache.iterdir()} == before


@pytest.mark.parametrize("secret", ["", "hunter2"])
def test_texts_that_are_redacted_on_disk_are_not_kept(secret: str, cache: Path, tmp_path: Path) -> None:
    pack = Pack(tmp_path / "texts.sqlite", lambda text: text.replace("hunter2", "[secret]"))
    entries = {}
    for row in range(ROWS):
        for column, text in enumerate((f"word{row} {secret}", "", "value")):
            entries[row * 3 + column] = Entry(text)
    experience = filled_tensor((ROWS, 3), pack, entries, "table")
    assert nearest_rows(experience, ("word77",), 1, by_lines=False)[0].index == 77
    assert cache.exists() == (not secret)
    pack.close()
