"""What the framework has and hdsl has not yet: each name is there and says so when it is used."""

from collections.abc import Callable
from typing import Any, NoReturn


def _later(name: str, what: str) -> Callable[..., NoReturn]:
    def not_implemented(*arguments: Any, **options: Any) -> NoReturn:
        raise NotImplementedError(f"{name} is not implemented yet: {what}")

    not_implemented.__name__ = not_implemented.__qualname__ = name
    not_implemented.__doc__ = f"Not implemented yet: {what}."
    return not_implemented


_AGENT = "llm_method='coding_agent' lets an agent answer, and a Request with `work` lets one work on files"

coding_agent = _later("coding_agent", _AGENT)
coding_agent_query = _later("coding_agent_query", _AGENT)
