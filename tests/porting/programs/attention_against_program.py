"""Attention over texts against a plain program that joins what each position may see; no model is asked."""

import os
import tempfile

import torch

from hdsl import (
    TextMerger,
    get_causal_attention_mask,
    get_diff_tensor,
    make_tensor,
    merge,
    slice_attention,
    slice_tensor,
    slice_view,
    st_attention,
    symbolic_grad_registry,
)

ROWS = [["a\nb", "c", "d"], ["e", "f", "g"]]


def text_of(tensor, flat):
    path = os.path.join(tensor.st_relative_to, tensor.st_tensor_uid, "storage", *str(flat), "data")
    with open(path, encoding="utf-8") as file:
        return file.read()


def traditional(rows, length):
    return [["\n".join(row[: at + 1]) if at < length else None for at in range(len(row))] for row in rows]


with tempfile.TemporaryDirectory() as folder:
    texts = make_tensor(ROWS, folder)
    tokens = torch.tensor([[True, True, False]] * 2)
    mask = get_causal_attention_mask(tokens)
    seen = st_attention(texts, mask)
    expected = traditional(ROWS, 2)
    for row in range(2):
        for at in range(2):
            frames = TextMerger.unpack(text_of(seen, row * 3 + at))
            assert "\n".join(text for _, _, text in frames) == expected[row][at]
        assert seen[row, 2].item() == 0

    # One row, one position, and all that a position sees: a list has an item for each dimension.
    assert text_of(slice_tensor(texts, [1, 0]), 0) == "e"
    assert list(slice_view(texts, [torch.tensor([0, 1]), slice(0, 2)]).shape) == [2, 2]
    assert list(slice_attention(texts, mask).shape) == [2, 3, 3]

    # A change of the merged text goes back to the one text that it is of.
    learner = make_tensor([["a\n", "b\n"]], folder)
    learner.requires_grad_(True)
    merged = merge(learner, -1)
    better = make_tensor([text_of(merged, 0).replace("b", "B")], folder)
    symbolic_grad_registry.register(merged.st_tensor_uid, get_diff_tensor(merged, better))
    merged.sum().backward()
    assert learner.grad.tolist() == [[1.0, 1.0]]
print("done")
