"""Plays Claude Code's part: runs the hooks of the plugin with the events it sends, and the commands they hand back."""

import json
import os
import signal
import subprocess
from dataclasses import dataclass
from pathlib import Path

from hdsl.capture import plugin
from hdsl.capture.places import Places

_SECONDS = 60


@dataclass(frozen=True)
class Ran:
    """What a hook or a command did."""

    code: int
    out: str
    err: str = ""


class Player:
    """One session in a folder: its home, its project and its plugin."""

    def __init__(self, root: Path, session: str = "session-1", limit: int = plugin.HOOK_SECONDS, **environment: str):
        self.root, self.session = root, session
        self.home, self.project = root / "home", root / "project"
        self.places = Places(self.home / "captures")
        self.plugin = self.home / ".claude" / "skills" / plugin.NAME
        self.project.mkdir(parents=True, exist_ok=True)
        self.folder = self.project
        if not self.plugin.exists():
            plugin.install(self.places, self.plugin, limit)
        self.hooks = json.loads((self.plugin / plugin.HOOKS).read_text())["hooks"]
        kept = {name: os.environ[name] for name in ("PATH", "LANG", "TMPDIR") if name in os.environ}
        self.environment = {
            **kept,
            "HOME": str(self.home),
            "CLAUDE_PLUGIN_ROOT": str(self.plugin),
            "CLAUDE_PID": str(os.getpid()),
            "AI_AGENT": "claude-code_2-1-332_agent",
            **environment,
        }
        self._calls = 0

    @property
    def kept(self) -> Path:
        """The folder of what is captured."""
        return self.places.kept(self.session)

    def written(self) -> str:
        """All that stands in any file below home and project, and their names."""
        files = [file for folder in (self.home, self.root) for file in folder.rglob("*") if file.is_file()]
        return "".join(f"{file}\n{file.read_bytes().decode('utf-8', 'replace')}" for file in set(files))

    def event(self, name: str, **fields) -> Ran:
        """Runs the hook of an event."""
        event = {"session_id": self.session, "cwd": str(self.folder), "hook_event_name": name, **fields}
        return self._run(words_of(self.hooks[name]), json.dumps(event))

    def start(self, **fields) -> Ran:
        """The session begins."""
        return self.event("SessionStart", source="startup", **fields)

    def announce(self, command: str, **fields) -> tuple[Ran, str, dict]:
        """The hook before a command: what it said, the call's identity, and the command as it stands now."""
        self._calls += 1
        call = f"toolu_{self.session}_{self._calls}"
        arguments = {"command": command, **fields}
        hooked = self.event("PreToolUse", tool_name="Bash", tool_input=arguments, tool_use_id=call)
        rewritten = arguments
        if hooked.code == 0 and hooked.out:
            rewritten = json.loads(hooked.out)["hookSpecificOutput"]["updatedInput"]
        return hooked, call, rewritten

    def bash(self, command: str, **fields) -> Ran:
        """A whole call of the Bash tool."""
        hooked, call, rewritten = self.announce(command, **fields)
        if hooked.code:
            return hooked
        ran = self.shell(rewritten["command"])
        after = {"tool_name": "Bash", "tool_input": rewritten, "tool_use_id": call}
        if ran.code:
            self.event("PostToolUseFailure", **after, error=f"Exit code {ran.code}\n{ran.out}")
        else:
            self.event("PostToolUse", **after, tool_response={"stdout": ran.out, "stderr": "", "interrupted": False})
        return ran

    def shell(self, command: str) -> Ran:
        """A command as the Bash tool runs it, which afterwards looks where the shell is."""
        where = self.root / f"claude-{self.session}-{self._calls}-cwd"
        quoted = command.replace("'", "'\"'\"'")
        ran = self._run(["bash", "-c", f"eval '{quoted}' < /dev/null && pwd -P >| {where}"], "")
        if where.exists():
            self.folder = Path(where.read_text().strip())
            where.unlink()
        return ran

    def end(self) -> Ran:
        """The session ends; the recorder has written everything when it is gone."""
        owner = self.owner()
        ended = self.event("SessionEnd", reason="other")
        wait_for_end(owner)
        return ended

    def owner(self) -> int:
        """The process of the recorder."""
        return int((self.places.running(self.session) / "owner").read_text().split()[0])

    def kill(self) -> None:
        """Ends the recorder with no chance to tidy up."""
        owner = self.owner()
        os.kill(owner, signal.SIGKILL)
        wait_for_end(owner)

    def steps(self) -> list[dict]:
        """The steps that were captured."""
        return json.loads((self.kept / "trajectory.json").read_text())["steps"]

    def _run(self, words: list[str], given: str) -> Ran:
        ran = subprocess.run(
            words,
            input=given.encode("utf-8", "surrogatepass"),
            capture_output=True,
            cwd=self.folder,
            env=self.environment,
            timeout=_SECONDS,
        )
        return Ran(ran.returncode, ran.stdout.decode("utf-8", "replace"), ran.stderr.decode("utf-8", "replace"))


def words_of(groups: list[dict]) -> list[str]:
    """What Claude Code runs for the hook of an event."""
    ((handler,),) = (group["hooks"] for group in groups)
    return [handler["command"], *handler["args"]] if "args" in handler else ["sh", "-c", handler["command"]]


def wait_for_end(process: int) -> None:
    """Until a process that is not a child of ours has ended."""
    import select

    try:
        descriptor = os.pidfd_open(process)
    except ProcessLookupError:
        return
    try:
        assert select.select([descriptor], [], [], _SECONDS)[0], f"process {process} has not ended"
    finally:
        os.close(descriptor)
