"""The plugin for Claude Code: its files, and where they go."""

from __future__ import annotations

import json
import os
import shlex
import shutil
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hdsl import __version__
from hdsl.capture.places import CaptureError, Places
from hdsl.capture.scripts import hook_script, route_script
from hdsl.ground.files import read_regular, write_atomically
from hdsl.sessions.values import json_of, list_of, mapping_of, text_of

NAME = "hdsl-capture"
MANIFEST, HOOKS, HOOK, ROUTE = ".claude-plugin/plugin.json", "hooks/hooks.json", "hooks/hook.bash", "hooks/route"
_EXECUTABLE = 0o755
HOOK_SECONDS = 20
"""How long a hook may take. Claude Code's own limit is longer: what passes that one runs the command unrecorded."""
_STARTING_SECONDS = 120
_EVENTS = {
    "UserPromptSubmit": "prompt",
    "PostToolUse": "post",
    "PostToolUseFailure": "post",
    "Stop": "stop",
    "SubagentStop": "stop",
    "SessionEnd": "end",
}
_BROKEN = json.dumps(
    {
        "systemMessage": "hdsl capture: COMMANDS WILL NOT BE RECORDED: the recorder cannot be started (is the Python "
        "environment of hdsl still there?). Every Bash command is blocked; `hdsl capture claude` installs it anew."
    }
)


@dataclass(frozen=True, slots=True)
class File:
    """A file of the plugin."""

    content: str
    mode: int = 0o644


def plugin_files(places: Places, folder: Path, seconds: int = HOOK_SECONDS) -> dict[str, File]:
    """The files of a plugin in a folder, by their names in it. A hook that takes so many seconds has failed."""
    start = [sys.executable, "-I", "-m", "hdsl.capture.start"]
    restart = [*start, "restart", str(places.captures), str(folder)]
    session = shlex.join([*start, "session", str(places.captures), str(folder)])
    manifest = {
        "name": NAME,
        "version": __version__,
        "description": "Runs every Bash command in one recorded tmux session; see `hdsl capture --help`.",
    }
    return {
        MANIFEST: File(_json(manifest)),
        HOOKS: File(_json({"hooks": _hooks(folder, session, seconds)})),
        HOOK: File(hook_script(places.live, restart), _EXECUTABLE),
        ROUTE: File(route_script(places.live), _EXECUTABLE),
    }


def pre_command(seconds: int = HOOK_SECONDS) -> str:
    """The command of the hook before a command. Whatever becomes of the script, it answers or blocks (2).

    In the locale C, programs start quicker; the script is given the other one, for what it starts.
    """
    failed = '[ $s = 2 ] || echo "hdsl capture: the hook failed ($s), so the command is blocked" >&2; exit 2'
    answer = f"a=$(given=${{LC_ALL-}} LC_ALL=C {_hook('pre', seconds)}); s=$?"
    return f'{answer}; case $s$a in "0{{"*) printf %s "$a";; *) {failed};; esac'


def installed_command(folder: Path) -> str:
    """The command of the hook before a command, as it is installed; empty where it is not."""
    found = mapping_of(json_of(read_regular(folder / HOOKS).decode("utf-8", "replace")))
    for group in list_of(mapping_of(found.get("hooks")).get("PreToolUse")):
        for hook in list_of(mapping_of(group).get("hooks")):
            return text_of(mapping_of(hook).get("command"))
    return ""


def default_folder() -> Path:
    """Where Claude Code finds plugins of its user."""
    home = Path(os.environ.get("CLAUDE_CONFIG_DIR") or Path.home() / ".claude")
    return home / "skills" / NAME


def rules(folder: Path) -> tuple[str, ...]:
    """The permission rules without which Claude Code asks before each command, whatever else allows it."""
    return (f"Bash({shlex.quote(str(folder / ROUTE))}:*)", "Bash(exit:*)")


def install(places: Places, folder: Path, seconds: int = HOOK_SECONDS) -> None:
    """Writes the plugin. CaptureError where something else is in its place."""
    _check_ours(folder)
    places.make()
    for name, file in plugin_files(places, folder, seconds).items():
        write_atomically(folder / name, file.content, mode=file.mode)


def remove(folder: Path) -> bool:
    """Takes the plugin away; what was captured stays. Whether there was one."""
    _check_ours(folder)
    if not folder.exists():
        return False
    for name in (MANIFEST, HOOKS, HOOK, ROUTE):
        (folder / name).unlink(missing_ok=True)
    for name in (".claude-plugin", "hooks", "."):
        path = folder / name
        if path.is_dir() and not any(path.iterdir()):
            path.rmdir()
    return True


def _check_ours(folder: Path) -> None:
    if not folder.exists() and not folder.is_symlink():
        return
    try:
        is_ours = mapping_of(json_of(read_regular(folder / MANIFEST).decode("utf-8", "replace"))).get("name") == NAME
    except OSError:
        is_ours = folder.is_dir() and not any(folder.iterdir())
    if not is_ours:
        raise CaptureError(f"{folder} is there and is not the plugin of hdsl; move it away")


def _hooks(folder: Path, start: str, seconds: int) -> Mapping[str, Any]:
    def hook(timeout: int, **handler: Any) -> dict[str, Any]:
        return {"hooks": [{"type": "command", **handler, "timeout": timeout}]}

    before = hook(3 * HOOK_SECONDS, command=pre_command(seconds), onFailure="block")
    # Nothing is at stake if one of these fails, so they run without a shell around them, which is quicker.
    others = {
        event: [hook(HOOK_SECONDS, command=_bash(), args=[str(folder / HOOK), word])] for event, word in _EVENTS.items()
    }
    began = hook(_STARTING_SECONDS, command=f"{start} || printf '%s' {shlex.quote(_BROKEN)}")
    return {"SessionStart": [began], "PreToolUse": [{"matcher": "Bash", **before}], **others}


def _hook(word: str, seconds: int) -> str:
    """The command of a hook. Where the system has `timeout`, a hook that hangs is ended by it."""
    timeout = shutil.which("timeout")
    limit = f"{shlex.quote(timeout)} -k 1 {seconds} " if timeout else ""
    return f'{limit}{shlex.quote(_bash())} "${{CLAUDE_PLUGIN_ROOT}}/{HOOK}" {word}'


def _bash() -> str:
    return shutil.which("bash") or "bash"


def _json(value: Mapping[str, Any]) -> str:
    return json.dumps(value, ensure_ascii=False, indent=2) + "\n"
