"""Tensors that the framework wrote are read here, and ours by a reader that knows its layout alone."""

import json
import os
from math import prod
from pathlib import Path

import pytest

from hdsl.storage.folder import Folder
from hdsl.tensor.diff import unified_diff
from hdsl.tensor.make import make_tensor, open_tensor
from hdsl.tensor.patching import patch_tensor
from hdsl.tensor.slicing import slice_view
from hdsl.tensor.text_tensor import read_texts, store_of, write_text


def framework_element(root: Path, uid: str, index: int) -> Path:
    return root.joinpath(uid, "storage", *str(index), "data")


def framework_writes(
    root: Path, uid: str, shape: list[int], texts: list[str | None], *, with_shape: bool = True
) -> None:
    """As its make_tensor does: one text file an element, then the shape."""
    for index, text in enumerate(texts):
        if text is not None:
            path = framework_element(root, uid, index)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
    if with_shape:
        (root / uid / "shape").write_text(json.dumps(shape))


def framework_links(root: Path, uid: str, shape: list[int], targets: list[Path], *, absolute: bool = False) -> None:
    """As its views do: relative links to the real file, or, where it resets a value, absolute ones."""
    for index, target in enumerate(targets):
        path = framework_element(root, uid, index)
        path.parent.mkdir(parents=True, exist_ok=True)
        real = os.path.realpath(target)
        path.symlink_to(real if absolute else os.path.relpath(real, os.path.realpath(path.parent)))
    (root / uid / "shape").write_text(json.dumps(shape))


def framework_reads(root: Path, uid: str) -> list[str | None]:
    """As its readers do: the shape, and for each element the file if it is there."""
    shape = json.loads((root / uid / "shape").read_text())
    paths = (framework_element(root, uid, index) for index in range(prod(shape)))
    return [path.read_text(encoding="utf-8") if path.exists() else None for path in paths]


TEXTS = [f"text {index}" if index % 5 else None for index in range(12)]


def test_theirs_is_read_here(tmp_path: Path) -> None:
    framework_writes(tmp_path, "theirs", [3, 4], TEXTS)
    tensor = open_tensor(tmp_path, "theirs")
    assert (list(tensor.shape), read_texts(tensor)) == ([3, 4], TEXTS)
    assert tensor.flatten().tolist() == [float(text is not None) for text in TEXTS]


def test_ours_is_read_there(tmp_path: Path) -> None:
    tensor = make_tensor([TEXTS[:6], TEXTS[6:]], tmp_path)
    write_text(tensor, 1, "failed", -0.5, "with a cause, which is ours alone")
    assert framework_reads(tmp_path, store_of(tensor).uid) == [TEXTS[0], "failed", *TEXTS[2:]]


@pytest.mark.parametrize("absolute", [False, True])
def test_their_views_are_read_and_patched_through_here(tmp_path: Path, absolute: bool) -> None:
    framework_writes(tmp_path, "base", [2], ["a\n", "b\n"])
    targets = [framework_element(tmp_path, "base", 1), framework_element(tmp_path, "base", 0)]
    framework_links(tmp_path, "view", [2], targets, absolute=absolute)
    view = open_tensor(Folder(tmp_path), "view")
    assert read_texts(view) == ["b\n", "a\n"]
    patch_tensor(view, make_tensor([unified_diff("b\n", "c\n"), None], tmp_path / "patches"))
    assert framework_reads(tmp_path, "base") == ["a\n", "c\n"]
    assert framework_element(tmp_path, "view", 0).is_symlink()


def test_our_views_are_read_and_written_through_there(tmp_path: Path) -> None:
    tensor = make_tensor(TEXTS, tmp_path)
    view = slice_view(tensor, slice(6, 9))
    uid = store_of(view).uid
    assert framework_reads(tmp_path, uid) == TEXTS[6:9]
    link = framework_element(tmp_path, uid, 0)
    assert not link.readlink().is_absolute()
    Path(os.path.realpath(link)).write_text("by them")
    assert read_texts(tensor)[6] == "by them"


def test_their_future_tensors_have_no_shape_file(tmp_path: Path) -> None:
    framework_writes(tmp_path, "turns", [3], ["a", None, "c"], with_shape=False)
    tensor = open_tensor(tmp_path, "turns")
    assert (list(tensor.shape), read_texts(tensor)) == ([3], ["a", None, "c"])


def test_their_litter_is_passed_over(tmp_path: Path) -> None:
    framework_writes(tmp_path, "theirs", [1], ["a"])
    (framework_element(tmp_path, "theirs", 0).parent / "data.rej").write_text("@@ a rejected patch @@")
    cache = tmp_path / "theirs" / "qkv_data_view" / "0" / "0"
    cache.mkdir(parents=True)
    (cache / "data.txt").symlink_to("../../../storage/0/data")
    assert read_texts(open_tensor(tmp_path, "theirs")) == ["a"]
