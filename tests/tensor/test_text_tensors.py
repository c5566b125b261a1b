"""Making, reading, writing and finding again text tensors, in both homes."""

import json
from math import prod
from pathlib import Path

import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hdsl.storage.folder import Folder
from hdsl.storage.pack import Pack
from hdsl.storage.store import Entry, Home
from hdsl.tensor.assign import assign_tensor, assign_view, st_setitem
from hdsl.tensor.dump import dump_tensor, dump_view, load_tensor
from hdsl.tensor.make import (
    copy_tensor,
    empty_tensor_like,
    make_none_tensor,
    make_tensor,
    none_tensor_like,
    open_tensor,
    todo_tensor_like,
)
from hdsl.tensor.text_tensor import read_text, read_texts, store_of, text_at, write_text
from tests.tensor.homes import reopened

NASTY = [
    "",
    "\n",
    "a\r\nb\r",
    "no final newline",
    "ends\n\n",
    "\U0001f600 astral",
    "nul \0 in it",
    "\u2028\u2029\x85\x0b\x0c",
    "=" * 1_000_000,
    "\ufeffbom",
    "\udcff is a raw byte",
]


def test_make_tensor_has_shape_texts_and_coefficients(home: Home) -> None:
    tensor = make_tensor([["a", None, "c"], ["d", "", "f"]], home)
    assert type(tensor) is torch.Tensor
    assert tensor.dtype == torch.bfloat16
    assert tensor.tolist() == [[1, 0, 1], [1, 1, 1]]
    assert read_texts(tensor) == ["a", None, "c", "d", "", "f"]
    assert text_at(tensor, (-1, -3)) == "d"


@pytest.mark.parametrize(("nested", "shape"), [("x", []), ([], [0]), ([[], []], [2, 0]), (None, []), (["a"], [1])])
def test_shapes_of_nested_values(home: Home, nested: object, shape: list[int]) -> None:
    assert list(make_tensor(nested, home).shape) == shape  # type: ignore[arg-type]


@pytest.mark.parametrize("nested", [["a", ["b"]], [["a", "b"], ["c"]], [[], ["a"]]])
def test_ragged_nesting_is_an_error(home: Home, nested: list[object]) -> None:
    with pytest.raises(ValueError, match="ragged"):
        make_tensor(nested, home)  # type: ignore[arg-type]


def test_a_number_is_no_text(home: Home) -> None:
    with pytest.raises(TypeError, match="int"):
        make_tensor(["a", 3], home)  # type: ignore[list-item]


def test_exact_texts_survive_in_place_and_reopened(home: Home) -> None:
    made = make_tensor(list(NASTY), home)
    written = make_none_tensor([len(NASTY)], home)
    for index, text in enumerate(NASTY):
        write_text(written, index, text)
    uids = [store_of(made).uid, store_of(written).uid]
    assert read_texts(made) == NASTY
    assert read_texts(written) == NASTY
    home = reopened(home)
    for uid in uids:
        assert read_texts(open_tensor(home, uid)) == NASTY
    home.close()


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40, deadline=None)
@given(st.lists(st.text(alphabet=st.characters(exclude_categories=["Cs"])), max_size=5))
def test_any_text_survives(home: Home, texts: list[str]) -> None:
    tensor = make_tensor(list(texts), home)
    assert read_texts(tensor) == texts
    assert read_texts(copy_tensor(tensor, home)) == texts


def test_coefficients_and_causes_are_found_again(home: Home) -> None:
    tensor = make_none_tensor([2, 3], home)
    write_text(tensor, 0, "sure", 0.5)
    write_text(tensor, 1, "failed", -0.25, "no match")
    write_text(tensor, 2, "over", -3.0, "overflow")
    write_text(tensor, 5, "one")
    uid = store_of(tensor).uid
    again = open_tensor(reopened(home), uid)
    assert list(again.shape) == [2, 3]
    assert again.flatten().tolist() == [0.5, -0.25, -3.0, 0, 0, 1]
    entry = store_of(again).entry(1)
    assert entry is not None
    assert (entry.text, entry.coefficient, entry.cause) == ("failed", -0.25, "no match")
    write_text(again, 1, "mended")
    entry = store_of(again).entry(1)
    assert entry is not None
    assert (entry.coefficient, entry.cause) == (1.0, "")


def test_a_coefficient_alone_is_kept(home: Home) -> None:
    tensor = make_tensor(["a", "b"], home)
    store_of(tensor).mark(1, 0.0)
    again = open_tensor(reopened(home), store_of(tensor).uid)
    assert again.tolist() == [1, 0]
    assert read_texts(again) == ["a", "b"]


def test_none_empty_and_todo_tensors(home: Home) -> None:
    tensor = make_tensor(["a", "", None], home)
    assert read_texts(none_tensor_like(tensor)) == [None] * 3
    assert none_tensor_like(tensor).tolist() == [0] * 3
    assert read_texts(empty_tensor_like(tensor)) == [""] * 3
    todo = todo_tensor_like(tensor)
    assert read_texts(todo) == ["TODO", None, None]
    assert todo.tolist() == [1, 0, 0]


def test_setitem_takes_negative_coordinates_and_none(home: Home) -> None:
    tensor = make_tensor([["a", "b"], ["c", "d"]], home)
    st_setitem(tensor, (-1, -1), "last", 0.5)
    st_setitem(tensor, (0, 0), None)
    assert read_texts(tensor) == [None, "b", "c", "last"]
    assert tensor.tolist() == [[0, 1], [1, 0.5]]
    with pytest.raises(IndexError):
        st_setitem(tensor, (2, 0), "outside")
    with pytest.raises(IndexError):
        st_setitem(tensor, (0,), "too few")


