"""What one step of the optimizer gains: the loss of an answer before and after its row was patched."""

import tempfile

from hdsl import (
    StSGD,
    get_edit_distance_ratio,
    make_tensor,
    st_moe,
)


def loss_of(question, experience, expected):
    output, selected = st_moe(
        question, experience, task_prompt="Translate English to French.", topk=1, llm_method="raw_llm_api"
    )
    assert len(selected) == 1
    return get_edit_distance_ratio(output, expected)


with tempfile.TemporaryDirectory() as folder:
    question = make_tensor(["hello world"], folder)
    expected = make_tensor(["bonjour le monde"], folder)
    experience = make_tensor([["hello\nworld", "hello world", "bonjor la mond"]], folder)
    experience.requires_grad_(True)
    optimizer = StSGD([experience], lr=1.0)

    before = loss_of(question, experience, expected)
    optimizer.zero_grad()
    before.mean().backward()
    optimizer.step()
    after = loss_of(question, experience, expected)
    gain = before.mean().item() - after.mean().item()
    print(f"before {before.mean().item():.3f}, after {after.mean().item():.3f}, gain {gain:.3f}")
    assert optimizer.get_last_step_stats()["applied"] >= 1
    assert gain > 0
print("done")
