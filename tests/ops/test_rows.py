"""The rows of an experience most like a text, while it is written to: as if each query looked at every row anew."""

import tempfile
from math import sqrt
from pathlib import Path

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from hdsl.kernel.request import Row
from hdsl.ops.rows import nearest_rows, row_scores, rows_by_method, rows_of, rows_to_show, rows_with_value
from hdsl.retrieval.tokens import keywords, tokens
from hdsl.storage.folder import Folder
from hdsl.storage.pack import Pack
from hdsl.storage.store import Entry, Home
from hdsl.tensor.assign import st_setitem
from hdsl.tensor.diff import unified_diff
from hdsl.tensor.make import make_none_tensor, make_tensor
from hdsl.tensor.patching import patch_elements
from hdsl.tensor.slicing import slice_view
from hdsl.tensor.text_tensor import home_of, read_text, store_of, tensor_over
from hdsl.tensor.three_way import TextGradient
from tests import warm
from tests.retrieval.brute_force import brute_force, numbers_and_scores

WORDS = st.lists(st.sampled_from(["a", "b", "c", "d\n", "$", "ls\n"]), max_size=5).map(" ".join)
CHANGES = st.lists(
    st.tuples(st.sampled_from(["write", "patch", "remove", "by view", "ask"]), st.integers(0, 11), WORDS), max_size=10
)
KINDS = pytest.mark.parametrize("kind", ["folder", "pack"])


def home_in(folder: str | Path, kind: str) -> Home:
    return Folder(Path(folder, "root")) if kind == "folder" else Pack(Path(folder, "texts.sqlite"))


def by_brute_force(experience: torch.Tensor, text: str, topk: int, *, by_lines: bool) -> tuple[tuple[int, float], ...]:
    count = experience.shape[0]
    cells = [read_text(experience, cell) or "" for cell in range(count * 3)]
    rows = [Row(*cells[number * 3 : number * 3 + 3]) for number in range(count)]
    analyze = keywords if by_lines else tokens
    return brute_force(rows, analyze(text), topk, analyze, "jaccard" if by_lines else "similarity")


def change(experience: torch.Tensor, view: torch.Tensor, operation: str, cell: int, text: str) -> None:
    match operation:
        case "write":
            st_setitem(experience, divmod(cell, 3), text)
        case "remove":
            st_setitem(experience, divmod(cell, 3), None)
        case "patch":
            before = read_text(experience, cell) or ""
            patch_elements(experience, {cell: [TextGradient(unified_diff(before, text), text)]})
        case "by view":
            st_setitem(view, divmod(cell, 3), text)


