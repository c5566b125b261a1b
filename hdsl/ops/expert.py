"""expert: retrieves the rows most like the input and lets the model answer in their manner [ft_expert]."""

from collections.abc import Callable

import torch

from hdsl.future.flight import Element
from hdsl.future.future_tensor import FutureTensor
from hdsl.kernel.prompt import render_parts
from hdsl.kernel.request import Request, Row
from hdsl.ops.asking import ask_kernel, seed_of
from hdsl.ops.element import element_coordinates, lift, tensor_operation
from hdsl.ops.keywords import are_keywords, keywords
from hdsl.ops.llm import ft_llm_call
from hdsl.ops.retrieve import first_input, found_rows, ft_retrieve_experience, rows_by_method
from hdsl.ops.rows import RetrievalMethod, check_experience
from hdsl.ops.site import Pull, Site
from hdsl.tensor.text_tensor import store_of, text_at

OutputPrompt = Callable[[str, str, str, str], str]
"""A prompt made of the task, the examples, the input and the trajectory."""

TaskPrompt = str | torch.Tensor
"""A task: one text, or a text tensor or FutureTensor of the input's shape or its leading dimensions."""


@tensor_operation
def expert(
    input: FutureTensor, memory: torch.Tensor, *, task: str = "", topk: int = 16, site: Site | None = None
) -> FutureTensor:
    """The model's answer to each element, given the `topk` rows of the experience that are most like it.

    An empty experience is no failure: the model is asked without examples.
    """
    check_experience(memory)
    by_lines = are_keywords(input)

    async def answer(text: str, *, pull: Pull) -> Element:
        return await _answer(text, task, found_rows(memory, text, pull, topk, by_lines=by_lines), pull)

    return lift(answer, (input,), {}, first_input(site))


def ft_expert(
    x: FutureTensor,
    experience: torch.Tensor,
    task_prompt_st: TaskPrompt = "",
    output_prompt: OutputPrompt | None = None,
    topk: int = 16,
    retrieval_method: RetrievalMethod | None = None,
    skip_query_gen: bool = True,
    query_prompt: str = "",
) -> FutureTensor:
    """`expert` by hand. With a prompt of one's own it is retrieval, context and call in a chain.

    Without `skip_query_gen` the rows are found by the model's keywords for the input; what is shown is the input.
    """
    check_experience(experience)
    if output_prompt is not None:
        rows = ft_retrieve_experience(x, experience, topk, retrieval_method, skip_query_gen, query_prompt)
        return ft_llm_call(ft_build_expert_context(x, rows, task_prompt_st, output_prompt))
    found_by = None if skip_query_gen else keywords(x, task=query_prompt)

    async def answer(text: str, task: str | None, words: str | None, *, pull: Pull) -> Element:
        query = text if words is None else words
        rows = (
            found_rows(experience, query, pull, topk, by_lines=words is not None)
            if retrieval_method is None
            else rows_by_method(experience, query, topk, retrieval_method)
        )
        return await _answer(text, _task_text(task_prompt_st, task, pull), rows, pull)

    return lift(answer, (x, _pulled(task_prompt_st), found_by))


def ft_build_expert_context(
    x: FutureTensor,
    experience_text: FutureTensor,
    task_prompt_st: TaskPrompt = "",
    output_prompt: OutputPrompt | None = None,
) -> FutureTensor:
    """One prompt of each element: the trajectory, the task, the examples and the input."""

    def build(text: str, examples: str, task: str | None, *, pull: Pull) -> str:
        wanted = _task_text(task_prompt_st, task, pull)
        if output_prompt is not None:
            return output_prompt(wanted, examples, text, str(pull.trajectory))
        parts = (("trajectory", str(pull.trajectory)), ("task", wanted), ("examples", examples), ("input", text))
        return render_parts(parts)

    return lift(build, (x, experience_text, _pulled(task_prompt_st)))


async def _answer(text: str, task: str, rows: tuple[Row, ...], pull: Pull) -> Element:
    request = Request(
        kind="expert",
        input=text,
        task=task,
        goal=pull.trajectory.goal,
        trajectory=pull.trajectory.turns,
        rows=rows,
        labels=pull.site.labels,
        seed=seed_of(pull.site.name, pull.coordinates),
    )
    return await ask_kernel(request, pull)


def _pulled(task: TaskPrompt) -> FutureTensor | None:
    return task if isinstance(task, FutureTensor) else None


def _task_text(task: TaskPrompt, pulled: str | None, pull: Pull) -> str:
    """The task of one element: what was pulled of a FutureTensor, else read where it stands."""
    if isinstance(task, str):
        return task
    if pulled is not None:
        return pulled
    return text_at(task, element_coordinates(store_of(task).shape, pull.coordinates)) or ""
