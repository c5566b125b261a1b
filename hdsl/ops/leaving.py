"""Functions of users that ask to leave the process, or end an iteration: they have failed, as by any other error."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any


def without_leaving(function: Callable[..., Any], *arguments: Any) -> Any:
    """What a function returns; RuntimeError where it raises what no event loop can hand on, as `sys.exit()` does."""
    try:
        return function(*arguments)
    except BaseException as error:
        if isinstance(error, Exception) and not isinstance(error, StopIteration):
            raise
        raise _failed(error) from error


async def awaited_without_leaving(result: Awaitable[Any]) -> Any:
    """What is awaited; RuntimeError where it asks to leave the process."""
    try:
        return await result
    except (Exception, asyncio.CancelledError, GeneratorExit):
        raise
    except BaseException as error:
        raise _failed(error) from error


def _failed(error: BaseException) -> RuntimeError:
    name, words = type(error).__name__, str(error)
    return RuntimeError(f"the function raised {name}: {words}" if words else f"the function raised {name}")
