"""Finding rows for text tensors: queries made of texts, and the rows of an experience most like one."""

import random

import torch

from hdsl.ops.forwarded import ft_from_tensor
from hdsl.ops.keywords import keywords
from hdsl.ops.rows import RetrievalMethod, check_experience, row_scores


def get_query_tensor(tensor: torch.Tensor, query_prompt: str = "", task_prompt: str = "") -> torch.Tensor:
    """The model's keywords for each text, one a line, in a tensor of the same shape; asked with the prompts as task."""
    task = "\n\n".join(prompt for prompt in (query_prompt, task_prompt) if prompt)
    found = keywords(ft_from_tensor(tensor), task=task)
    found.ft_forward()
    return found.ft_static_tensor


def select_qkv_indexes(
    experience: torch.Tensor,
    query: str,
    topk: int = 16,
    retrieval_method: RetrievalMethod | None = None,
    random_noise: bool = False,
    seed: int = 0,
) -> tuple[list[torch.Tensor], bool]:
    """The numbers of the `topk` rows of `[N, 3]` most like the query, best first, and whether the table is cold.

    The numbers stand in one index tensor, for the first dimension. A cold table has no row with a value: then they
    are rows at random, by `seed`, as are the scores with `random_noise` (mean a quarter of the mean score).
    """
    check_experience(experience)
    scores = row_scores(experience, (query,), retrieval_method)
    source = random.Random(seed)
    if not scores:
        count = experience.shape[0]
        return [torch.tensor(source.sample(range(count), min(topk, count)), dtype=torch.long)], True
    if random_noise:
        level = sum(scores.values()) / len(scores) / 4
        scores = {row: score + source.gauss(level, level + 0.01) for row, score in scores.items()}
    best = sorted(scores, key=lambda row: -scores[row])[:topk]
    return [torch.tensor(best, dtype=torch.long)], False
