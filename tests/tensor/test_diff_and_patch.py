"""Unified diffs of texts and how they are applied, also where the text has moved on."""

import random
import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hdsl.tensor.diff import split_lines, unified_diff
from hdsl.tensor.hunks import PatchRejected
from hdsl.tensor.patch import apply_patch, is_no_patch

PIECES = st.sampled_from(
    [
        "a",
        "b",
        "c",
        "\n",
        "\n",
        "\r\n",
        "\r",
        "\x0c",
        "\x0b",
        "\x85",
        "\u2028",
        "\u2029",
        "\x1c",
        "\0",
        "\U0001f600",
        "\udcff",
        " ",
        "\t",
        "++",
        "--- ",
        "+++ data",
        "@@ -1 +1 @@",
        "\\ No newline at end of file",
        "TODO",
    ]
)
TEXTS = st.one_of(st.lists(PIECES, max_size=30).map("".join), st.text())
NUMBERED = "".join(f"line {number}\n" for number in range(20))


def changed(text: str, old: str, new: str) -> str:
    assert old in text
    return text.replace(old, new, 1)


@settings(max_examples=150, deadline=None)
@given(TEXTS, TEXTS)
def test_a_diff_turns_any_text_into_any_other_exactly(old: str, new: str) -> None:
    patch = unified_diff(old, new)
    if old == new:
        assert patch == ""
    else:
        assert apply_patch(old, patch) == (new, False)


@given(st.lists(st.sampled_from("abc\n"), max_size=200).map("".join), st.data())
def test_a_diff_between_long_likes_is_exact(old: str, data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(old)))
    new = old[:at] + data.draw(st.sampled_from(["x", "\n", "x\ny\n"])) + old[data.draw(st.integers(at, len(old))) :]
    if old != new:
        assert apply_patch(old, unified_diff(old, new)).text == new


@given(TEXTS)
def test_lines_end_at_newlines_alone(text: str) -> None:
    lines = split_lines(text)
    assert "".join(lines) == text
    assert all(line and "\n" not in line[:-1] for line in lines)


def test_a_line_of_a_megabyte() -> None:
    old, new = "a" * 1_000_000, "a" * 999_999 + "b\nshort\n"
    assert apply_patch(old, unified_diff(old, new)).text == new


def test_thousands_of_equal_lines() -> None:
    source = random.Random(0)
    old = "".join(source.choice(["\n", "x\n", f"{number}\n"]) for number in range(6000))
    new = "".join(line for line in split_lines(old) if source.random() > 0.05)
    assert apply_patch(old, unified_diff(old, new)).text == new


def test_the_diff_is_labelled_data_and_has_the_form_everyone_reads() -> None:
    assert unified_diff("a\nb\n", "a\nc") == (
        "--- data\n+++ data\n@@ -1,2 +1,2 @@\n a\n-b\n+c\n\\ No newline at end of file\n"
    )
    assert unified_diff("", "a\n") == "--- data\n+++ data\n@@ -0,0 +1 @@\n+a\n"
    assert unified_diff("a\n", "") == "--- data\n+++ data\n@@ -1 +0,0 @@\n-a\n"


def test_a_moved_hunk_applies_where_its_lines_are() -> None:
    patch = unified_diff(NUMBERED, changed(NUMBERED, "line 10\n", "ten\n"))
    moved = "new\n" * 7 + NUMBERED
    assert apply_patch(moved, patch) == (changed(moved, "line 10\n", "ten\n"), False)


@pytest.mark.parametrize("context", ["line 7\n", "line 13\n", "line 9\n"])
def test_changed_context_applies_with_fuzz(context: str) -> None:
    patch = unified_diff(NUMBERED, changed(NUMBERED, "line 10\n", "ten\n"))
    drifted = changed(NUMBERED, context, "other\n")
    assert apply_patch(drifted, patch) == (changed(drifted, "line 10\n", "ten\n"), True)