def test_setitem_reaches_a_tensor_that_requires_a_gradient(home: Home) -> None:
    tensor = make_tensor(["a"], home).requires_grad_()
    st_setitem(tensor, (0,), "b", 0.5)
    assert tensor.tolist() == [0.5]


def test_assign_copies_and_makes_absent(home: Home) -> None:
    target, source = make_tensor(["a", "b", "c"], home), make_tensor(["x", None, "z"], home)
    assign_tensor(target, source)
    st_setitem(source, (0,), "later")
    assert read_texts(target) == ["x", None, "z"]
    assert target.tolist() == [1, 0, 1]
    with pytest.raises(ValueError, match="differ"):
        assign_tensor(target, make_tensor(["a"], home))


def test_assign_view_shares_both_ways_also_reopened(home: Home) -> None:
    target, source = make_tensor(["a", "b"], home), make_tensor(["x", None], home)
    assign_view(target, source)
    st_setitem(target, (1,), "through", -0.5)
    st_setitem(source, (0,), "seen")
    assert read_texts(source) == read_texts(target) == ["seen", "through"]
    again = reopened(home)
    for tensor in (target, source):
        found = open_tensor(again, store_of(tensor).uid)
        assert read_texts(found) == ["seen", "through"]
        assert found.tolist() == [1, -0.5]


def test_views_between_homes_are_refused(tmp_path: Path) -> None:
    in_folder, in_pack = make_tensor(["a"], tmp_path), make_tensor(["a"], Pack(tmp_path / "p.sqlite"))
    for target, source in ((in_folder, in_pack), (in_pack, in_folder)):
        with pytest.raises(ValueError, match="cannot"):
            assign_view(target, source)


def test_dump_and_load_keep_texts_coefficients_and_absence(home: Home, tmp_path: Path) -> None:
    tensor = make_tensor([["a", None], ["c\r\n", "d"]], home)
    write_text(tensor, 3, "d", -0.5, "why")
    dump_tensor(tensor, tmp_path / "dumped")
    assert json.loads((tmp_path / "dumped" / "shape").read_text()) == [2, 2]
    assert json.loads((tmp_path / "dumped" / "stride").read_text()) == [2, 1]
    loaded = load_tensor(tmp_path / "dumped", home)
    assert store_of(loaded).uid != store_of(tensor).uid
    assert read_texts(loaded) == ["a", None, "c\r\n", "d"]
    assert loaded.flatten().tolist() == [1, 0, 1, -0.5]
    with pytest.raises(FileExistsError):
        dump_tensor(tensor, tmp_path / "dumped")


def test_a_transposed_dump_loads_by_its_stride(tmp_path: Path) -> None:
    dump_tensor(make_tensor(["a", "b", "c", "d"], tmp_path), tmp_path / "dumped")
    (tmp_path / "dumped" / "shape").write_text("[2, 2]")
    (tmp_path / "dumped" / "stride").write_text("[1, 2]")
    assert read_texts(load_tensor(tmp_path / "dumped", tmp_path)) == ["a", "c", "b", "d"]


def test_dump_view_links_elements_with_an_extension(home: Home, tmp_path: Path) -> None:
    dump_view(make_tensor([["a", None]], home), tmp_path / "view", "txt")
    assert (tmp_path / "view" / "0" / "0" / "data.txt").read_text() == "a"
    assert not (tmp_path / "view" / "0" / "1").exists()
    dump_view(make_tensor("alone", home), tmp_path / "scalar", ".md")
    assert (tmp_path / "scalar" / "data.md").read_text() == "alone"


def test_an_element_is_a_file_when_one_is_needed(home: Home) -> None:
    tensor = make_tensor(["a\r\n"], home)
    assert store_of(tensor).path(0).read_bytes() == b"a\r\n"


def test_copies_go_between_homes(tmp_path: Path) -> None:
    folder, pack = Folder(tmp_path / "f"), Pack(tmp_path / "p.sqlite")
    tensor = make_tensor([["a", None]], folder)
    there_and_back = copy_tensor(copy_tensor(tensor, pack), folder, "named")
    assert read_texts(there_and_back) == ["a", None]
    assert (tmp_path / "f" / "named" / "storage" / "0" / "data").read_text() == "a"


def test_paths_become_contents_and_missing_ones_absent(home: Home, tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"exact\r\n\xff")
    tensor = make_tensor([tmp_path / "file", tmp_path / "missing"], home)
    assert read_text(tensor, 0) == "exact\r\n\udcff"
    assert tensor.tolist() == [1, 0]


def test_a_known_name_goes_on_and_another_shape_is_refused(home: Home) -> None:
    store = home.new("named", (2,))
    write_text(make_none_tensor([2], home), 0, "other")
    store.write(0, Entry("first", 0.5))
    assert home.new("named", (2,)).coefficients() == {0: 0.5}
    home.flush()
    with pytest.raises(ValueError, match="shape"):
        home.new("named", (3,))
    with pytest.raises(FileNotFoundError):
        home.open("nothing")


def test_plain_tensors_have_no_texts() -> None:
    with pytest.raises(TypeError, match="no texts"):
        read_texts(torch.ones(2))


def test_a_large_tensor_is_read_whole(home: Home) -> None:
    shape = (11, 3, 4)
    texts = [str(index) for index in range(prod(shape))]
    tensor = make_none_tensor(shape, home)
    for index, text in enumerate(texts):
        write_text(tensor, index, text)
    assert read_texts(open_tensor(reopened(home), store_of(tensor).uid)) == texts
