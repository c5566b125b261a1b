"""The gradients of texts that wait for their tensors, as the registry that scripts of the framework use.

`hdsl.symbolic_grad_registry.register(uid, tensor)` hands a tensor of diffs to whoever takes the gradients of that uid:
an operation's backward, or the optimizer. Any other key only keeps the tensor until it is popped.
"""

import threading
from collections.abc import Hashable

import torch

from hdsl.tensor.gradients import gradient_registry, gradients_of
from hdsl.tensor.text_tensor import is_text_tensor


class SymbolicGradRegistry:
    """Tensors by key, for each thread its own; those with the uid of a tensor are its gradients too."""

    def __init__(self) -> None:
        self._local = threading.local()

    def register(self, key: Hashable, symbolic_tensor: torch.Tensor) -> None:
        """Keeps a tensor; one that is there with this key is replaced."""
        if key in self._kept():
            self.pop(key)
        self._kept()[key] = symbolic_tensor
        if isinstance(key, str) and is_text_tensor(symbolic_tensor):
            gradient_registry().add(key, gradients_of(symbolic_tensor))

    def pop(self, key: Hashable) -> torch.Tensor | None:
        """The tensor of a key, which is then kept no more, nor are its gradients; None where there is none."""
        found = self._kept().pop(key, None)
        if found is not None and isinstance(key, str):
            gradient_registry().take(key)
        return found

    def peek(self, key: Hashable) -> torch.Tensor | None:
        """The tensor of a key, or None."""
        return self._kept().get(key)

    def _kept(self) -> dict[Hashable, torch.Tensor]:
        if not hasattr(self._local, "kept"):
            self._local.kept = {}
        kept: dict[Hashable, torch.Tensor] = self._local.kept
        return kept


symbolic_grad_registry = SymbolicGradRegistry()
