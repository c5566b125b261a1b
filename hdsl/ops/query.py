"""Finding rows for text tensors: queries made of texts, and the rows of an experience most like one."""

import random
from collections.abc import Mapping

import torch

from hdsl.future.context import use_context
from hdsl.ops.callers import asked_by
from hdsl.ops.forwarded import ft_from_tensor
from hdsl.ops.keywords import keywords, query_task
from hdsl.ops.prompts import Prompt
from hdsl.ops.rows import WIDTH, RetrievalMethod, check_experience, row_indexes, row_scores


def get_query_tensor(
    tensor: torch.Tensor,
    query_prompt: Prompt | None = None,
    task_prompt: str = "",
    llm_method: str = "raw_llm_api",
    llm_env: Mapping[str, str] | None = None,
) -> torch.Tensor:
    """The model's keywords for each text, one a line, in a tensor of the same shape; asked with the prompts as task."""
    with use_context(asked_by(llm_method, llm_env)):
        found = keywords(ft_from_tensor(tensor), task=query_task(query_prompt, task_prompt))
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
    """The coordinates of the `topk` rows of `[…, 3]` most like the query, best first, and whether the table is cold.

    There is one index tensor a dimension; the last is 0, the query's column. A cold table has no row with a value: then
    they are rows at random, by `seed`, as are the scores with `random_noise` (mean a quarter of the mean score).
    """
    check_experience(experience)
    scores = row_scores(experience, (query,), retrieval_method)
    source = random.Random(seed)
    if not scores:
        count = experience.numel() // WIDTH
        return row_indexes(source.sample(range(count), min(topk, count)), experience.shape), True
    if random_noise:
        level = sum(scores.values()) / len(scores) / 4
        scores = {row: score + source.gauss(level, level + 0.01) for row, score in scores.items()}
    best = sorted(scores, key=lambda row: -scores[row])[:topk]
    return row_indexes(best, experience.shape), False
