"""expert: retrieves the rows most like the input and lets the model answer in their manner [ft_expert]."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch

from hdsl.future.context import current_context
from hdsl.future.flight import Element
from hdsl.future.future_tensor import FutureTensor
from hdsl.future.node import Coordinates
from hdsl.kernel.prompt import render_parts, render_rows
from hdsl.kernel.request import Request, Row
from hdsl.ops.asking import ask_kernel, seed_of
from hdsl.ops.element import element_coordinates, lift, tensor_operation
from hdsl.ops.expert_gradients import Asked, ExpertLesson
from hdsl.ops.keywords import are_keywords, keywords
from hdsl.ops.passthrough import PassThrough
from hdsl.ops.retrieve import first_input
from hdsl.ops.rows import RetrievalMethod, check_experience, find_rows, rows_of
from hdsl.ops.site import Pull, Site
from hdsl.tensor.text_tensor import store_of, text_at

OutputPrompt = Callable[[str, str, str, str], str]
"""A prompt made of the task, the examples, the input and the trajectory."""

TaskPrompt = str | torch.Tensor
"""A task: one text, or a text tensor or FutureTensor of the input's shape or its leading dimensions."""


@dataclass(frozen=True, slots=True)
class _Plan:
    """How an expert is asked."""

    site: Site
    task: TaskPrompt = ""
    prompt: OutputPrompt | None = None
    topk: int = 16
    method: RetrievalMethod | None = None
    by_lines: bool = False


@tensor_operation
def expert(
    input: FutureTensor, memory: torch.Tensor, *, task: str = "", topk: int = 16, site: Site | None = None
) -> FutureTensor:
    """The model's answer to each element, given the `topk` rows of the experience that are most like it.

    An empty experience is no failure: the model is asked without examples.
    """
    check_experience(memory)
    plan = _Plan(first_input(site), task, topk=topk, by_lines=are_keywords(input))
    return _Expert.future(plan, input, memory, None, None)


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
    """`expert` by hand. A prompt of one's own is all that the model is asked with.

    Without `skip_query_gen` the rows are found by the model's keywords for the input; what is shown is the input.
    """
    check_experience(experience)
    words = None if skip_query_gen else keywords(x, task=query_prompt)
    plan = _Plan(Site(), task_prompt_st, output_prompt, topk, retrieval_method, by_lines=words is not None)
    return _Expert.future(plan, x, experience, _pulled(task_prompt_st), words)


class _Expert(PassThrough):
    """Answers by rows of experience; the input and the table learn from them."""

    @staticmethod
    def forward(
        ctx: Any,
        plan: _Plan,
        x: FutureTensor,
        memory: torch.Tensor,
        task: FutureTensor | None,
        words: FutureTensor | None,
    ) -> FutureTensor:
        """The scalar of the input's shape."""
        asked: dict[Coordinates, Asked] = {}

        async def answer(text: str, wanted: str | None, found_by: str | None, *, pull: Pull) -> Element:
            query = text if found_by is None else found_by
            numbers = _found(plan, memory, (query, pull.trajectory.goal))
            asked[pull.coordinates] = Asked(pull.trajectory.goal, numbers)
            table = rows_of(memory)
            return await _answer(plan, text, wanted, tuple(table[number] for number in numbers), pull)

        result = lift(answer, (x, task, words), {}, plan.site)
        node = x.ft_node
        shape = result.ft_node.shape
        ctx.lesson = ExpertLesson(
            plan.site,
            result.ft_node,
            node,
            memory,
            plan.task if isinstance(plan.task, str) else "",
            current_context(),
            lambda coordinates: element_coordinates(node.shape, coordinates, shape),
            asked,
        )
        return result

    @staticmethod
    def backward(ctx: Any, *grad_outputs: Any) -> tuple[Any, ...]:
        """The number for the input, a 1 for each key and value of the table that learns.

        A leaf's are added here: torch remembers its shape from an earlier step, after which it may have grown rows.
        """
        (gradient,) = grad_outputs
        _, input_learns, memory_learns, task_learns, words_learn = ctx.needs_input_grad
        touched = ctx.lesson.teach(input_learns, memory_learns)
        memory = ctx.lesson.memory
        if touched is not None and memory.is_leaf:
            memory.grad = touched if memory.grad is None else memory.grad + touched
            touched = None
        passed = (gradient if learns else None for learns in (input_learns, task_learns, words_learn))
        of_input, of_task, of_words = passed
        return None, of_input, touched, of_task, of_words


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


def _found(plan: _Plan, memory: torch.Tensor, texts: tuple[str, str]) -> tuple[int, ...]:
    """The numbers of the rows to be shown; a measure of the user's own compares the text alone."""
    compared = texts if plan.method is None else texts[:1]
    return find_rows(memory, compared, plan.topk, plan.method, by_lines=plan.by_lines)


async def _answer(plan: _Plan, text: str, wanted: str | None, rows: tuple[Row, ...], pull: Pull) -> Element:
    task = _task_text(plan.task, wanted, pull)
    seed = seed_of(pull.site.name, pull.coordinates)
    if plan.prompt is not None:
        prompt = plan.prompt(task, render_rows(rows), text, str(pull.trajectory))
        return await ask_kernel(Request("llm", "", task=prompt, labels=pull.site.labels, seed=seed), pull)
    request = Request(
        kind="expert",
        input=text,
        task=task,
        goal=pull.trajectory.goal,
        trajectory=pull.trajectory.turns,
        rows=rows,
        labels=pull.site.labels,
        seed=seed,
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
