"""Methods and slicers on tensors, packing, and files as batches."""

from pathlib import Path

import pytest
import torch

import hdsl
from hdsl.storage.folder import Folder
from hdsl.storage.store import Home
from hdsl.tensor.diff import unified_diff
from hdsl.tensor.loader import SoleFileBatchDataLoader
from hdsl.tensor.make import make_tensor
from hdsl.tensor.text_tensor import read_texts, store_of


def test_the_methods_do_what_the_functions_do(home: Home) -> None:
    x, y = make_tensor(["a", "b"], home), make_tensor(["a", "c"], home)
    diffs = x.st_get_diff(y)
    assert read_texts(diffs) == [None, unified_diff("b", "c")]
    assert x.st_patch(diffs).applied == 1
    assert read_texts(x) == ["a", "c"]
    x.st_setitem((0,), "set", 0.5)
    y.st_assign(x)
    assert (read_texts(y), y.tolist()) == (["set", "c"], [0.5, 1])
    z = make_tensor(["", ""], home)
    z.st_assign_view(x)
    z.st_setitem((1,), "through")
    assert read_texts(x) == ["set", "through"]
    assert [read_texts(view) for view in x.st_fork(2)] == [["set", "through"]] * 2


def test_slicers(home: Home) -> None:
    x = make_tensor([["a", "b"], ["c", "d"]], home).requires_grad_()
    view, copy = x.st_view_slicer[..., 1], x.st_value_slicer[0]
    assert (read_texts(view), read_texts(copy)) == (["b", "d"], ["a", "b"])
    view.st_setitem((0,), "B")
    assert (read_texts(x)[1], read_texts(copy)[1]) == ("B", "b")
    assert view.requires_grad and copy.requires_grad


def test_file_paths_are_nested_like_the_tensor(home: Home) -> None:
    x = make_tensor([["a", None], ["c", "d"]], home)
    paths = x.st_file_paths()
    assert [[path and Path(path).read_text() for path in row] for row in paths] == [["a", None], ["c", "d"]]
    assert Path(make_tensor("s", home).st_file_paths()).read_text() == "s"


def test_a_packed_tensor_shows_everything_and_no_text_ends_its_fence(home: Home) -> None:
    packed = make_tensor([["plain", None], ["```\ncode\n```\n", ""]], home).st_pack()
    assert packed.startswith("# Directories structure\n")
    assert "## File: shape\n```\n[2, 2]\n```\n" in packed
    assert "## File: storage/0/data\n```\nplain\n```\n" in packed
    assert "## File: storage/2/data\n````\n```\ncode\n```\n````\n" in packed
    assert "## File: storage/3/data\n```\n```\n" in packed
    assert "storage/1" not in packed


def test_every_name_is_there_when_the_package_is_imported() -> None:
    for name in ("st_pack", "st_assign", "st_assign_view", "st_setitem", "st_get_diff", "st_patch", "st_file_paths",
                 "st_fork", "st_view_slicer", "st_value_slicer"):  # fmt: skip
        assert hasattr(torch.Tensor, name)
    assert hdsl.get_diff_tensor is not None


@pytest.fixture
def files(tmp_path: Path) -> Path:
    folder = tmp_path / "files"
    for name, text in (("b.txt", "b"), ("a.txt", "a"), ("sub/c.txt", "c\r\n"), ("d.md", "d")):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(text.encode())
    return folder


def test_files_come_in_batches_by_the_order_of_their_paths(files: Path) -> None:
    loader = SoleFileBatchDataLoader(files, ".txt", 2)
    assert len(loader) == 2
    assert [read_texts(batch) for batch in loader] == [["a", "b"], ["c\r\n"]]
    assert [read_texts(batch) for batch in loader] == [["a", "b"], ["c\r\n"]]
    assert len(SoleFileBatchDataLoader(files)) == 4
    with pytest.raises(ValueError, match="at least one"):
        SoleFileBatchDataLoader(files, batch_size=0)


def test_what_is_written_to_a_batch_is_written_to_the_file_and_nothing_else_lies_there(files: Path) -> None:
    before = sorted(files.rglob("*"))
    (batch,) = SoleFileBatchDataLoader(str(files), ".md")
    batch.st_patch(make_tensor([unified_diff("d", "changed")], files.parent / "patches"))
    assert (files / "d.md").read_text() == "changed"
    assert sorted(files.rglob("*")) == before


def test_batches_in_the_scanned_folder_are_not_scanned(files: Path) -> None:
    place = Folder(files / "batches")
    for _ in range(2):
        loader = SoleFileBatchDataLoader(files, batch_size=10, relative_to=place)
        [batch] = loader
        assert read_texts(batch) == ["a", "b", "d", "c\r\n"]
    assert store_of(batch).home is place
