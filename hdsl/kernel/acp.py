"""The acp kernel: any coding agent that speaks the Agent Client Protocol answers, as the agent kernel does.

hdsl is the protocol's client: it serves the agent's files and terminals, so every command that the agent runs in them
is typed into a tmux of ours, under the policy.
"""

import asyncio
import os
import shlex
import shutil
from collections.abc import Callable, Mapping
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from hdsl.configuration.files import SettingsError
from hdsl.configuration.settings import Settings
from hdsl.ground.secrets import is_secret_name
from hdsl.kernel.agent import AgentKernel
from hdsl.kernel.agent_session import Found, Task, Worked
from hdsl.kernel.request import Request

PACKAGE = "acp"
_SETTING = "acp_command (HDSL_ACP_COMMAND)"
_OURS = "HDSL_"


class AcpKernel(AgentKernel):
    """Answers by the agent of a command. SettingsError if the package, the command or its program is missing.

    `key_variable`: the variable with a secret that the agent's process gets; it gets no other secret of ours.
    """

    name = "acp"
    _login = "log in with the agent's own program, or name the variable that holds its key: api_key_env in its table"
    _program_setting = _SETTING

    def __init__(self, settings: Settings, key_variable: str = "") -> None:
        self._words = _words(settings.acp_command)
        self._key_variable = key_variable
        super().__init__(settings)

    def _found_program(self, settings: Settings) -> Path:
        if find_spec(PACKAGE) is None:
            raise SettingsError("the acp kernel needs the package `agent-client-protocol`: pip install 'hdsl[acp]'")
        if not self._words:
            raise SettingsError(f'the acp kernel needs the command of an agent: set {_SETTING}, as "gemini --acp"')
        found = shutil.which(self._words[0])
        if found is None:
            raise SettingsError(f"there is no program {self._words[0]!r}: install the agent, or set {_SETTING}")
        return Path(found).absolute()

    async def _load(self) -> None:
        await asyncio.to_thread(import_module, PACKAGE)

    def _schema(self, request: Request) -> Mapping[str, Any] | None:
        """The protocol has no structured output: answers are read from what the agent writes, and checked."""
        return None

    async def _work(
        self, task: Task, root: Path, patience: float, collect: Callable[[Path], Found]
    ) -> tuple[Worked, Found]:
        from hdsl.kernel.acp_session import Served, work

        command = [str(self.program), *self._words[1:]]
        served = Served(self._settings.policy, self._settings.sandbox, self._settings.timeout)
        return await work(task, command, self._environment(root), root, patience, served, collect)

    def _environment(self, root: Path) -> dict[str, str]:
        return agent_environment(os.environ, root, self._key_variable)


def agent_environment(variables: Mapping[str, str], root: Path, key_variable: str = "") -> dict[str, str]:
    """Variables without secrets and settings of ours, for an agent, which has a login of its own; but with its key."""
    kept = {
        name: value
        for name, value in variables.items()
        if name == key_variable or not (is_secret_name(name) or name.startswith(_OURS))
    }
    return {**kept, "TMPDIR": str(root / "tmp")}


def _words(command: str) -> list[str]:
    try:
        return shlex.split(command)
    except ValueError as error:
        raise SettingsError(f"acp_command is not a command: {error}") from None
