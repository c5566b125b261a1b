"""keywords: the model's own keywords for a text, one a line, for an expert to be asked with."""

from hdsl.future.flight import Element
from hdsl.future.future_tensor import FutureTensor
from hdsl.kernel.request import Request
from hdsl.ops.asking import ask_kernel, seed_of
from hdsl.ops.element import lift, tensor_operation
from hdsl.ops.site import Pull, Site

_MARK = "ft_keywords"


@tensor_operation
def keywords(input: FutureTensor, *, task: str = "", site: Site | None = None) -> FutureTensor:
    """Keywords of each element. An expert that is asked with them compares lines instead of tokens."""

    async def find(text: str, *, pull: Pull) -> Element:
        request = Request(
            kind="keywords",
            input=text,
            task=task,
            goal=pull.trajectory.goal,
            trajectory=pull.trajectory.turns,
            seed=seed_of(pull.site.name, pull.coordinates),
        )
        return await ask_kernel(request, pull)

    found = lift(find, (input,), {}, site)
    setattr(found, _MARK, True)
    return found


def are_keywords(tensor: FutureTensor) -> bool:
    """Whether a FutureTensor is the result of `keywords`."""
    return getattr(tensor, _MARK, False)
