"""Which kernel answers which request: by its role, by the name that the node gives, else the one that answers all."""

from collections.abc import Callable, Mapping

from hdsl.kernel.request import Answer, Kernel, Request


class Choosing:
    """Kernels behind one: that of its `name` answers what names none, `reflection` corrects texts.

    Those that are not among `kernels` are made when they are first asked.
    """

    def __init__(
        self, name: str, kernels: Mapping[str, Kernel], make: Callable[[str], Kernel], reflection: str = ""
    ) -> None:
        self.name = name
        self._kernels = dict(kernels)
        self._make = make
        self._reflection = reflection

    async def answer(self, request: Request) -> Answer:
        """The answer of the kernel that the request is for."""
        name = (self._reflection if request.correction is not None else "") or request.model or self.name
        if name not in self._kernels:
            self._kernels[name] = self._make(name)
        return await self._kernels[name].answer(request)

    async def close(self) -> None:
        """Closes all kernels."""
        for kernel in self._kernels.values():
            await kernel.close()
