"""st_moe: a mixture of experience over text tensors; both the input and the rows that were shown learn from it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any, cast

import torch

from hdsl.future.context import RunContext, use_context
from hdsl.future.flight import Element
from hdsl.kernel.prompt import render_rows
from hdsl.kernel.request import Label, Request, Row
from hdsl.ops.asking import ask_kernel, seed_of
from hdsl.ops.callers import asked_by
from hdsl.ops.element import lift
from hdsl.ops.forwarded import ft_from_tensor
from hdsl.ops.keywords import keywords, query_task
from hdsl.ops.moe_gradients import Example, correct_inputs, correct_rows
from hdsl.ops.prompts import OUTPUT, UNWRITTEN, Prompt, element_folder, rows_folder, takes_folders, text_of_prompt
from hdsl.ops.rows import KEY, WIDTH, RetrievalMethod, check_experience, find_rows, row_indexes
from hdsl.ops.site import Pull, Site
from hdsl.storage.folder import TemporaryFolder
from hdsl.storage.layout import coordinates_of, flat_index
from hdsl.storage.store import Store
from hdsl.tensor.differentiable import differentiable
from hdsl.tensor.gradients import take_advice, take_better_texts
from hdsl.tensor.make import make_none_tensor
from hdsl.tensor.packing import nested_list
from hdsl.tensor.text_tensor import attach, store_of


@dataclass(frozen=True, slots=True)
class MoeOptions:
    """How the mixture is asked and corrected. Empty prompts: what the kernel's own rules say is all there is to say."""

    output_prompt: Callable[..., str] | None = None
    query_prompt: Prompt | None = None
    grad_input_prompt: Prompt | None = None
    grad_exp_key_prompt: Prompt | None = None
    grad_exp_value_prompt: Prompt | None = None
    task_prompt: str = ""
    topk: int = 16
    retrieval_method: RetrievalMethod | None = None
    llm_method: str = "raw_llm_api"
    llm_env: Mapping[str, str] | None = None
    skip_query_gen: bool = False
    labels: tuple[Label, ...] = ()


def st_moe(
    input: torch.Tensor,
    experience: torch.Tensor,
    context: torch.Tensor | None = None,
    output_prompt: Callable[..., str] | None = None,
    query_prompt: Prompt | None = None,
    grad_input_prompt: Prompt | None = None,
    grad_exp_key_prompt: Prompt | None = None,
    grad_exp_value_prompt: Prompt | None = None,
    task_prompt: str = "",
    topk: int = 16,
    retrieval_method: RetrievalMethod | None = None,
    llm_method: str = "raw_llm_api",
    llm_env: Mapping[str, str] | None = None,
    skip_query_gen: bool = False,
    labels: tuple[Label, ...] = (),
) -> tuple[torch.Tensor, Any]:
    """The kernel's answer to each text, given the `topk` rows `[…, 3]` most like it; and which rows, nested.

    The rows of an element are index tensors, one a dimension of the experience; the last is 0, the query's column.
    `context`, texts of the input's shape, is what the answer is for, and finds rows too. The kernel's keywords find the
    rows, with `skip_query_gen` the text itself. An element that is absent or padding (its coefficient is 0) stays
    absent. One that fails is stored with its status, and the rest go on. Backward: the numbers pass through to the
    input; for each text that should be another the kernel is asked for a better input, and for a better key and value
    of every row that was shown, which get a number of 1. `llm_method` and `llm_env` say who is asked, see
    `hdsl.ops.callers`; prompts may be functions, see `hdsl.ops.prompts`.
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
        llm_method,
        llm_env,
        skip_query_gen,
        labels,
    )
    return _mixture(input, experience, context, options)


class StMoeModule(torch.nn.Module):
    """`st_moe` over an experience of its own, which is its parameter; takes the options of `st_moe` by keyword.

    It begins with an experience that is given, or with an absent one of `experience_shape`; another may be assigned to
    `experience`. The result is the pair of `st_moe`.
    """

    def __init__(
        self,
        experience_shape: Sequence[int] | None = None,
        *prompts: Any,
        experience: torch.Tensor | None = None,
        **options: Any,
    ) -> None:
        super().__init__()
        if isinstance(experience_shape, torch.Tensor):
            experience, experience_shape = experience_shape, None
        if (experience is None) == (experience_shape is None):
            raise TypeError("a mixture has either an experience or the shape of one")
        named = dict(zip(_PROMPT_NAMES, prompts, strict=False))
        self.options = replace(MoeOptions(), **named, **options)
        self._home = TemporaryFolder()
        self.experience = experience if experience is not None else make_none_tensor(experience_shape or (), self._home)

    def __getattr__(self, name: str) -> Any:
        """The options by name, and the folder in which a new experience lies."""
        if name in _PROMPT_NAMES and "options" in self.__dict__:
            return getattr(self.options, name)
        if name == "_experience_dir" and "_home" in self.__dict__:
            return self._home.root
        return super().__getattr__(name)

    @property
    def experience(self) -> torch.Tensor:
        """The rows; one that is assigned becomes the parameter."""
        return self._parameters["experience"]  # type: ignore[return-value]

    @experience.setter
    def experience(self, experience: torch.Tensor) -> None:
        check_experience(experience)
        parameter = torch.nn.Parameter(experience.detach())
        attach(parameter, store_of(experience))
        self._parameters["experience"] = parameter

    def __setattr__(self, name: str, value: Any) -> None:
        """An experience of any kind goes through the property; torch would take a parameter for itself."""
        if name == "experience":
            type(self).experience.fset(self, value)  # type: ignore[attr-defined]
        else:
            super().__setattr__(name, value)

    def forward(self, input: torch.Tensor, context: torch.Tensor | None = None) -> tuple[torch.Tensor, Any]:
        """The answers, in the input's shape, and which rows were shown."""
        return _mixture(input, self.experience, context, self.options)


