"""Rows by vectors: exactly those of brute force, calibrated by the table itself; and vectors that are kept."""

import sqlite3
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hdsl.ground.row import Row
from hdsl.retrieval.vector_store import VectorStore
from hdsl.retrieval.vectors import VectorIndex, found_by, unit

NUMBERS = st.lists(st.integers(-3, 3), min_size=3, max_size=3)


@given(st.lists(st.tuples(NUMBERS, st.sampled_from("ab"), st.booleans()), max_size=40), NUMBERS, st.integers(0, 12))
def test_the_rows_are_those_of_brute_force(
    table: list[tuple[list[int], str, bool]], query: list[int], topk: int
) -> None:
    rows = [Row(f"row {number}", "", value if usable else "") for number, (_, value, usable) in enumerate(table)]
    vectors = {row.query: unit(np.array(each[0], dtype=np.float32)) for row, each in zip(rows, table, strict=True)}
    wanted = unit(np.array(query, dtype=np.float32))
    found = VectorIndex(rows, vectors, 3).select(wanted, "", topk)

    def cosine(number: int) -> float:
        return max(0.0, float(vectors[f"row {number}"].astype(float) @ wanted.astype(float)))

    usable = [number for number, row in enumerate(rows) if row.value]
    best = sorted(usable, key=lambda number: (-round(cosine(number), 5), number))[:topk]
    assert [round(match.score, 5) for match in found] == [round(cosine(number), 5) for number in best]
    assert all(round(match.score, 5) == round(cosine(match.index), 5) for match in found)
    assert all(match.row.by_meaning and 0 <= (match.row.similarity or 0) <= 1 for match in found)


def test_equals_come_in_the_order_of_the_table_and_the_same_text_first() -> None:
    vectors = {text: unit(np.array(numbers, dtype=np.float32)) for text, numbers in {"a": [1, 0], "b": [1, 0]}.items()}
    rows = [Row("a", "", "1"), Row("b", "", "2"), Row("", "b", "3")]
    found = VectorIndex(rows, vectors, 2).select(vectors["b"], "b", 3)
    assert [match.index for match in found] == [1, 2, 0]
    assert [match.same for match in found] == [True, True, False]
    assert found[0].row.similarity == 1.0


def test_what_is_like_enough_depends_on_how_like_the_rows_are_that_answer_alike() -> None:
    source = np.random.default_rng(0)
    centers = {"x": [8, 1, 0], "y": [8, 0, 1]}
    rows, vectors = [], {}
    for number in range(40):
        value = "xy"[number % 2]
        text = f"{value} {number}"
        rows.append(Row(text, "", value))
        vectors[text] = unit((np.array(centers[value]) + source.normal(0, 0.1, 3)).astype(np.float32))
    index = VectorIndex(rows, vectors, 3)
    inside, outside = (unit(np.array(each, dtype=np.float32)) for each in ([8, 1, 0], [8, -3, -3]))
    assert (index.select(inside, "", 1)[0].row.similarity or 0) > 0.5
    assert (index.select(outside, "", 1)[0].row.similarity or 0) < 0.5


def test_a_row_is_found_by_its_key_where_its_query_only_repeats_it() -> None:
    assert (
        found_by(Row("fee card charge", "Why was my card charged a fee?", "charge")) == "Why was my card charged a fee?"
    )
    assert found_by(Row("typo spelling", "Teh text", "revise:spelling")) == "typo spelling"
    assert found_by(Row("q", "", "v")) == "q"
    assert found_by(Row("", "k", "v")) == "k"
    assert found_by(Row("q", "k", "")) == ""


def test_vectors_are_kept_without_their_texts_and_the_oldest_go_first(tmp_path: Path) -> None:
    path = tmp_path / "private" / "vectors.sqlite"
    store = VectorStore(path, largest=200_000)
    kept = {f"a secret {number}": np.full(256, number, dtype=np.float32) for number in range(600)}
    store.put(dict(list(kept.items())[:100]))
    assert (store.get(["a secret 7", "unknown"])["a secret 7"] == kept["a secret 7"]).all()
    store.put(kept)
    store.close()
    again = VectorStore(path, largest=200_000).get(kept)
    assert 0 < len(again) < 600
    assert "a secret 599" in again
    assert b"secret" not in path.read_bytes()
    assert path.stat().st_mode & 0o077 == 0
    store.clear()
    assert store.get(kept) == {}


def test_a_file_that_cannot_be_used_is_as_if_it_was_not_there(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    path = tmp_path / "vectors.sqlite"
    path.write_bytes(b"no database" * 1_000)
    store = VectorStore(path)
    store.put({"text": np.ones(3, dtype=np.float32)})
    assert store.get(["text"]) == {}
    assert "cannot be used" in caplog.text
    with pytest.raises(sqlite3.DatabaseError):
        sqlite3.connect(path).execute("SELECT 1 FROM vectors")