@KINDS
@settings(max_examples=25, deadline=None)
@given(CHANGES, WORDS, st.integers(1, 5), st.booleans())
def test_found_as_by_brute_force_after_any_changes(
    kind: str, changes: list[tuple[str, int, str]], text: str, topk: int, by_lines: bool
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        home = home_in(folder, kind)
        experience = make_tensor([["a b", "", "x"], ["", "c $", "y"], ["a", "", ""], ["a b", "k", "z"]], home)
        view = slice_view(experience, slice(None))
        for operation, cell, words in changes:
            change(experience, view, operation, cell, words)
            if operation == "ask":
                nearest_rows(experience, (words,), topk, by_lines=by_lines)
                rows_with_value(store_of(experience), words)
        for asked in (experience, view):
            found = nearest_rows(asked, (text,), topk, by_lines=by_lines)
            assert numbers_and_scores(found) == by_brute_force(asked, text, topk, by_lines=by_lines)
            assert [match.row for match in found] == [rows_of(asked)[match.index] for match in found]
            answering = [number for number, row in enumerate(rows_of(asked)) if row.value.strip() == text.strip()]
            assert list(rows_with_value(store_of(asked), text)) == answering
        home.close()


@KINDS
def test_a_row_that_another_process_writes_is_found_by_the_next_query(kind: str, tmp_path: Path) -> None:
    home = home_in(tmp_path, kind)
    experience = make_tensor([[f"word{number}", "", "x"] for number in range(400)] + [["", "", ""]], home)
    assert [match.index for match in nearest_rows(experience, ("wanted word7",), 1, by_lines=False)] == [7]
    script = (
        "import sys\n"
        f"from hdsl.storage.{kind} import {type(home).__name__} as Home\n"
        "from hdsl.storage.store import Entry\n"
        "home = Home(sys.argv[1])\n"
        "store = home.open(sys.argv[2])\n"
        "for column, text in enumerate(['wanted', 'key', 'value']):\n"
        "    store.write(400 * 3 + column, Entry(text))\n"
        "home.close()\n"
    )
    warm.run(["-c", script, home.root, store_of(experience).uid], tmp_path).check_returncode()
    found = nearest_rows(experience, ("wanted",), 1, by_lines=False)
    assert [match.row for match in found] == [Row("wanted", "key", "value")]


@KINDS
def test_rows_are_the_same_tuple_until_one_changes(kind: str, tmp_path: Path) -> None:
    experience = make_tensor([["a", "k", "x"], ["b", "k", "y"]], home_in(tmp_path, kind))
    before = rows_of(experience)
    st_setitem(make_none_tensor([1], home_of(experience)), (0,), "another tensor")
    assert rows_of(experience) is before
    st_setitem(experience, (1, 2), "z")
    assert rows_of(experience) == (Row("a", "k", "x"), Row("b", "k", "z"))


def test_an_empty_experience_has_no_rows(tmp_path: Path) -> None:
    experience = make_tensor([], tmp_path)
    assert rows_of(experience) == ()
    assert nearest_rows(experience, ("a",), 3, by_lines=False) == ()


def test_a_measure_of_ones_own_and_the_scores_of_all(tmp_path: Path) -> None:
    experience = make_tensor([["a b", "", "x"], ["a", "", "y"], ["a", "", ""]], tmp_path)
    assert row_scores(experience, ("a",), None) == {1: 1.0, 0: sqrt(1 / 2)}
    (found,) = rows_by_method(experience, ("a",), 1, lambda text, row: len(row))
    assert (found.index, found.row.value, found.score, found.row.similarity) == (0, "x", 3, None)


@KINDS
def test_a_table_that_shrinks_and_grows_is_followed(kind: str, tmp_path: Path) -> None:
    home = home_in(tmp_path, kind)
    store = home.new("table", (400, 3))
    store.fill({cell: Entry(f"word{cell // 3}") for cell in range(1200)})
    experience = tensor_over(store)
    assert [match.index for match in nearest_rows(experience, ("word399",), 1, by_lines=False)] == [399]
    store.resize((300, 3))
    store.resize((900, 3))
    for column, text in enumerate(("new", "k", "v")):
        store.write(800 * 3 + column, Entry(text))
    found = nearest_rows(experience, ("word399 new",), 9999, by_lines=False)
    assert [found[0].index, len(found)] == [800, 301]
    assert rows_with_value(store, "v") == (800,)
    assert rows_with_value(store, "word399") == ()
    home.close()


def test_rows_are_shown_once_and_only_those_that_have_something_in_common(tmp_path: Path) -> None:
    same = [["red", "red", "rot"]] * 3
    table = make_tensor([*same, ["red wine", "red wine", "Rotwein"], ["blue", "blue", "blau"]], tmp_path)

    def shown(text: str, topk: int) -> list[int]:
        return [match.index for match in rows_to_show(table, (text, ""), topk, by_lines=False)]

    assert shown("red", 2) == shown("red", 5) == [0, 3]
    assert len(shown("green", 5)) == 3


def test_rows_that_are_equally_alike_are_told_apart_by_how_their_keys_read(tmp_path: Path) -> None:
    typed, ran = "$ make\n$ make test", "$ make\n$ make test\n$"
    table = make_tensor([["", typed, "run"], ["", ran, "next"], ["", "$ make test\n$ make\n$", "other"]], tmp_path)

    def first(text: str) -> str:
        [match] = rows_to_show(table, (text, ""), 1, by_lines=False)
        return match.row.value

    assert [first(typed), first(ran), first("$ make test\n$ make\n$")] == ["run", "next", "other"]


def test_rows_say_how_like_the_question_they_are(tmp_path: Path) -> None:
    table = [["refund money", "How do I get a refund?", "billing"], ["crash", "It crashes", "technical"]]
    experience = make_tensor(table, tmp_path)
    for known in ("how do I get a refund", "How do I get a REFUND?", "money refund"):
        (first, second) = nearest_rows(experience, (known,), 2, by_lines=False)
        assert first.row.value == "billing"
        assert (first.row.similarity or 0) >= 0.5
        assert second.row.similarity == 0
    (first, *_) = nearest_rows(experience, ("How do I get a REFUND?",), 2, by_lines=False)
    assert first.row.similarity == 1


@settings(max_examples=15, deadline=None)
@given(st.lists(st.tuples(WORDS, WORDS, st.sampled_from(["", "x", "y"])), min_size=1, max_size=20), WORDS)
def test_similarity_is_a_share_zero_where_nothing_is_shared_and_one_for_the_same_words(
    rows: list[tuple[str, str, str]], text: str
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        experience = make_tensor([list(row) for row in rows], folder)
        for match in nearest_rows(experience, (text,), 20, by_lines=False):
            similarity = match.row.similarity
            known = [tokens(match.row.query), tokens(match.row.key)]
            shares = any(tokens(text) & each for each in known)
            assert similarity is not None
            assert 0 <= similarity <= 1
            assert (similarity > 0) == shares
            assert (similarity == 1) == (bool(tokens(text)) and tokens(text) in known)
