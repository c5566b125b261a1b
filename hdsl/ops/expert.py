"""expert: retrieves the rows most like the input and lets the model answer in their manner [ft_expert]."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import torch

from hdsl.future.context import current_context, use_context
from hdsl.future.flight import Element
from hdsl.future.future_tensor import FutureTensor
from hdsl.future.node import Coordinates
from hdsl.future.status import Status
from hdsl.kernel.prompt import render_parts, render_rows
from hdsl.kernel.request import Request, Row
from hdsl.ops.asking import ask_kernel, question, seed_of
from hdsl.ops.callers import asked_by
from hdsl.ops.element import element_coordinates, lift, tensor_operation
from hdsl.ops.expert_gradients import Asked, ExpertLesson
from hdsl.ops.keywords import are_keywords, keywords, query_task
from hdsl.ops.passthrough import PassThrough
from hdsl.ops.prompts import OUTPUT, UNWRITTEN, Prompt, element_folder, rows_folder, takes_folders, text_of_prompt
from hdsl.ops.retrieve import first_input
from hdsl.ops.rows import RetrievalMethod, check_experience, rows_by_method, shown_rows
from hdsl.ops.site import Pull, Site
from hdsl.retrieval.index import Match
from hdsl.structure.structures import one_of
from hdsl.tensor.text_tensor import store_of, text_at

OutputPrompt = Callable[..., str]
"""A prompt made of the task, the examples, the input and the trajectory; or of folders, see `hdsl.ops.prompts`."""

_NOTHING_SHOWN = "no row was found, and with `verbatim` the answer is the value of a row that was shown"

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
    verbatim: bool = False
    """Whether the answer is the value of a row that was shown."""


@tensor_operation
def expert(
    input: FutureTensor,
    memory: torch.Tensor,
    *,
    task: str = "",
    topk: int = 16,
    verbatim: bool = False,
    site: Site | None = None,
) -> FutureTensor:
    """The model's answer to each element, given the `topk` rows of the experience that are most like it.

    An empty experience does not fail: the model is asked without examples. `verbatim`: it may answer with nothing but
    the value of one of those rows; an element for which there is none has failed.
    """
    check_experience(memory)
    plan = _Plan(first_input(site), task, topk=topk, by_lines=are_keywords(input), verbatim=verbatim)
    return Expert.future(plan, input, memory, None, None)


def ft_expert(
    input: FutureTensor,
    experience: torch.Tensor,
    task_prompt_st: TaskPrompt = "",
    output_prompt: OutputPrompt | None = None,
    topk: int = 16,
    retrieval_method: RetrievalMethod | None = None,
    skip_query_gen: bool = False,
    query_prompt: Prompt | None = None,
    llm_method: str = "raw_llm_api",
    llm_env: Mapping[str, str] | None = None,
) -> FutureTensor:
    """`expert` by hand. A prompt of one's own is all that the model is asked with.

    The rows are found by the model's keywords for the input, with `skip_query_gen` by the input itself, which is what
    is shown in both cases. A task that is a text tensor learns too, where it wants a gradient.
    """
    check_experience(experience)
    with use_context(asked_by(llm_method, llm_env)):
        words = None if skip_query_gen else keywords(input, task=query_task(query_prompt))
        plan = _Plan(Site(), task_prompt_st, output_prompt, topk, retrieval_method, by_lines=words is not None)
        task = task_prompt_st if isinstance(task_prompt_st, torch.Tensor) else None
        return Expert.future(plan, input, experience, task, words)


def ft_legacy_expert(
    input: FutureTensor,
    experience: torch.Tensor,
    output_prompt: Callable[..., str] | None = None,
    query_prompt: Prompt | None = None,
    grad_input_prompt: object = None,
    grad_exp_key_prompt: object = None,
    grad_exp_value_prompt: object = None,
    task_prompt: str = "",
    topk: int = 16,
    retrieval_method: RetrievalMethod | None = None,
    llm_method: str = "raw_llm_api",
    llm_env: Mapping[str, str] | None = None,
    skip_query_gen: bool = False,
) -> FutureTensor:
    """`ft_expert` with the arguments in another order; a prompt for the output may be one of folders.

    The prompts of the gradients are not needed.
    """
    return ft_expert(
        input,
        experience,
        task_prompt,
        output_prompt,
        topk,
        retrieval_method,
        skip_query_gen,
        query_prompt,
        llm_method,
        llm_env,
    )


class Expert(PassThrough):
    """Answers by rows of experience; the input and the table learn from them."""

    operation = "expert"

    @staticmethod
    def forward(
        ctx: Any,
        plan: _Plan,
        x: FutureTensor,
        memory: torch.Tensor,
        task: torch.Tensor | None,
        words: FutureTensor | None,
    ) -> FutureTensor:
        """The scalar of the input's shape."""
        asked: dict[Coordinates, Asked] = {}

        async def answer(text: str, wanted: str | None, found_by: str | None, *, pull: Pull) -> Element:
            query = text if found_by is None else found_by
            found = await _found(plan, memory, (query, pull.trajectory.goal), pull)
            asked[pull.coordinates] = Asked(pull.trajectory.goal, tuple(match.index for match in found))
            return await _answer(plan, text, wanted, tuple(match.row for match in found), pull)

        pulled = task if isinstance(task, FutureTensor) else None
        result = lift(answer, (x, pulled, words), {}, plan.site)
        ctx.task_shape = None if task is None or pulled is not None else tuple(task.shape)
        ctx.about = lambda: {"rows": {at: found.rows for at, found in asked.items()}, "topk": plan.topk}
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
        if of_task is not None and ctx.task_shape is not None:
            of_task = gradient.expand(ctx.task_shape).clone()
        return None, of_input, touched, of_task, of_words


