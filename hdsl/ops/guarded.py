"""Sessions and a kernel that an operation may use only as its effects say: what is not declared cannot be ordered."""

from typing import Any

from hdsl.future.context import RunEnded
from hdsl.kernel.request import Answer, Request

_FREE = frozenset({"handle"})
_WRITING = frozenset({"send_text", "send_key", "send_keys", "run"})
_WAITING = frozenset({"wait_idle", "run_beside", "run"})


class UndeclaredEffect(RunEnded):
    """An operation did what its declaration does not say: the run ends, for its order was not proven."""


class GuardedSession:
    """A session: writing to it needs `!write`, all else `!read` or `!write`, and what may take long `!wait` too."""

    def __init__(self, session: Any, operation: str, effects: frozenset[str]) -> None:
        self._session = session
        self._operation = operation
        self._effects = effects

    def __getattr__(self, name: str) -> Any:
        if name in _WRITING:
            self._need("writes to", "write")
        elif name not in _FREE:
            self._need("looks at", "read", "write")
        if name in _WAITING:
            self._need("waits for", "wait")
        return getattr(self._session, name)

    def _need(self, does: str, *one_of: str) -> None:
        if not self._effects.intersection(one_of):
            raise UndeclaredEffect(f"`{self._operation}` {does} its session and does not declare !{one_of[0]}")


class UndeclaredKernel:
    """The kernel of an operation without `!llm`: asking it ends the run."""

    name = "undeclared"

    def __init__(self, operation: str) -> None:
        self._operation = operation

    async def answer(self, request: Request) -> Answer:
        """Ends the run: the call is in no bound."""
        raise UndeclaredEffect(f"`{self._operation}` asks the model and does not declare !llm")

    async def close(self) -> None:
        """Nothing is open."""
