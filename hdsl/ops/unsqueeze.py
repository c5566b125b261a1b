"""unsqueeze: a dimension of size 1 more."""

from hdsl.future.future_tensor import FutureTensor
from hdsl.meaning.demand import Own
from hdsl.ops.remap import Remap


class Unsqueeze(Remap):
    """Takes the added coordinate away; numeric gradients pass through."""

    operation = "unsqueeze"


def ft_unsqueeze(input: FutureTensor, dim: int) -> FutureTensor:
    """`input` with a dimension of size 1 at `dim`, which may count from the end; IndexError outside."""
    shape = input.ft_node.shape
    rank = len(shape)
    if not -rank - 1 <= dim <= rank:
        raise IndexError(f"dimension {dim} of a tensor of {rank} dimensions and one more")
    at = dim % (rank + 1)
    kept = tuple(Own(axis) for axis in range(rank + 1) if axis != at)
    return Unsqueeze.future(input, (*shape[:at], 1, *shape[at:]), kept, "", True, {"dim": at})
