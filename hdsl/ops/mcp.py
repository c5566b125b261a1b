"""call: a tool of an MCP server, by the operation that `hdsl add-tools` declared for it."""

from hdsl.future.context import RunEnded
from hdsl.future.flight import Element
from hdsl.ground.errors import WRONG_USAGE
from hdsl.ops.marks import by_tool
from hdsl.ops.site import Pull


class NoTools(RunEnded):
    """There is nothing here that could call a tool."""

    exit_code = WRONG_USAGE


@by_tool
async def call(arguments: str, *, timeout: float = 60.0, pull: Pull) -> Element:
    """What the tool gives for its arguments, as a record. Never called by a backward pass: texts are asked of the
    kernel there, for the fields of the arguments."""
    tools = pull.context.tools
    if tools is None:
        raise NoTools(f"`{pull.site.name}` calls a tool, and nothing here can: use it in a run")
    return await tools.call(pull.site.declared_in, pull.site.operation, arguments, timeout)
