"""A kernel whose questions are told of: to the record of a run, and to who observes it."""

from collections.abc import Callable
from time import monotonic_ns

from hdsl.future.context import AskRecord
from hdsl.kernel.request import Answer, Kernel, Request


class ObservedKernel:
    """Answers as another kernel does, and tells `told` what was asked and answered, or why it was not."""

    def __init__(self, kernel: Kernel, told: Callable[[AskRecord], None]) -> None:
        self.name = kernel.name
        self._kernel = kernel
        self._told = told

    async def answer(self, request: Request) -> Answer:
        """The kernel's answer."""
        started = monotonic_ns()
        try:
            answer = await self._kernel.answer(request)
        except Exception as error:
            self._told(AskRecord(request, None, started, monotonic_ns() - started, str(error) or type(error).__name__))
            raise
        self._told(AskRecord(request, answer, started, monotonic_ns() - started))
        return answer

    async def close(self) -> None:
        """Closes the kernel."""
        await self._kernel.close()
