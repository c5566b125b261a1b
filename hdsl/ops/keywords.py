"""keywords: the model's own keywords for a text, one a line, for an expert to be asked with."""

from collections.abc import Callable

from hdsl.future.flight import Element
from hdsl.future.future_tensor import FutureTensor
from hdsl.ops.asking import ask_kernel, question
from hdsl.ops.element import lift, tensor_operation
from hdsl.ops.prompts import OUTPUT, UNWRITTEN, Prompt, element_folder, text_of_prompt
from hdsl.ops.site import Pull, Site

_MARK = "ft_keywords"


@tensor_operation
def keywords(input: FutureTensor, *, task: str | Callable[[str], str] = "", site: Site | None = None) -> FutureTensor:
    """Keywords of each element. An expert that is asked with them compares lines instead of tokens."""

    async def find(text: str, *, pull: Pull) -> Element:
        asked = question("keywords", text, task if isinstance(task, str) else task(text), pull)
        return await ask_kernel(asked, pull)

    found = lift(find, (input,), {}, site)
    setattr(found, _MARK, True)
    return found


def query_task(prompt: Prompt | None, task: str = "") -> str | Callable[[str], str]:
    """What to ask for keywords with: a text for all, or a function of the text that they are wanted of."""
    if not callable(prompt):
        return "\n\n".join(part for part in (prompt, task) if part)

    def of_text(text: str) -> str:
        folders = [element_folder("const_input_view", text), element_folder(OUTPUT, UNWRITTEN)]
        return text_of_prompt(prompt, task, folders)

    return of_text


def are_keywords(tensor: FutureTensor) -> bool:
    """Whether a FutureTensor is the result of `keywords`."""
    return getattr(tensor, _MARK, False)
