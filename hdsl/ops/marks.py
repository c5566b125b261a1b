"""What a function says of how it is to be run; it imports nothing, as the processes of isolated functions import it."""

from collections.abc import Callable
from typing import Any, TypeVar

Function = TypeVar("Function", bound=Callable[..., Any])

TENSOR_OPERATION = "hdsl_tensor_operation"
BLOCKING = "hdsl_blocking"
ISOLATED = "hdsl_isolated"
BY_AGENT = "hdsl_by_agent"
BY_TOOL = "hdsl_by_tool"


def tensor_operation(function: Function) -> Function:
    """Marks a function that takes FutureTensors (experiences: text tensors) and options, and `site` by keyword."""
    setattr(function, TENSOR_OPERATION, True)
    return function


def blocking(function: Function) -> Function:
    """Marks a synchronous element function of hdsl that may wait: it runs in a worker thread, as those of users do."""
    setattr(function, BLOCKING, True)
    return function


def isolated(function: Function) -> Function:
    """Marks a synchronous element function that runs in a process of its own for each element.

    It takes texts and options, and is a text, or a text and a Status. Its process is killed when the run ends, whatever
    it does: for functions that hold the interpreter for long, crash, or change the process they are in.
    """
    setattr(function, ISOLATED, True)
    return function


def by_agent(function: Function) -> Function:
    """Marks an element function that lets a coding agent work: the kernel that it asks must be one."""
    setattr(function, BY_AGENT, True)
    return function


def by_tool(function: Function) -> Function:
    """Marks an element function that calls a tool which was pinned for its operation: the lock must know it."""
    setattr(function, BY_TOOL, True)
    return function
