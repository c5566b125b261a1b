"""What one step of the optimizer gains: the loss of an answer before and after its row was patched."""

import tempfile

from hdsl import (
    StMoeModule,
    StSGD,
    get_edit_distance_ratio,
    make_tensor,
)


def loss_of(model, question, expected):
    output, selected = model(question)
    assert len(selected) == 1
    return get_edit_distance_ratio(output, expected)


with tempfile.TemporaryDirectory() as folder:
    question = make_tensor(["hello world"], folder)
    expected = make_tensor(["bonjour le monde"], folder)
    model = StMoeModule(experience_shape=[1, 3], task_prompt="Translate English to French.", topk=1)
    model.experience = make_tensor([["hello\nworld", "hello world", "bonjor la mond\n"]], folder)
    model.experience.requires_grad_(True)
    optimizer = StSGD(model.parameters(), lr=1.0)

    before = loss_of(model, question, expected)
    optimizer.zero_grad()
    before.mean().backward()
    optimizer.step()
    after = loss_of(model, question, expected)
    gain = before.mean().item() - after.mean().item()
    print(f"before {before.mean().item():.3f}, after {after.mean().item():.3f}, gain {gain:.3f}")
    assert optimizer.get_last_step_stats()["applied"] >= 1
    assert gain > 0
print("done")
