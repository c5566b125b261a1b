"""Operations that only read texts: payload, first_line, join, validators, losses, masks; and files."""

from decimal import Decimal
from pathlib import Path

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from hdsl.future.flight import Element
from hdsl.future.future_tensor import FutureTensor
from hdsl.future.loop import run_sync
from hdsl.future.status import Status
from hdsl.ops.attention import causal_mask
from hdsl.ops.element import apply_operation
from hdsl.ops.files import ft_read_file, read_file, write_file
from hdsl.ops.losses import (
    contains,
    edit_distance,
    edit_distance_ratio,
    exact_match,
    mean,
    score_text,
)
from hdsl.ops.site import Site
from hdsl.ops.text_losses import get_edit_distance_ratio
from hdsl.ops.texts import first_line, ft_first_line, join, payload
from hdsl.ops.validate import ft_validate_ctrl, until_label, until_match
from hdsl.tensor.make import make_tensor
from tests.servers.scripted_kernel import failed, leaf

SURE = Status.confidence(1.0)


def pull(tensor: FutureTensor, *coordinates: int) -> Element:
    return run_sync(tensor.ft_async_get(coordinates))


def test_payload_is_what_follows_the_label(tmp_path: Path) -> None:
    texts = ["text:ls -la", "done", "text:", " text:a:b\n", "other:x"]
    site = Site(input_labels=(("text:", "done"),))
    node = apply_operation(payload, [leaf(tmp_path, texts)], {}, site)
    assert [pull(node, number)[0] for number in range(5)] == ["ls -la", "", "", "a:b", ""]


def test_first_line_and_join(tmp_path: Path) -> None:
    assert first_line("\n  \n a b \nc") == "a b"
    assert first_line(" \n") == ""
    node = apply_operation(join, [leaf(tmp_path, ["a"]), leaf(tmp_path, ["b"])], {"with": ", "}, Site())
    assert pull(node, 0) == ("a, b", SURE)
    assert pull(apply_operation(join, [leaf(tmp_path, ["a"]), leaf(tmp_path, ["b"])], {}, Site()), 0)[0] == "a\nb"
    by_hand = ft_first_line(leaf(tmp_path, ["\nx\n", " "]))
    assert pull(by_hand, 0) == ("x", SURE)
    assert pull(by_hand, 1)[1].failed


@pytest.mark.parametrize(
    ("text", "pattern", "passes"),
    [("a\nb", "^b$", True), ("a\nb", "c", False), ("", "^$", True), ("B", "(?i)b", True)],
)
def test_until_match(text: str, pattern: str, passes: bool) -> None:
    kept, status = until_match(text, pattern=pattern)
    assert kept == text
    assert status.failed is not passes
    assert passes or repr(pattern) in status.cause


def test_until_match_says_what_is_wrong_with_a_pattern() -> None:
    text, status = until_match("x", pattern="(")
    assert (text, status.failed) == ("x", True)
    assert "is not a regular expression" in status.cause


@pytest.mark.parametrize(
    ("text", "label", "passes"),
    [("accept", "accept", True), (" accept\n", "accept", True), ("accepted", "accept", False), ("ok:x", "ok:", True)],
)
def test_until_label(text: str, label: str, passes: bool) -> None:
    kept, status = until_label(text, label)
    assert kept == text
    assert status.failed is not passes
    assert passes or label in status.cause


def test_ft_validate_ctrl_passes_keys_alone(tmp_path: Path) -> None:
    node = ft_validate_ctrl(leaf(tmp_path, ["\nEnter\nmore", "C-c", "x", "no key", ""]))
    assert [pull(node, number)[0] for number in range(5)] == ["Enter", "C-c", "", "", ""]
    assert [pull(node, number)[1].failed for number in range(5)] == [False, False, True, True, True]


