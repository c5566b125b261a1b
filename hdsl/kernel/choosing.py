"""Which kernel answers which request: by its role, by the name that the node gives, else the one that answers all."""

from collections.abc import Callable, Mapping

from hdsl.kernel.request import AgentNeeded, Answer, Kernel, Request


class Choosing:
    """Kernels behind one: that of its `name` answers what names none, `reflection` corrects texts.

    Those that are not among `kernels` are made when they are first asked. `works_on_files`: which of them let a coding
    agent work.
    """

    def __init__(
        self,
        name: str,
        kernels: Mapping[str, Kernel],
        make: Callable[[str], Kernel],
        reflection: str = "",
        works_on_files: Callable[[str], bool] = lambda name: True,
    ) -> None:
        self.name = name
        self._kernels = dict(kernels)
        self._make = make
        self._reflection = reflection
        self._works_on_files = works_on_files

    async def answer(self, request: Request) -> Answer:
        """The answer of the kernel that the request is for. AgentNeeded where it cannot work on files."""
        name = (self._reflection if request.correction is not None else "") or request.model or self.name
        if request.work is not None and not self._works_on_files(name):
            raise AgentNeeded(request.name, name)
        if name not in self._kernels:
            self._kernels[name] = self._make(name)
        return await self._kernels[name].answer(request)

    async def close(self) -> None:
        """Closes all kernels."""
        for kernel in self._kernels.values():
            await kernel.close()
