r"""Lines end at `\n` alone, and a line that was never finished is not a line."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hdsl.ground.json_lines import JsonLinesError, append_json_line, encode_line, read_json_lines, text_lines

TEXTS = st.text(st.characters(exclude_categories=[]), max_size=20)


def values(path: Path) -> list[Any]:
    return [line.value for line in read_json_lines(path)]


@given(st.lists(TEXTS, max_size=5))
def test_what_is_appended_is_read(tmp_path_factory: pytest.TempPathFactory, texts: list[str]) -> None:
    path = tmp_path_factory.mktemp("log") / "log.jsonl"
    for text in texts:
        append_json_line(path, [text])
    assert values(path) == [[text] for text in texts]


def test_separators_of_other_worlds_are_part_of_a_line(tmp_path: Path) -> None:
    odd = "a\u2028b\u0085c\u000cd\u001ee\r"
    append_json_line(tmp_path / "log", odd)
    assert values(tmp_path / "log") == [odd]
    assert text_lines("a\u2028b\nc\n") == ["a\u2028b", "c"]


def test_a_log_cut_anywhere_gives_its_whole_lines_and_goes_on(tmp_path: Path) -> None:
    whole = encode_line("ä€𝄞") + encode_line({"b": "ü"})
    for length in range(len(whole) + 1):
        path = tmp_path / str(length)
        path.write_bytes(whole[:length])
        kept = values(path)
        assert kept == ["ä€𝄞", {"b": "ü"}][: len(kept)]
        append_json_line(path, "next")
        assert values(path)[-1] == "next"


def test_a_byte_order_mark_is_no_part_of_the_first_line(tmp_path: Path) -> None:
    (tmp_path / "log").write_bytes(b"\xef\xbb\xbf[1]\n[2]\n")
    assert values(tmp_path / "log") == [[1], [2]]


def test_a_broken_line_in_the_middle_is_named(tmp_path: Path) -> None:
    path = tmp_path / "log"
    path.write_bytes(b'1\n{"a\n3\n')
    with pytest.raises(JsonLinesError, match=r"log:2: not JSON"):
        read_json_lines(path)
    assert read_json_lines(tmp_path / "absent") == []
