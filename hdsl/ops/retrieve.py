"""retrieve: the rows an expert would be shown, as text [ft_retrieve_experience]."""

from collections.abc import Mapping
from dataclasses import replace

import torch

from hdsl.future.context import use_context
from hdsl.future.future_tensor import FutureTensor
from hdsl.ground.row import Row
from hdsl.kernel.prompt import render_rows
from hdsl.ops.callers import asked_by
from hdsl.ops.element import lift, tensor_operation
from hdsl.ops.keywords import are_keywords, keywords, query_task
from hdsl.ops.prompts import Prompt
from hdsl.ops.rows import RetrievalMethod, check_experience, rows_by_method, shown_rows
from hdsl.ops.site import Pull, Site


@tensor_operation
def retrieve(input: FutureTensor, memory: torch.Tensor, *, topk: int = 16, site: Site | None = None) -> FutureTensor:
    """The `topk` rows of the experience most like each element (and, in a loop, the goal), framed as examples."""
    check_experience(memory)

    async def show(text: str, *, pull: Pull) -> str:
        return render_rows(await rows_for(memory, text, pull, topk, by_lines=are_keywords(input)))

    return lift(show, (input,), {}, first_input(site))


async def rows_for(memory: torch.Tensor, text: str, pull: Pull, topk: int, *, by_lines: bool) -> tuple[Row, ...]:
    """The rows of the experience as it is now that are most like a text and the goal of the loops it is in."""
    matches = await shown_rows(memory, (text, pull.trajectory.goal), topk, pull, by_lines=by_lines)
    return tuple(match.row for match in matches)


def first_input(site: Site | None) -> Site:
    """The site of an operation whose experience is not an input that is pulled."""
    given = site or Site()
    return replace(
        given, input_labels=given.input_labels[:1], input_forms=given.input_forms[:1], sessions=given.sessions[:1]
    )


def ft_retrieve_experience(
    input_ft: FutureTensor,
    experience: torch.Tensor,
    topk: int = 16,
    retrieval_method: RetrievalMethod | None = None,
    skip_query_gen: bool = False,
    query_prompt: Prompt | None = None,
    task_prompt: str = "",
    llm_method: str = "raw_llm_api",
    llm_env: Mapping[str, str] | None = None,
) -> FutureTensor:
    """`retrieve` by hand: the model's keywords find the rows, with `skip_query_gen` the text itself."""
    check_experience(experience)
    found_by = input_ft
    if not skip_query_gen:
        with use_context(asked_by(llm_method, llm_env)):
            found_by = keywords(input_ft, task=query_task(query_prompt, task_prompt))
    if retrieval_method is None:
        return retrieve(found_by, experience, topk=topk)

    def show(text: str) -> str:
        found = rows_by_method(experience, (text,), topk, retrieval_method)
        return render_rows([match.row for match in found])

    return lift(show, (found_by,))
