"""Element functions in processes of their own: one process a call, killed with what it started."""

import asyncio
import contextlib
import functools
import inspect
import json
import os
import signal
import sys
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from hdsl.future.flight import Element
from hdsl.future.status import Status
from hdsl.ground.secrets import is_secret_name

AT_ONCE = 8
"""How many of these processes may run at one time."""
_PROCESS = "hdsl.ops.isolated_process"


class IsolatedError(Exception):
    """A call in a process of its own failed; the message is that of the exception there, or how the process ended."""


async def run_isolated(
    function: Callable[..., Any], arguments: Sequence[Any], options: Mapping[str, Any]
) -> Element | list[Element | None]:
    """The result of a function, called in a process of its own. IsolatedError where it raises or does not answer."""
    call = {
        "path": sys.path,
        "file": inspect.getsourcefile(function),
        "module": function.__module__,
        "function": function.__qualname__,
        "arguments": list(arguments),
        "options": dict(options),
        "parent": os.getpid(),
    }
    async with _places(asyncio.get_running_loop()):
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            _PROCESS,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            env={name: value for name, value in os.environ.items() if not is_secret_name(name)},
            start_new_session=True,
        )
        try:
            answer, _ = await process.communicate(json.dumps(call).encode())
        finally:
            # Also what it left running, as all of it is one process group.
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
        code = await process.wait()
    return _result(answer, code, function.__qualname__)


@functools.lru_cache(maxsize=2)
def _places(loop: asyncio.AbstractEventLoop) -> asyncio.Semaphore:
    return asyncio.Semaphore(AT_ONCE)


def _result(answer: bytes, code: int, name: str) -> Element | list[Element | None]:
    try:
        value = json.loads(answer)
    except ValueError:
        how = f"was ended by {signal.Signals(-code).name}" if code < 0 else f"ended with exit code {code}"
        raise IsolatedError(f"the process of `{name}` {how} without a result") from None
    if "error" in value:
        raise IsolatedError(value["error"])
    if "list" in value:
        return [None if each is None else _element(each) for each in value["list"]]
    return _element(value)


def _element(value: Mapping[str, Any]) -> Element:
    return value["text"], Status(value["coefficient"], value["cause"])
