"""agent: a coding agent that works on files until it is done.

Without a folder it gets one of its own, which holds the input, and writes its answer there: that is the result. With
one it works on the files that are there, and the result is what it says of its work. Nothing else can be touched.
"""

from dataclasses import replace
from pathlib import Path

from hdsl.future.context import RunEnded
from hdsl.future.flight import Element
from hdsl.ground.errors import WRONG_USAGE
from hdsl.ground.files import OutsideFolderError, inside
from hdsl.kernel.request import Work
from hdsl.ops.asking import ask_kernel, question
from hdsl.ops.marks import by_agent
from hdsl.ops.site import Pull
from hdsl.policy.agent_tools import known_tools, unknown_tools


class AgentMisused(RunEnded):
    """An option of `agent` names what there is not."""

    exit_code = WRONG_USAGE


@by_agent
async def agent(
    input: str,
    *,
    task: str = "",
    tools: str = "Read,Edit,Write",
    folder: str = "",
    calls: int = 20,
    pull: Pull,
) -> Element:
    """What a coding agent answers to one text. AgentMisused for tools that it cannot have, or a folder that is none."""
    name = pull.site.name
    work = Work(_folder(name, folder), _tools(name, tools), _calls(name, calls))
    return await ask_kernel(replace(question("agent", input, task, pull), work=work), pull)


def _tools(name: str, tools: str) -> tuple[str, ...]:
    given = tuple(dict.fromkeys(word.strip() for word in tools.split(",") if word.strip()))
    unknown = unknown_tools(given)
    if unknown or not given:
        wrong = f"no agent has the tool {', '.join(unknown)}" if unknown else "tools is empty"
        raise AgentMisused(f"`{name}`: {wrong}; there are {', '.join(known_tools())}")
    return given


def _folder(name: str, folder: str) -> str:
    if not folder:
        return ""
    try:
        if inside(Path.cwd(), folder).is_dir():
            return folder
    except OutsideFolderError:
        raise AgentMisused(
            f"`{name}`: the folder {folder!r} is not inside the working folder, where an agent may work"
        ) from None
    raise AgentMisused(f"`{name}`: there is no folder {folder!r} in the working folder; make it first")


def _calls(name: str, calls: int) -> int:
    if calls < 1:
        raise AgentMisused(f"`{name}`: calls is a whole number from 1, not {calls}")
    return calls
