"""Attention, then a mixture that rewrites what each position sees; padding is left alone in both."""

import tempfile

import torch

from hdsl import (
    StMoeModule,
    TextMerger,
    WithDenseView,
    get_causal_attention_mask,
    make_tensor,
    st_attention,
)

EXPERIENCE = [
    ["greeting\nhello", "hello", "bonjour"],
    ["farewell\nbye", "bye", "au revoir"],
]

with tempfile.TemporaryDirectory() as folder:
    texts = make_tensor([["hello", "world", None], ["bye", None, None]], folder)
    texts.requires_grad_(True)
    mask = get_causal_attention_mask((texts != 0).detach())
    seen = st_attention(texts, mask, return_view=True, task_prompt="Translate.")
    assert list(seen.shape) == [2, 3]
    assert seen[0, 2].item() == 0

    with open(seen.st_file_paths()[0][1], encoding="utf-8") as file:
        frames = TextMerger.unpack(file.read())
    assert [(index, text) for index, coefficient, text in frames] == [(0, "hello"), (1, "world")]

    mixture = StMoeModule(experience_shape=[2, 3], topk=1, task_prompt="Translate English to French.")
    mixture.experience = make_tensor(EXPERIENCE, folder)
    mixture.experience.requires_grad_(True)
    model = WithDenseView(dense_handler=lambda dense: mixture(dense)[0])
    output = model(seen)
    assert list(output.shape) == [3]
    for path in output.st_file_paths():
        with open(path, encoding="utf-8") as file:
            print(file.read())
    output.sum().backward()
    assert isinstance(texts.grad, torch.Tensor)
    assert texts.grad[0, 0].item() > 0
    assert texts.grad[0, 2].item() == 0
print("done")
