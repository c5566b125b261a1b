"""retrieve: the rows an expert would be shown, as text [ft_retrieve_experience]."""

from dataclasses import replace

import torch

from hdsl.future.future_tensor import FutureTensor
from hdsl.kernel.prompt import render_rows
from hdsl.kernel.request import Row
from hdsl.ops.element import lift, tensor_operation
from hdsl.ops.keywords import are_keywords, keywords
from hdsl.ops.rows import RetrievalMethod, check_experience, find_rows, nearest_rows, rows_of
from hdsl.ops.site import Pull, Site


@tensor_operation
def retrieve(input: FutureTensor, memory: torch.Tensor, *, topk: int = 16, site: Site | None = None) -> FutureTensor:
    """The `topk` rows of the experience most like each element (and, in a loop, the goal), framed as examples."""
    check_experience(memory)

    def show(text: str, *, pull: Pull) -> str:
        return render_rows(found_rows(memory, text, pull, topk, by_lines=are_keywords(input)))

    return lift(show, (input,), {}, first_input(site))


def found_rows(memory: torch.Tensor, text: str, pull: Pull, topk: int, *, by_lines: bool) -> tuple[Row, ...]:
    """The rows of the experience as it is now that are most like a text and the goal of the loops it is in."""
    matches = nearest_rows(memory, (text, pull.trajectory.goal), topk, by_lines=by_lines)
    return tuple(match.row for match in matches)


def rows_by_method(memory: torch.Tensor, text: str, topk: int, method: RetrievalMethod) -> tuple[Row, ...]:
    """The `topk` rows with a value that a measure of the user's own finds most like a text; ties in table order."""
    rows = rows_of(memory)
    return tuple(rows[number] for number in find_rows(memory, (text,), topk, method, by_lines=False))


def first_input(site: Site | None) -> Site:
    """The site of an operation whose experience is no input that is pulled."""
    given = site or Site()
    return replace(given, input_labels=given.input_labels[:1], sessions=given.sessions[:1])


def ft_retrieve_experience(
    x: FutureTensor,
    experience: torch.Tensor,
    topk: int = 16,
    retrieval_method: RetrievalMethod | None = None,
    skip_query_gen: bool = True,
    query_prompt: str = "",
) -> FutureTensor:
    """`retrieve` by hand. Without `skip_query_gen` the model's keywords (asked with `query_prompt`) find the rows."""
    check_experience(experience)
    found_by = x if skip_query_gen else keywords(x, task=query_prompt)
    if retrieval_method is None:
        return retrieve(found_by, experience, topk=topk)

    def show(text: str) -> str:
        return render_rows(rows_by_method(experience, text, topk, retrieval_method))

    return lift(show, (found_by,))
