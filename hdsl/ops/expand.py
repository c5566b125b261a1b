"""expand: repeats each element over added dimensions, or a dimension of 1 over n."""

from collections.abc import Sequence
from typing import SupportsIndex, SupportsInt

from hdsl.future.future_tensor import FutureTensor, shape_of
from hdsl.meaning.demand import Own, repeated
from hdsl.ops.element import tensor_operation
from hdsl.ops.remap import Remap
from hdsl.ops.site import Site
from hdsl.storage.store import Shape


class Expand(Remap):
    """The copies of an element are one value, evaluated once; numeric gradients pass through."""

    operation = "expand"


@tensor_operation
def expand(x: FutureTensor, to: Sequence[int], *, site: Site) -> FutureTensor:
    """`x` over trailing dimensions added to its own, of which those of size 1 may grow; else ValueError."""
    shape, target = x.ft_node.shape, tuple(to)
    kept = target[: len(shape)]
    if len(target) < len(shape) or any(size not in (1, wanted) for size, wanted in zip(shape, kept, strict=True)):
        raise ValueError(f"the shape {list(shape)} cannot be expanded to {list(target)}")

    return Expand.future(x, target, repeated(target, shape), site.name)


def ft_expand(input: FutureTensor, target_shape: Sequence[SupportsIndex | SupportsInt]) -> FutureTensor:
    """Torch's rules: dimensions are added in front, those of size 1 grow, -1 keeps a size; ValueError otherwise."""
    own = input.ft_node.shape
    added = len(target_shape) - len(own)
    target = _torch_target(own, tuple(-1 if size == -1 else shape_of([size])[0] for size in target_shape), added)

    behind = (at._replace(axis=at.axis + added) if isinstance(at, Own) else at for at in repeated(target[added:], own))
    return Expand.future(input, target, tuple(behind), "", True)


def _torch_target(own: Shape, wanted: Shape, added: int) -> Shape:
    kept = tuple(size if want == -1 else want for want, size in zip(wanted[max(added, 0) :], own, strict=False))
    fits = all(size in (1, want) for want, size in zip(kept, own, strict=False))
    if added < 0 or not fits or any(size < 0 for size in wanted[:added]):
        raise ValueError(f"the shape {list(own)} cannot be expanded to {list(wanted)}")
    return (*wanted[:added], *kept)