def ft_build_expert_context(
    input_ft: FutureTensor,
    experience_text_ft: FutureTensor,
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

    built = lift(build, (input_ft, experience_text_ft, _pulled(task_prompt_st)))
    if isinstance(task_prompt_st, torch.Tensor) and not isinstance(task_prompt_st, FutureTensor):
        return _WithTask.future(built, task_prompt_st)
    return built


class _WithTask(PassThrough):
    """The same FutureTensor, through which the number reaches a task's text tensor too."""

    @staticmethod
    def forward(ctx: Any, built: FutureTensor, task: torch.Tensor) -> FutureTensor:
        ctx.shape = tuple(task.shape)
        return FutureTensor.around(built.ft_node)

    @staticmethod
    def backward(ctx: Any, *grad_outputs: Any) -> tuple[Any, ...]:
        (gradient,) = grad_outputs
        of_built, of_task = ctx.needs_input_grad
        return gradient if of_built else None, gradient.expand(ctx.shape).clone() if of_task else None


async def _found(plan: _Plan, memory: torch.Tensor, texts: tuple[str, str], pull: Pull) -> tuple[Match, ...]:
    """The rows to be shown; a measure of the user's own compares the text alone."""
    if plan.method is None:
        return await shown_rows(memory, texts, plan.topk, pull, by_lines=plan.by_lines)
    return rows_by_method(memory, texts[:1], plan.topk, plan.method)


async def _answer(plan: _Plan, text: str, wanted: str | None, rows: tuple[Row, ...], pull: Pull) -> Element:
    task = _task_text(plan.task, wanted, pull)
    if plan.prompt is not None:
        prompt = _own_prompt(plan.prompt, task, rows, text, str(pull.trajectory))
        seed = seed_of(pull.site.name, pull.coordinates)
        own = Request("llm", "", task=prompt, labels=pull.site.labels, seed=seed, form=pull.site.form)
        return await ask_kernel(own, pull)
    asked = replace(question("expert", text, task, pull), rows=rows, input_form=pull.site.input_form(0))
    if not plan.verbatim:
        return await ask_kernel(asked, pull)
    values = [row.value for row in rows if row.value.strip()]
    if not values:
        return "", Status.failed_because(_NOTHING_SHOWN)
    # Rows are compared by goal and input, which are all that they have of their own; earlier turns are of no use here.
    return await ask_kernel(replace(asked, form=one_of(values), trajectory=(), positions=()), pull)


def _own_prompt(prompt: Callable[..., str], task: str, rows: tuple[Row, ...], text: str, trajectory: str) -> str:
    if not takes_folders(prompt):
        return prompt(task, render_rows(rows), text, trajectory)
    folders = [
        rows_folder("const_experiance_view", rows),
        element_folder("const_input_view", text),
        element_folder(OUTPUT, UNWRITTEN),
    ]
    said = text_of_prompt(prompt, task, folders)
    return f"{said}\n\n{trajectory}" if trajectory else said


def _pulled(task: TaskPrompt) -> FutureTensor | None:
    return task if isinstance(task, FutureTensor) else None


def _task_text(task: TaskPrompt, pulled: str | None, pull: Pull) -> str:
    """The task of one element: what was pulled of a FutureTensor, else read where it stands."""
    if isinstance(task, str):
        return task
    if pulled is not None:
        return pulled
    return text_at(task, element_coordinates(store_of(task).shape, pull.coordinates)) or ""