@pytest.mark.parametrize(
    ("text", "patch", "cause"),
    [
        ("line 1\nother\n", unified_diff("line 1\nline 2\n", "line 1\ntwo\n"), "does not apply"),
        ("a\n", "1c\nb\n.\n", "not a unified diff"),
        ("a\n", "just change it, please", "not a unified diff"),
        ("a\n", "@@ -1 +1 @@\n a\n", "changes nothing"),
        ("there\n", unified_diff("", "new\n"), "does not apply"),
    ],
)
def test_what_does_not_apply_is_rejected(text: str, patch: str, cause: str) -> None:
    with pytest.raises(PatchRejected, match=cause):
        apply_patch(text, patch)


def test_all_hunks_or_none() -> None:
    both = changed(changed(NUMBERED, "line 2\n", "two\n"), "line 15\n", "fifteen\n")
    patch = unified_diff(NUMBERED, both)
    assert patch.count("@@ -") == 2
    with pytest.raises(PatchRejected, match="hunk 2 of 2"):
        apply_patch(changed(NUMBERED, "line 15\n", "gone\n"), patch)


@pytest.mark.parametrize("blank", ["", "\n", " \n\t\n"])
def test_cold_start_makes_the_text_of_the_added_lines(blank: str) -> None:
    assert apply_patch(blank, unified_diff("", "++i;\n+a\nb")).text == "++i;\n+a\nb"
    assert apply_patch(blank, unified_diff("TODO\nkept\n", "answer\nkept\n")).text == "answer\n"


@pytest.mark.parametrize("patch", [None, "", " \n", "TODO", "TODO\n"])
def test_nothing_to_apply(patch: str | None) -> None:
    assert is_no_patch(patch)
    assert not is_no_patch(unified_diff("TODO", "a"))


def test_counts_that_a_model_got_wrong_are_counted_anew() -> None:
    patch = "Here is the diff:\n```diff\n--- data\n+++ data\n@@ -1,9 +1,2 @@\n a\n-b\n+c\n\n d\n```\n"
    assert apply_patch("a\nb\n\nd\n", patch).text == "a\nc\n\nd\n"


def test_a_patch_by_somebody_who_does_not_see_how_the_text_ends() -> None:
    assert apply_patch("a\nb", "@@ -1,2 +1,2 @@\n a\n-b\n+c\n") == ("a\nc", True)
    assert apply_patch("a\nb\n", unified_diff("a\nb", "a\nc")) == ("a\nc\n", True)


def test_an_added_line_never_joins_its_neighbour() -> None:
    inserted = "@@ -2,4 +2,6 @@\n fk\n i\n \n+a\n+z\n \n \n"
    assert apply_patch("h\nfk\nx", inserted).text == "h\nfk\nx\na\nz\n"


@pytest.mark.skipif(shutil.which("patch") is None, reason="GNU patch is not installed")
def test_like_gnu_patch_with_fuzz_3(tmp_path: Path) -> None:
    """Where GNU patch applies all hunks the texts are the same, but for lines it joins at the end of a text."""
    source = random.Random(7)
    compared = 0
    for _ in range(150):
        old = _lines(source, 3, 40)
        target = _mutated(source, old)
        patch = unified_diff("".join(old), "".join(_mutated(source, old)))
        if not patch or not "".join(target).strip():
            continue
        path = tmp_path / "data"
        path.write_text("".join(target), newline="")
        command = ["patch", "-u", "-F3", "-s", "-f", "-N", "--no-backup-if-mismatch", "-r", "-", str(path)]
        if subprocess.run(command, input=patch.encode(), capture_output=True, check=False).returncode == 0:
            compared += 1
            assert apply_patch("".join(target), patch).text == path.read_bytes().decode()
    assert compared > 50


def _lines(source: random.Random, low: int, high: int) -> list[str]:
    return [
        f"{''.join(source.choices('abcdefgh', k=source.randint(0, 2)))}\n" for _ in range(source.randint(low, high))
    ]


def _mutated(source: random.Random, lines: list[str]) -> list[str]:
    result = list(lines)
    for _ in range(source.randint(1, 4)):
        at = source.randrange(len(result) + 1)
        result[at : at + source.randint(0, 1)] = [f"{source.choice('uvwxyz')}\n"] * source.randint(0, 1)
    return result
