"""llm: asks the model without experience [ft_llm_call]."""

from collections.abc import Mapping

from hdsl.future.context import use_context
from hdsl.future.flight import Element
from hdsl.future.future_tensor import FutureTensor
from hdsl.future.status import Status
from hdsl.kernel.request import Request
from hdsl.ops.asking import ask_kernel, question, seed_of
from hdsl.ops.callers import asked_by
from hdsl.ops.element import lift
from hdsl.ops.site import Pull, Site


async def llm(input: str, *, task: str = "", pull: Pull) -> Element:
    """The model's answer to one text."""
    return await ask_kernel(question("llm", input, task, pull), pull)


def ft_llm_call(
    prompt_ft: FutureTensor,
    llm_method: str = "raw_llm_api",
    llm_env: Mapping[str, str] | None = None,
    *,
    site: Site | None = None,
) -> FutureTensor:
    """The model's answer to each prompt, which says all there is to say: no goal or turns are added to it.

    Blanks around it go; one that is blank has failed, with .5.
    """
    with use_context(asked_by(llm_method, llm_env)):
        return lift(llm_call, (prompt_ft,), {}, site)


async def llm_call(prompt: str, *, pull: Pull) -> Element:
    seed = seed_of(pull.site.name, pull.coordinates)
    text, status = await ask_kernel(Request(kind="llm", input="", task=prompt, seed=seed), pull)
    if not text.strip() and not status.failed:
        return "", Status.self_confidence_but_failed(0.5)
    return text.strip(), status
