"""Patches as git mails them, as other systems carry them and as models write them."""

import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hdsl.tensor.diff import split_lines, unified_diff
from hdsl.tensor.hunks import PatchRejected
from hdsl.tensor.patch import apply_patch

OLD = "".join(f"line {number}\n" for number in range(12))
NEW = OLD.replace("line 3\n", "three\n").replace("line 9\n", "")
PATCH = unified_diff(OLD, NEW)
LINES = st.lists(st.sampled_from(["a", "b", "", "-", "--", "-- ", "x y", "2.39.5", "@@", "```"]), min_size=1)


def crlf(text: str) -> str:
    return text.replace("\n", "\r\n")


@pytest.mark.parametrize(
    "patch",
    [
        f"{PATCH}-- \n2.39.5\n\n",
        f"{PATCH}-- \n2.39.5 (Apple Git-154)\n",
        f"{PATCH}--\n",
        f"Subject: [PATCH] x\n---\n data | 2 +-\n\ndiff --git a/data b/data\nindex 1..2 100644\n{PATCH}-- \n2.39.5\n\n",
        f"diff --git a/data b/data\nold mode 100644\nnew mode 100755\n{PATCH}",
        PATCH.replace("--- data\n+++ data\n", "--- a/data\t2026-01-01 00:00:00 +0000\n+++ b/data\t2026-01-02\n"),
        f"Here it is:\n\n```diff\n{PATCH}```\nThat is all.\n",
        crlf(PATCH),
        PATCH.replace("@@ -1,12 +1,11 @@", "@@ -1,99 +1,2 @@"),
        PATCH.replace("@@ -1,12 +1,11 @@", "@@ -1,99 +1,2 @@") + "-- \n2.39.5\n",
        PATCH.replace("@@ -1,12 +1,11 @@", f"@@ -{10**14},12 +{10**14},11 @@"),
        PATCH.replace("@@ -1,12 +1,11 @@", f"@@ -{'9' * 6000},12 +1,11 @@"),
        PATCH.replace("@@ -1,12 +1,11 @@", f"@@ -1,{'9' * 6000} +1,11 @@"),
    ],
)
def test_a_patch_in_its_wrapping_is_the_patch(patch: str) -> None:
    assert apply_patch(OLD, patch).text == NEW


def test_a_text_goes_on_ending_its_lines_as_it_does() -> None:
    assert apply_patch(crlf(OLD), PATCH) == (crlf(NEW), True)
    assert apply_patch(crlf(OLD), crlf(PATCH)) == (crlf(NEW), True)
    assert apply_patch(OLD, unified_diff(crlf(OLD), crlf(NEW))) == (NEW, True)
    assert apply_patch(crlf(OLD), unified_diff(crlf(OLD), crlf(NEW))) == (crlf(NEW), False)
    assert apply_patch(crlf(OLD).removesuffix("\r\n"), PATCH).text == crlf(NEW).removesuffix("\r\n")


def test_a_patch_that_changes_how_lines_end_does_so() -> None:
    assert apply_patch(crlf(OLD), unified_diff(crlf(OLD), OLD)) == (OLD, False)
    assert apply_patch(OLD, unified_diff(OLD, crlf(OLD))) == (crlf(OLD), False)


def test_a_patch_of_several_files_is_refused_and_names_them() -> None:
    other = PATCH.replace(" data\n", " b/other\n")
    with pytest.raises(PatchRejected, match=r"a patch of 2 files \(data, other\)"):
        apply_patch(OLD, PATCH + other)


def test_hunks_under_headers_of_their_own_are_one_patch() -> None:
    both = OLD.replace("line 0\n", "zero\n").replace("line 11\n", "eleven\n")
    patch = unified_diff(OLD, both)
    assert patch.count("@@ -") == 2
    headed = patch.replace("\n@@ -9", "\n--- data\n+++ data\n@@ -9")
    assert headed != patch
    assert apply_patch(OLD, headed).text == both
    assert apply_patch(OLD, headed.replace("@@ -1,4 +1,4", "@@ -1,9 +1,9")).text == both


def test_empty_context_that_lost_its_blank() -> None:
    old, new = "a\n\nb\n\nc\n", "a\n\nB\n\nc\n"
    patch = unified_diff(old, new).replace("\n \n", "\n\n")
    assert apply_patch(old, patch).text == new
    assert apply_patch(crlf(old), crlf(patch)).text == crlf(new)


def test_lines_end_at_newlines_alone_in_patches_too() -> None:
    old = "a\u2028b\n\x0c\n\x85c\n"
    new = old.replace("\x85c", "\x85d")
    assert apply_patch(old, unified_diff(old, new)) == (new, False)


@settings(deadline=None)
@given(LINES, LINES, st.sampled_from(["-- \n2.39.5\n\n", "-- \n2.39.5\n", "\n", "```\n"]))
def test_a_signature_or_a_fence_changes_nothing(old: list[str], new: list[str], end: str) -> None:
    before, after = "\n".join([*old, ""]), "\n".join([*new, ""])
    if before.strip() and before != after:
        assert apply_patch(before, unified_diff(before, after) + end).text == after


def test_long_patches_of_long_texts() -> None:
    """Each line repeats, and no hunk is where it says: a search from each place would take hours."""
    lines = [f"{number % 50}\n" for number in range(200_000)]
    changed = list(lines)
    for at in range(20, len(lines), 40):
        changed[at] = f"changed {at}\n"
    old = "".join(lines)
    patch = "--- data\n+++ data\n" + "".join(
        f"@@ -{at - 2 + 1_000_000},7 +1,7 @@\n"
        + "".join(f" {line}" for line in lines[at - 3 : at])
        + f"-{lines[at]}+{changed[at]}"
        + "".join(f" {line}" for line in lines[at + 1 : at + 4])
        for at in range(20, len(lines), 40)
    )
    assert len(patch) > 200_000
    moved = "moved\n" * 100 + old
    with pytest.raises(PatchRejected, match="not in the text"):
        apply_patch(moved, patch + "@@ -1 +1 @@\n-not there\n+x\n")
    one = f"@@ -5,{len(lines)} +5,{len(lines)} @@\n" + "".join(f" {line}" for line in lines) + "-no\n+yes\n"
    with pytest.raises(PatchRejected):
        apply_patch(old, one)


@pytest.mark.skipif(shutil.which("patch") is None, reason="GNU patch is not installed")
@settings(deadline=None, max_examples=60)
@given(old=LINES, new=LINES, is_signed=st.booleans(), moved=st.integers(0, 30))
def test_like_gnu_patch_with_a_signature_and_wrong_places(
    tmp_path_factory: pytest.TempPathFactory, old: list[str], new: list[str], is_signed: bool, moved: int
) -> None:
    before, after = "\n".join([*old, ""]), "\n".join([*new, ""])
    patch = unified_diff(before, after)
    target = "moved\n" * moved + before
    if not patch or not before.strip():
        return
    path = Path(tmp_path_factory.mktemp("patch")) / "data"
    path.write_text(target, newline="")
    command = ["patch", "-u", "-F3", "-s", "-f", "-N", "--no-backup-if-mismatch", "-r", "-", str(path)]
    signed = patch + ("-- \n2.39.5\n\n" if is_signed else "")
    if subprocess.run(command, input=signed.encode(), capture_output=True, check=False).returncode == 0:
        assert split_lines(apply_patch(target, signed).text) == split_lines(path.read_bytes().decode())
