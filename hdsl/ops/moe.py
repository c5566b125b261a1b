"""st_moe: a mixture of experience over text tensors; both the input and the rows that were shown learn from it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, cast

import torch

from hdsl.future.context import RunContext, current_context
from hdsl.future.flight import Element
from hdsl.kernel.prompt import render_rows
from hdsl.kernel.request import Label, Request, Row
from hdsl.ops.asking import ask_kernel, seed_of
from hdsl.ops.element import lift
from hdsl.ops.forwarded import ft_from_tensor
from hdsl.ops.keywords import keywords
from hdsl.ops.moe_gradients import Example, correct_inputs, correct_rows
from hdsl.ops.rows import RetrievalMethod, check_experience, find_rows, rows_of
from hdsl.ops.site import Pull, Site
from hdsl.tensor.gradients import take_better_texts
from hdsl.tensor.layout import flat_index
from hdsl.tensor.text_tensor import attach, store_of

OutputPrompt = Callable[[str, str, str, str], str]
"""A prompt made of the task, the examples, the input and the context."""


@dataclass(frozen=True, slots=True)
class MoeOptions:
    """How the mixture is asked and corrected. Empty prompts: what the kernel's own rules say is all there is to say."""

    output_prompt: OutputPrompt | None = None
    query_prompt: str = ""
    grad_input_prompt: str = ""
    grad_exp_key_prompt: str = ""
    grad_exp_value_prompt: str = ""
    task_prompt: str = ""
    topk: int = 16
    retrieval_method: RetrievalMethod | None = None
    skip_query_gen: bool = True
    labels: tuple[Label, ...] = ()


def st_moe(
    input: torch.Tensor,
    experience: torch.Tensor,
    context: torch.Tensor | None = None,
    output_prompt: OutputPrompt | None = None,
    query_prompt: str = "",
    grad_input_prompt: str = "",
    grad_exp_key_prompt: str = "",
    grad_exp_value_prompt: str = "",
    task_prompt: str = "",
    topk: int = 16,
    retrieval_method: RetrievalMethod | None = None,
    skip_query_gen: bool = True,
    labels: tuple[Label, ...] = (),
) -> tuple[torch.Tensor, Any]:
    """The kernel's answer to each text, given the `topk` rows `[N, 3]` most like it; and the rows' numbers, nested.

    `context`, texts of the input's shape, is what the answer is for, and finds rows too. Without `skip_query_gen` the
    kernel's keywords find the rows. An element that fails is stored with its status, and the rest go on. Backward:
    the numbers pass through to the input; for each text that should be another the kernel is asked for a better
    input, and for a better key and value of every row that was shown, which get a number of 1.
    """
    options = MoeOptions(
        output_prompt,
        query_prompt,
        grad_input_prompt,
        grad_exp_key_prompt,
        grad_exp_value_prompt,
        task_prompt,
        topk,
        retrieval_method,
        skip_query_gen,
        labels,
    )
    return _mixture(input, experience, context, options)


class StMoeModule(torch.nn.Module):
    """`st_moe` over an experience of its own, which is a parameter; takes the options of `st_moe` by keyword."""

    def __init__(self, experience: torch.Tensor, **options: Any) -> None:
        super().__init__()
        check_experience(experience)
        self.options = replace(MoeOptions(), **options)
        parameter = torch.nn.Parameter(experience.detach())
        attach(parameter, store_of(experience))
        self.experience = parameter

    def forward(self, input: torch.Tensor, context: torch.Tensor | None = None) -> torch.Tensor:
        """The answers, in the input's shape."""
        return _mixture(input, self.experience, context, self.options)[0]


