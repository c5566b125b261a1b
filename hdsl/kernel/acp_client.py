"""The client's side of the Agent Client Protocol: files of the working folder, permissions by the policy, terminals."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from hdsl.ground.files import read_regular, write_atomically
from hdsl.ground.secrets import HIDDEN, Redactor
from hdsl.kernel.acp_calls import command_of
from hdsl.kernel.acp_terminals import Refused, Terminals, Watch
from hdsl.policy.agent_tools import Denied, judge_use
from hdsl.policy.guard import Guard

_LARGEST = 1 << 24
_INVALID = -32602
_TOOL_OF = {"read": "Read", "edit": "Write", "delete": "Write", "move": "Write", "search": "Glob"}
"""The tool by whose rules the paths of a use of each kind are judged."""
_PATHS = ("file_path", "filePath", "path", "abs_path", "absolute_path", "notebook_path")


class Client:
    """Serves one agent that works in `folder` (a real path) with `tools`. The agent is told what is refused."""

    def __init__(
        self,
        folder: Path,
        tools: Sequence[str],
        guard: Guard,
        terminals: Terminals,
        redact: Redactor,
        watch: Watch | None = None,
    ) -> None:
        self._folder, self._tools, self._guard, self._watch = folder, tools, guard, watch
        self._terminals, self._redact = terminals, redact

    async def request_permission(self, session_id: str, tool_call: Any, options: Sequence[Any], **_: Any) -> Any:
        """Allows a use once if the policy does. Nothing is allowed for good: each use is asked about."""
        from acp.schema import AllowedOutcome, DeniedOutcome, RequestPermissionResponse

        kinds = ("allow_once",) if await self._allows(tool_call) else ("reject_once", "reject_always")
        for kind in kinds:
            for option in options:
                if option.kind == kind:
                    chosen = AllowedOutcome(outcome="selected", option_id=option.option_id)
                    return RequestPermissionResponse(outcome=chosen)
        return RequestPermissionResponse(outcome=DeniedOutcome(outcome="cancelled"))

    async def read_text_file(
        self, session_id: str, path: str, line: int | None = None, limit: int | None = None, **_: Any
    ) -> Any:
        """The text of a file, or some lines of it, without secrets of ours."""
        from acp.schema import ReadTextFileResponse

        real = self._allowed("Read", path)
        text = self._redact(_read(real))
        if self._watch is not None:
            self._watch.used("Read", str(real), text)
        if line is not None or limit is not None:
            first = max(0, (line or 1) - 1)
            lines = text.splitlines(keepends=True)[first:]
            text = "".join(lines if limit is None else lines[: max(0, limit)])
        return ReadTextFileResponse(content=text)

    async def write_text_file(self, session_id: str, path: str, content: str, **_: Any) -> Any:
        """Writes a file whole, or not at all."""
        from acp.schema import WriteTextFileResponse

        tool = "Write" if "Write" in self._tools else "Edit"
        real = self._allowed(tool, path)
        if HIDDEN in content and self._redact and real.exists() and self._redact(_read(real)) != _read(real):
            raise _error(f"{HIDDEN} stands for a value that is hidden from you: it would be lost")
        try:
            data = content.encode("utf-8")
        except UnicodeEncodeError:
            raise _error("the content is not valid Unicode") from None
        try:
            write_atomically(real, data)
        except OSError as error:
            raise _error(f"{path} cannot be written: {error.strerror or error}") from None
        if self._watch is not None:
            self._watch.used("Write", str(real), content)
        return WriteTextFileResponse()

    async def create_terminal(
        self,
        session_id: str,
        command: str,
        args: Sequence[str] | None = None,
        env: Sequence[Any] | None = None,
        cwd: str | None = None,
        output_byte_limit: int | None = None,
        **_: Any,
    ) -> Any:
        """Starts a command in a terminal of ours, if the agent may change files here."""
        from acp.schema import CreateTerminalResponse

        if not {"Write", "Edit"} & set(self._tools):
            raise _error("there is no terminal here")
        variables = {each.name: each.value for each in env or ()}
        try:
            name = await self._terminals.create(command, args or (), variables, cwd, output_byte_limit)
        except Refused as refused:
            raise _error(str(refused)) from None
        return CreateTerminalResponse(terminal_id=name)

    async def terminal_output(self, session_id: str, terminal_id: str, **_: Any) -> Any:
        """What a command has printed by now."""
        from acp.schema import TerminalOutputResponse

        output = await self._of_terminal(self._terminals.output(terminal_id))
        ended = None if output.exit is None else _exit_status(output.exit)
        return TerminalOutputResponse(output=output.text, truncated=output.is_cut, exit_status=ended)

    async def wait_for_terminal_exit(self, session_id: str, terminal_id: str, **_: Any) -> Any:
        """How a command ended, when it has."""
        from acp.schema import WaitForTerminalExitResponse

        ended = await self._of_terminal(self._terminals.wait(terminal_id))
        return WaitForTerminalExitResponse(exit_code=ended.code, signal=ended.signal)

    async def kill_terminal(self, session_id: str, terminal_id: str, **_: Any) -> Any:
        """Ends a command; its output can still be read."""
        await self._of_terminal(self._terminals.kill(terminal_id))

    async def release_terminal(self, session_id: str, terminal_id: str, **_: Any) -> Any:
        """Ends a command, and forgets it."""
        await self._of_terminal(self._terminals.release(terminal_id))

    async def session_update(self, session_id: str, update: Any, **_: Any) -> None:
        """Updates are heard before they get here."""

    async def _of_terminal(self, asked: Any) -> Any:
        try:
            return await asked
        except Refused as refused:
            raise _error(str(refused)) from None

    def _allowed(self, tool: str, path: str) -> Path:
        verdict = judge_use(tool, {"file_path": path}, self._folder, self._tools)
        if isinstance(verdict, Denied):
            raise _error(verdict.reason)
        return Path(verdict.arguments["file_path"])

    async def _allows(self, call: Any) -> bool:
        given = call.raw_input if isinstance(call.raw_input, dict) else {}
        if call.kind == "think":
            return True
        if call.kind == "execute":
            command = command_of(given) or call.title or ""
            can_write = bool({"Write", "Edit"} & set(self._tools))
            return bool(command) and can_write and await self._guard.refusal(command, "", (), False) is None
        tool = _TOOL_OF.get(call.kind or "")
        if tool is None:
            return False
        paths = list(_paths_of(call, given))
        if tool == "Glob":
            return all(self._is_inside(path) for path in paths)
        return bool(paths) and all(self._may(tool, path) for path in paths)

    def _may(self, tool: str, path: str) -> bool:
        asked = "Edit" if tool == "Write" and "Write" not in self._tools else tool
        return not isinstance(judge_use(asked, {"file_path": path}, self._folder, self._tools), Denied)

    def _is_inside(self, path: str) -> bool:
        return not isinstance(judge_use("Glob", {"path": path, "pattern": "*"}, self._folder, ("Glob",)), Denied)


def _paths_of(call: Any, given: Mapping[str, Any]) -> Iterator[str]:
    for location in call.locations or ():
        yield location.path
    for part in call.content or ():
        if isinstance(path := getattr(part, "path", None), str):
            yield path
    for name in _PATHS:
        if isinstance(given.get(name), str):
            yield given[name]


def _read(path: Path) -> str:
    try:
        return read_regular(path, _LARGEST).decode("utf-8", "replace")
    except OSError as error:
        raise _error(f"{path.name} cannot be read: {error.strerror or error}") from None


def _exit_status(ended: Any) -> Any:
    from acp.schema import TerminalExitStatus

    return TerminalExitStatus(exit_code=ended.code, signal=ended.signal)


def _error(message: str) -> Exception:
    from acp import RequestError

    return RequestError(_INVALID, message)
