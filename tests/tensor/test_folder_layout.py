"""The folder layout as other programs see it."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from hdsl.storage.layout import coordinates_of, flat_index
from hdsl.tensor.assign import st_setitem
from hdsl.tensor.make import make_none_tensor, make_tensor, open_tensor
from hdsl.tensor.slicing import slice_view
from hdsl.tensor.text_tensor import read_texts, store_of, write_text


def test_one_file_an_element_one_folder_a_digit(tmp_path: Path) -> None:
    tensor = make_tensor([str(index) for index in range(12)], tmp_path)
    folder = tmp_path / store_of(tensor).uid
    assert json.loads((folder / "shape").read_text()) == [12]
    assert (folder / "storage" / "1" / "1" / "data").read_bytes() == b"11"
    assert (folder / "storage" / "1" / "data").read_bytes() == b"1"
    assert {path.name for path in folder.iterdir()} == {"shape", "storage"}
    assert sorted(path.name for path in tmp_path.iterdir()) == [folder.name]


def test_a_scalar_lies_at_zero(tmp_path: Path) -> None:
    tensor = make_tensor("x", tmp_path)
    assert (tmp_path / store_of(tensor).uid / "storage" / "0" / "data").read_text() == "x"
    assert (tmp_path / store_of(tensor).uid / "shape").read_text() == "[]"


def test_nothing_is_written_before_the_first_element(tmp_path: Path) -> None:
    tensor = make_none_tensor([2], tmp_path / "root")
    assert not (tmp_path / "root").exists()
    write_text(tensor, 1, "x")
    assert (tmp_path / "root" / store_of(tensor).uid / "shape").read_text() == "[2]"


def test_a_tensor_of_the_other_framework_loads(tmp_path: Path) -> None:
    for index, text in ((0, "zero"), (11, "eleven")):
        path = tmp_path / "theirs" / "storage" / Path(*str(index)) / "data"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    without_shape = open_tensor(tmp_path, "theirs")
    assert list(without_shape.shape) == [12]
    (tmp_path / "theirs" / "shape").write_text("[3, 4]")
    tensor = open_tensor(tmp_path, "theirs")
    assert tensor.flatten().tolist() == [1] + [0] * 10 + [1]
    assert read_texts(tensor)[11] == "eleven"


def test_the_sidecar_is_text_of_one_width_and_only_there_where_needed(tmp_path: Path) -> None:
    tensor = make_tensor(["a", "b"], tmp_path)
    sidecar = tmp_path / store_of(tensor).uid / "coefficients"
    st_setitem(tensor, (0,), "a")
    assert not sidecar.exists()
    st_setitem(tensor, (1,), "b", -0.5)
    assert sidecar.read_text() == " " * 15 + "\n" + "-5.0000000e-01 \n"
    assert open_tensor(tmp_path, store_of(tensor).uid).tolist() == [1, -0.5]


def test_a_file_that_somebody_adds_counts(tmp_path: Path) -> None:
    tensor = make_tensor(["a", None], tmp_path)
    path = tmp_path / store_of(tensor).uid / "storage" / "1" / "data"
    path.parent.mkdir()
    path.write_text("by hand")
    assert open_tensor(tmp_path, store_of(tensor).uid).tolist() == [1, 1]


def test_links_are_relative_and_written_through(tmp_path: Path) -> None:
    (tmp_path / "outside").write_text("old")
    tensor = make_tensor([tmp_path / "outside", tmp_path / "not yet", "own"], tmp_path / "root", symlink=True)
    path = store_of(tensor).path(0)
    assert path.is_symlink()
    assert not path.readlink().is_absolute()
    assert tensor.tolist() == [1, 1, 1]
    st_setitem(tensor, (0,), "new", 0.5)
    st_setitem(tensor, (1,), "made")
    assert (tmp_path / "outside").read_text() == "new"
    assert (tmp_path / "not yet").read_text() == "made"
    assert path.is_symlink()
    assert open_tensor(tmp_path / "root", store_of(tensor).uid).tolist() == [0.5, 1, 1]


def test_a_moved_root_keeps_its_views(tmp_path: Path) -> None:
    tensor = make_tensor(["a", "b"], tmp_path / "root")
    view = slice_view(tensor, (slice(1, 2),))
    (tmp_path / "root").rename(tmp_path / "moved")
    assert read_texts(open_tensor(tmp_path / "moved", store_of(view).uid)) == ["b"]


def test_a_failed_make_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(UnicodeEncodeError):
        make_tensor(["fine", "\ud800"], tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_refused_text_leaves_the_old_one(tmp_path: Path) -> None:
    tensor = make_tensor(["old"], tmp_path)
    with pytest.raises(UnicodeEncodeError):
        st_setitem(tensor, (0,), "\ud800")
    assert read_texts(tensor) == ["old"]
    assert list((tmp_path / store_of(tensor).uid / "storage" / "0").iterdir()) == [store_of(tensor).path(0)]


def test_another_process_never_reads_half_an_element(tmp_path: Path) -> None:
    tensor = make_tensor(["a" * 200_000], tmp_path)
    path = store_of(tensor).path(0)
    script = (
        "import sys, pathlib\n"
        "path = pathlib.Path(sys.argv[1])\n"
        "print('reading', flush=True)\n"
        "torn = sum(len(set(text)) != 1 or len(text) != 200_000 for text in (path.read_text() for _ in range(400)))\n"
        "sys.exit(torn)\n"
    )
    with subprocess.Popen([sys.executable, "-c", script, str(path)], stdout=subprocess.PIPE) as reader:
        assert reader.stdout is not None
        reader.stdout.readline()
        while reader.poll() is None:
            st_setitem(tensor, (0,), "b" * 200_000)
            st_setitem(tensor, (0,), "a" * 200_000)
    assert reader.returncode == 0


@pytest.mark.parametrize(("coordinates", "flat"), [((0, 0), 0), ((1, 2), 5), ((-1, -1), 5), ((-2, 0), 0), ((0, -2), 1)])
def test_flat_indices_are_row_major_and_normalised(coordinates: tuple[int, ...], flat: int) -> None:
    assert flat_index(coordinates, (2, 3)) == flat
    assert flat_index(coordinates_of(flat, (2, 3)), (2, 3)) == flat
