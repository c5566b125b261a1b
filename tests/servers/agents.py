"""What tests of coding agents share: the SDK's own CLI, alone with a scripted Messages server."""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from unittest import mock

import pytest

from tests.servers.messages import Body, MessagesServer

needs_agent = pytest.mark.skipif(
    find_spec("claude_agent_sdk") is None, reason="the Agent SDK is not installed: pip install 'hdsl[agent]'"
)


def agent_environment(server: MessagesServer, folder: Path) -> dict[str, str]:
    """The variables by which hdsl's agents reach a server: the CLI in a network of its own, no second try."""
    from hdsl.kernel.agent_session import bundled_program

    home = folder / "agent-home"
    home.mkdir(exist_ok=True)
    (folder / "tmp").mkdir(exist_ok=True)
    program = folder / "claude"
    program.write_text(f'#!/bin/sh\nexec {" ".join(server.alone([str(bundled_program())]))} "$@"\n')
    program.chmod(0o700)
    return {
        **server.environment(home),
        "TMPDIR": str(folder / "tmp"),
        "HDSL_AGENT_PROGRAM": str(program),
        "HDSL_AGENT_PARALLEL": "4",
        "HDSL_RETRIES": "0",
    }


@contextmanager
def reached_agents(server: MessagesServer, folder: Path, **more: str) -> Iterator[Mapping[str, str]]:
    """`agent_environment` as that of this process."""
    environment = {**agent_environment(server, folder), **more}
    with mock.patch.dict(os.environ, environment):
        yield environment


def instructions_of(body: Body) -> str:
    """What the agent was instructed."""
    system = body["system"]
    return system if isinstance(system, str) else "\n".join(part["text"] for part in system)


def left_in(folder: Path) -> list[str]:
    """Private folders of agents that are still there."""
    return [path.name for path in (folder / "tmp").glob("hdsl-agent-*")]