class TestFiles:
    """read_file and write_file."""

    @given(st.text())
    def test_texts_survive_exactly(self, tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
        path = str(tmp_path_factory.getbasetemp() / "survives")
        assert write_file(path, text) == (text, SURE)
        assert read_file(path) == (text, SURE)

    def test_missing_folders_are_made_modes_and_links_kept(self, tmp_path: Path) -> None:
        script = tmp_path / "a" / "b" / "run.sh"
        assert write_file(f" {script}\n", "one\r\n")[1] == SURE
        script.chmod(0o755)
        link = tmp_path / "link"
        link.symlink_to(script)
        write_file(str(link), "two")
        assert link.is_symlink()
        assert script.read_bytes() == b"two"
        assert script.stat().st_mode & 0o777 == 0o755
        assert list(script.parent.iterdir()) == [script]

    def test_causes_are_clear(self, tmp_path: Path) -> None:
        (tmp_path / "binary").write_bytes(b"\xff\xfe")
        (tmp_path / "file").write_text("x")
        expected = [
            (read_file(str(tmp_path / "none")), "there is no file"),
            (read_file(str(tmp_path)), "cannot be read"),
            (read_file(str(tmp_path / "binary")), "UTF-8"),
            (read_file(" "), "the path is empty"),
            (read_file("a\0b"), "cannot be read"),
            (write_file(str(tmp_path), "x"), "it is a folder"),
            (write_file(str(tmp_path / "file" / "x"), "x"), "cannot be written"),
            (write_file("", "x"), "the path is empty"),
        ]
        for (text, status), cause in expected:
            assert text == ""
            assert status.failed
            assert cause in status.cause

    def test_as_operations(self, tmp_path: Path) -> None:
        path, content = str(tmp_path / "x"), "hello"
        written = apply_operation(write_file, [leaf(tmp_path, [path]), leaf(tmp_path, [content])], {}, Site())
        assert pull(written, 0) == (content, SURE)
        assert pull(apply_operation(read_file, [leaf(tmp_path, [path])], {}, Site()), 0) == (content, SURE)
        assert pull(ft_read_file(leaf(tmp_path, [path])), 0) == (content, SURE)


class TestLosses:
    """Scores: 0 is good."""

    def test_scores_of_pairs(self) -> None:
        assert (edit_distance("abc", "abc"), edit_distance("", ""), edit_distance("abc", "xyz")) == ("0", "0", "1")
        assert edit_distance("kitten", "sitting") == "0.428571"
        assert (exact_match(" a\n", "a"), exact_match("a", "b")) == ("0", "1")
        assert (contains("hello world", "world"), contains("hello", "world")) == ("0", "1")

    @given(st.text(), st.text())
    def test_a_score_is_a_plain_decimal_in_range(self, actual: str, expected: str) -> None:
        text = edit_distance(actual, expected)
        assert Decimal(text) == round(Decimal(edit_distance_ratio(actual, expected)), 6)
        assert 0 <= Decimal(text) <= 1
        assert "e" not in text.lower()
        assert (edit_distance_ratio(actual, expected) == 0) == (actual == expected)

    def test_score_text(self) -> None:
        assert [score_text(value) for value in (0.0, 1.0, 0.5, 1e-9, 10.0)] == ["0", "1", "0.5", "0", "10"]

    def test_mean(self, tmp_path: Path) -> None:
        node = apply_operation(mean, [leaf(tmp_path, ["0", "1", "0.5", "0.5"], [2, 2])], {}, Site(shape=()))
        assert pull(node) == ("0.5", SURE)
        assert node.ft_capacity_shape == []
        broken = mean(leaf(tmp_path, ["0", failed("x", "why"), failed("y", "later")]))
        assert pull(broken) == failed("x", "why")
        assert pull(mean(leaf(tmp_path, ["no number"])))[1].failed
        assert pull(mean(leaf(tmp_path, [], [0]))) == ("", Status.absent)

    def test_get_edit_distance_ratio(self, tmp_path: Path) -> None:
        actual = make_tensor([["abc", "x"], [None, "same"]], tmp_path).requires_grad_()
        expected = make_tensor([["abd", "yz"], ["", "same"]], tmp_path)
        ratio = get_edit_distance_ratio(actual, expected)
        assert torch.allclose(ratio.float(), torch.tensor([[1 / 3, 1.0], [0.0, 0.0]]), atol=0.01)
        assert ratio.dtype == torch.bfloat16
        ratio.sum().backward()
        assert actual.grad is not None
        assert actual.grad.tolist() == [[1.0, 1.0], [1.0, 1.0]]
        with pytest.raises(ValueError, match="differ"):
            get_edit_distance_ratio(actual, make_tensor(["a"], tmp_path))


@pytest.mark.parametrize("strict", [False, True])
def test_causal_mask(tmp_path: Path, strict: bool) -> None:
    x = leaf(tmp_path, ["a", failed("b", "why"), "c"], [1, 3])
    node = apply_operation(causal_mask, [x], {"strict": strict}, Site())
    assert node.ft_capacity_shape == [1, 3, 3]
    found = [[pull(node, 0, i, j)[0] for j in range(3)] for i in range(3)]
    last = "false" if strict else "true"
    assert found == [[last, "false", "false"], ["false"] * 3, ["true", "true", last]]


def test_what_lies_ahead_is_not_asked(tmp_path: Path) -> None:
    x = leaf(tmp_path, ["a", "b"], [1, 2])
    assert pull(causal_mask(x), 0, 0, 1)[0] == "false"
    assert x.pulled == []
