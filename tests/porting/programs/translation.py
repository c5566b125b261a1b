"""A translation model, and the script that trains it: files in, an experience that learns, files expected."""

import os
import tempfile

from hdsl import (
    SoleFileBatchDataLoader,
    StMoeModule,
    StSGD,
    get_edit_distance_ratio,
    make_tensor,
)

PAIRS = {
    "branch": ("if ready:\n    go()\n", "Branch[ready] -> go\n"),
    "loop": ("for item in items:\n    go()\n", "Each[items] -> go\n"),
    "pass": ("pass\n", "Nothing\n"),
}
EPOCHS = 4


def write_dataset(folder):
    for name, (source, target) in PAIRS.items():
        for extension, text in ((".py", source), (".viba", target)):
            with open(os.path.join(folder, name + extension), "w", encoding="utf-8") as file:
                file.write(text)


def build(folder):
    model = StMoeModule(experience_shape=[3, 3], task_prompt="Translate Python to Viba.", topk=2)
    rows = [
        ["branch\nif", "if x:\n    y()\n", "?\n"],
        ["loop\nfor", "for x in y:\n    z()\n", "?\n"],
        ["pass", "...\n", "?\n"],
    ]
    model.experience = make_tensor(rows, folder)
    model.experience.requires_grad_(True)
    return model


def train(model, dataset):
    optimizer = StSGD(model.parameters(), lr=1.0)
    losses = []
    for epoch in range(EPOCHS):
        total = count = 0.0
        sources = SoleFileBatchDataLoader(dataset, extension=".py", batch_size=2)
        targets = SoleFileBatchDataLoader(dataset, extension=".viba", batch_size=2)
        for source, target in zip(sources, targets):
            optimizer.zero_grad()
            output, _ = model(source)
            loss = get_edit_distance_ratio(output, target)
            loss.mean().backward()
            optimizer.step()
            total, count = total + loss.sum().item(), count + loss.numel()
        losses.append(total / count)
        print(f"epoch {epoch}: loss {losses[-1]:.3f}, {optimizer.get_last_step_stats()['applied']} patches")
    return losses


with tempfile.TemporaryDirectory() as dataset, tempfile.TemporaryDirectory() as folder:
    write_dataset(dataset)
    losses = train(build(folder), dataset)
    assert losses[-1] < losses[0]
print("done")