_PROMPT_NAMES = tuple(each.name for each in fields(MoeOptions))


def _mixture(
    input: torch.Tensor, experience: torch.Tensor, context: torch.Tensor | None, options: MoeOptions
) -> tuple[torch.Tensor, Any]:
    check_experience(experience)
    if isinstance(context, str) or callable(context):
        raise TypeError("the third argument is the context, a text tensor; pass prompts by keyword")
    if context is not None and context.shape != input.shape:
        raise ValueError(f"the context has the shape {list(context.shape)}, the input {list(input.shape)}")
    used: dict[int, tuple[int, ...]] = {}
    with use_context(asked_by(options.llm_method, options.llm_env)) as run:
        output = _Moe.apply(input, experience, context, options, used, run)  # type: ignore[no-untyped-call]
    rows = [row_indexes(used.get(at, ()), experience.shape) for at in range(input.numel())]
    return cast(torch.Tensor, output), nested_list(rows, input.shape)


@differentiable("st_moe")
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
        examples = examples_of(ctx.input, ctx.result, ctx.context, ctx.used)
        touched = teach_mixture(ctx.input, ctx.experience, examples, ctx.options, ctx.run, ctx.needs_input_grad[:2])
        return grad_outputs[0], touched, None, None, None, None


def teach_mixture(
    input: Store,
    experience: Store,
    examples: Sequence[Example],
    options: MoeOptions,
    run: RunContext,
    learns: Sequence[bool],
) -> torch.Tensor:
    """Adds the gradients of the input and of the rows, those of the two that learn. The numbers for the experience."""
    input_learns, experience_learns = learns
    if input_learns:
        correct_inputs(input, experience, examples, options.grad_input_prompt, options, run)
    touched = torch.zeros(experience.shape, dtype=torch.bfloat16)
    if experience_learns:
        prompts = (options.grad_exp_key_prompt, options.grad_exp_value_prompt)
        for row in correct_rows(experience, examples, prompts, options, run):
            touched.view(-1, WIDTH)[row, KEY:] = 1.0
    return touched


def examples_of(
    input: Store, result: Store, context: Store | None, used: Mapping[int, tuple[int, ...]]
) -> list[Example]:
    """The elements whose answers should have been others, and what is known of each."""
    advice = take_advice(result)
    expected = take_better_texts(result)
    return [
        Example(
            index,
            input.read(index) or "",
            result.read(index) or "",
            expected.get(index),
            used.get(index, ()),
            "" if context is None else context.read(index) or "",
            advice.get(index, ""),
        )
        for index in sorted({*advice, *expected})
    ]


def _answers(
    input: torch.Tensor,
    experience: torch.Tensor,
    context: torch.Tensor | None,
    options: MoeOptions,
    used: dict[int, tuple[int, ...]],
) -> torch.Tensor:
    shape = tuple(input.shape)

    padding = {index for index, sure in enumerate(input.detach().reshape(-1).tolist()) if sure == 0}

    async def answer(text: str, goal: str | None, words: str | None, *, pull: Pull) -> Element:
        query = (text if words is None else words, goal or "")
        by_lines = words is not None
        found = await find_rows(experience, query, options.topk, options.retrieval_method, pull, by_lines=by_lines)
        used[flat_index(pull.coordinates, shape)] = tuple(match.index for match in found)
        return await ask_kernel(_request(text, goal or "", [match.row for match in found], options, pull), pull)

    given = ft_from_tensor(input)
    goals = None if context is None else ft_from_tensor(context)
    wanted = query_task(options.query_prompt, options.task_prompt)
    words = None if options.skip_query_gen else keywords(given, task=wanted)
    answers = lift(answer, (given, goals, words), {}, Site("st_moe", labels=options.labels))
    for index in padding:
        answers.ft_node.leave_absent(coordinates_of(index, shape))
    answers.ft_forward()
    return answers.ft_static_tensor


def _request(text: str, goal: str, rows: Sequence[Row], options: MoeOptions, pull: Pull) -> Request:
    seed = seed_of(pull.site.name, pull.coordinates)
    if options.output_prompt is not None and takes_folders(options.output_prompt):
        folders = [
            rows_folder("const_experiance_view", rows),
            element_folder("const_input_view", text),
            element_folder(OUTPUT, UNWRITTEN),
        ]
        asked = text_of_prompt(options.output_prompt, options.task_prompt, folders)
        return Request("llm", goal, task=asked, labels=options.labels, seed=seed)
    if options.output_prompt is not None:
        prompt = options.output_prompt(options.task_prompt, render_rows(rows), text, goal)
        return Request("llm", "", task=prompt, labels=options.labels, seed=seed)
    return Request(
        "expert", text, task=options.task_prompt, goal=goal, rows=tuple(rows), labels=options.labels, seed=seed
    )
