"""Rows exported to any kind of file and imported again are the same rows."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hdsl.experience.files import StoredRow, read_rows
from hdsl.experience.row_files import CannotExport, as_rows, not_there_yet, write_rows

SHARP = st.sampled_from(["\r", "\n", "\r\n", '"', ",", "\t", "\0", "\ufeff", "\u2028", "😀", "\\", "query", " "])
TEXTS = st.lists(SHARP | st.text(max_size=5), max_size=6).map("".join)
ROWS = st.lists(st.tuples(TEXTS, TEXTS, TEXTS), max_size=6)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("rows")


@pytest.mark.parametrize("suffix", [".jsonl", ".csv", ".tsv"])
@given(rows=ROWS)
def test_files_are_read_back_as_they_were_written(folder, suffix, rows):
    target = folder / f"rows{suffix}"
    write_rows(rows, target)
    assert as_rows(read_rows(target)) == rows
    assert sorted(each.name for each in folder.iterdir() if each.name.startswith(".")) == []


@given(rows=ROWS)
def test_a_folder_is_read_back_as_it_was_written(tmp_path_factory, rows):
    target = tmp_path_factory.mktemp("rows") / "table"
    write_rows(rows, target)
    assert as_rows(read_rows(target)) == rows


@given(there=ROWS, more=ROWS)
def test_what_is_imported_twice_is_there_once(there, more):
    found = [StoredRow(*row, 1) for row in more]
    missing = not_there_yet(there, found)
    assert not_there_yet([*there, *as_rows(missing)], found) == []
    assert not_there_yet([], found) == found


@pytest.mark.parametrize("target", ["rows.jsonl", "rows.csv", "rows"])
def test_half_a_character_is_refused(tmp_path: Path, target: str):
    with pytest.raises(CannotExport, match="row 2 has half a character"):
        write_rows([("a", "b", "c"), ("a", "\ud83d", "c")], tmp_path / target)
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_is_there_is_replaced_whole(tmp_path: Path):
    target = tmp_path / "rows.jsonl"
    write_rows([("a", "b", "c")] * 3, target)
    write_rows([("d", "e", "f")], target)
    assert target.read_text(encoding="utf-8") == '{"query": "d", "key": "e", "value": "f"}\n'