def _mixture(
    input: torch.Tensor, experience: torch.Tensor, context: torch.Tensor | None, options: MoeOptions
) -> tuple[torch.Tensor, Any]:
    check_experience(experience)
    if context is not None and context.shape != input.shape:
        raise ValueError(f"the context has the shape {list(context.shape)}, the input {list(input.shape)}")
    used: dict[int, tuple[int, ...]] = {}
    output = _Moe.apply(input, experience, context, options, used, current_context())  # type: ignore[no-untyped-call]
    return cast(torch.Tensor, output), _nested([list(used.get(at, ())) for at in range(input.numel())], input.shape)


class _Moe(torch.autograd.Function):
    """Answers by rows of experience."""

    @staticmethod
    def forward(
        ctx: Any,
        input: torch.Tensor,
        experience: torch.Tensor,
        context: torch.Tensor | None,
        options: MoeOptions,
        used: dict[int, tuple[int, ...]],
        run: RunContext,
    ) -> torch.Tensor:
        result = _answers(input, experience, context, options, used)
        ctx.input, ctx.experience, ctx.result = store_of(input), store_of(experience), store_of(result)
        ctx.context = None if context is None else store_of(context)
        ctx.options, ctx.used, ctx.run = options, used, run
        ctx.shape = tuple(experience.shape)
        return result

    @staticmethod
    def backward(ctx: Any, *grad_outputs: Any) -> tuple[Any, ...]:
        examples = [
            Example(
                index,
                ctx.input.read(index) or "",
                ctx.result.read(index) or "",
                expected,
                ctx.used.get(index, ()),
                "" if ctx.context is None else ctx.context.read(index) or "",
            )
            for index, expected in sorted(take_better_texts(ctx.result).items())
        ]
        options = ctx.options
        if ctx.needs_input_grad[0]:
            correct_inputs(ctx.input, examples, options.grad_input_prompt or options.task_prompt, ctx.run)
        touched = torch.zeros(ctx.shape, dtype=torch.bfloat16)
        if ctx.needs_input_grad[1]:
            prompts = (options.grad_exp_key_prompt, options.grad_exp_value_prompt)
            rows = correct_rows(ctx.experience, examples, prompts, options, ctx.run)
            for row in rows:
                touched[row, 1:] = 1.0
        return grad_outputs[0], touched, None, None, None, None


def _answers(
    input: torch.Tensor,
    experience: torch.Tensor,
    context: torch.Tensor | None,
    options: MoeOptions,
    used: dict[int, tuple[int, ...]],
) -> torch.Tensor:
    shape = tuple(input.shape)

    async def answer(text: str, goal: str | None, words: str | None, *, pull: Pull) -> Element:
        query = (text if words is None else words, goal or "")
        found = find_rows(experience, query, options.topk, options.retrieval_method, by_lines=words is not None)
        used[flat_index(pull.coordinates, shape)] = found
        table = rows_of(experience)
        return await ask_kernel(_request(text, goal or "", [table[row] for row in found], options, pull), pull)

    given = ft_from_tensor(input)
    goals = None if context is None else ft_from_tensor(context)
    words = None if options.skip_query_gen else keywords(given, task=options.query_prompt)
    answers = lift(answer, (given, goals, words), {}, Site("st_moe", labels=options.labels))
    answers.ft_forward()
    return answers.ft_static_tensor


def _request(text: str, goal: str, rows: Sequence[Row], options: MoeOptions, pull: Pull) -> Request:
    seed = seed_of(pull.site.name, pull.coordinates)
    if options.output_prompt is not None:
        prompt = options.output_prompt(options.task_prompt, render_rows(rows), text, goal)
        return Request("llm", "", task=prompt, labels=options.labels, seed=seed)
    return Request(
        "expert", text, task=options.task_prompt, goal=goal, rows=tuple(rows), labels=options.labels, seed=seed
    )


def _nested(flat: list[list[int]], shape: Sequence[int]) -> Any:
    if not shape:
        return flat[0]
    size = len(flat) // shape[0] if shape[0] else 0
    return [_nested(flat[at * size : (at + 1) * size], shape[1:]) for at in range(shape[0])]
