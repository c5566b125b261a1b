"""Diffs and patches of whole tensors, in both homes."""

import subprocess
from pathlib import Path

import pytest

from hdsl.storage.store import Home
from hdsl.tensor.diff import unified_diff
from hdsl.tensor.make import make_tensor, open_tensor
from hdsl.tensor.patching import get_diff_tensor, patch_tensor, st_patched
from hdsl.tensor.slicing import slice_view
from hdsl.tensor.text_tensor import read_texts, store_of, write_text
from tests.tensor.homes import reopened

OLD = ["same", "a\r\nb\r\n", "no end", "", None, "gone\n"]
NEW = ["same", "a\r\nc\r\n", "no end\n", "filled", "made", None]


def test_a_diff_of_tensors_is_applied_back(home: Home) -> None:
    old, new = make_tensor(OLD, home), make_tensor(NEW, home)
    diffs = get_diff_tensor(old, new)
    assert diffs.tolist() == [0, 1, 1, 1, 1, 1]
    assert read_texts(diffs)[0] is None
    assert read_texts(diffs)[2] == unified_diff("no end", "no end\n")
    report = patch_tensor(old, diffs)
    assert read_texts(old) == ["same", "a\r\nc\r\n", "no end\n", "filled", "made", ""]
    assert (report.applied, report["rejected"], report.fuzzed, report.skipped) == (5, 0, 0, 1)
    assert old.tolist() == [1] * 6
    texts, uid = read_texts(old), store_of(old).uid
    assert read_texts(open_tensor(reopened(home), uid)) == texts


def test_what_does_not_apply_is_kept_and_reported_and_the_text_stays(home: Home) -> None:
    target = make_tensor(["quite other", "a\n"], home)
    patch = unified_diff("here\nit\nwas\n", "here\nit\nis\n")
    report = patch_tensor(target, make_tensor([patch, "1c\nb\n.\n"], home))
    assert read_texts(target) == ["quite other", "a\n"]
    assert (report.applied, report.rejected) == (0, 2)
    assert [(found.index, found.refused.gradient.patch) for found in report.rejections] == [
        (0, patch),
        (1, "1c\nb\n.\n"),
    ]
    assert "hunk 1 of 1" in report.rejections[0].refused.cause


def test_several_patches_of_one_text_are_merged(home: Home) -> None:
    base = "one\ntwo\nthree\nfour\n"
    target = make_tensor([base], home)
    patches = [
        make_tensor([unified_diff(base, text)], home)
        for text in (base.replace("one", "1"), base.replace("three", "3"), base.replace("one", "eins"))
    ]
    report = patch_tensor(target, *patches)
    assert read_texts(target) == ["1\ntwo\n3\nfour\n"]
    assert (report.applied, report.rejected) == (2, 1)


def test_blank_and_todo_patches_are_skipped(home: Home) -> None:
    target = make_tensor(["a", "b", "c"], home)
    report = patch_tensor(target, make_tensor(["", "TODO\n", None], home))
    assert (read_texts(target), report.skipped, report.rejections) == (["a", "b", "c"], 3, ())


def test_a_patched_copy_leaves_the_original(home: Home) -> None:
    original = make_tensor(["a"], home)
    write_text(original, 0, "a", -0.5, "why")
    copy = st_patched(original, make_tensor([unified_diff("a", "b")], home))
    assert (read_texts(original), read_texts(copy), copy.tolist()) == (["a"], ["b"], [-0.5])


def test_a_patch_goes_through_a_view(home: Home) -> None:
    tensor = make_tensor(["a", "b"], home)
    patch_tensor(slice_view(tensor, slice(1, 2)), make_tensor([unified_diff("b", "c")], home))
    assert read_texts(tensor) == ["a", "c"]


def test_shapes_have_to_agree(home: Home) -> None:
    for operation in (get_diff_tensor, patch_tensor):
        with pytest.raises(ValueError, match="differ"):
            operation(make_tensor(["a"], home), make_tensor(["a", "b"], home))


def test_no_process_is_started_and_nothing_lies_beside_the_data(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def forbidden(*arguments: object, **options: object) -> None:
        raise AssertionError("a process was started")

    monkeypatch.setattr(subprocess, "Popen", forbidden)
    target = make_tensor(["a\n", "other"], tmp_path)
    patch_tensor(
        target, make_tensor([unified_diff("a\n", "b\n"), unified_diff("x\ny\n", "x\nz\n")], tmp_path / "patches")
    )
    folder = tmp_path / store_of(target).uid
    assert sorted(path.name for path in folder.rglob("*") if path.is_file()) == ["data", "data", "shape"]
