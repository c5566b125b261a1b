"""The sandbox of sessions and checks: bubblewrap, with one writable folder, an empty home, and no other process."""

import asyncio
import contextlib
import os
import pwd
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from time import monotonic

from hdsl.terminal.errors import SandboxMissing, TerminalError
from hdsl.terminal.server import PrivateFolder

_PROGRAM = "bwrap"
_KEPT = ("PATH", "LANG", "LC_ALL", "LC_CTYPE")
_HOMES = ("/home", "/root", "/Users")
_TEMPORARY = ("/tmp", "/var/tmp", "/run")
_TMP = "/tmp"
_NAMESPACES = (
    "--unshare-user-try",
    "--unshare-pid",
    "--unshare-ipc",
    "--unshare-uts",
    "--unshare-cgroup-try",
    "--unshare-net",
)
_PROBE_SECONDS = 30.0
_TICK = 0.005


@dataclass(frozen=True, slots=True)
class Sandbox:
    """How commands are run so that they see the file system read-only, `folder` excepted, and nothing of the user's.

    They have their own process numbers, no network, no capabilities, and a home and a `/tmp` of their own. Of what lies
    in the user's home, `folder` and the Python that runs hdsl are seen.
    """

    program: str
    """The path of bwrap."""
    folder: Path
    """The one folder of the real file system that can be written to."""
    home: Path
    """Where the user's home is; in its place there is an empty one."""

    def environment(self, base: Mapping[str, str], added: Mapping[str, str]) -> dict[str, str]:
        """What a command in the sandbox gets of an environment, and what is added."""
        kept = {name: base[name] for name in _KEPT if name in base}
        return {**kept, "HOME": str(self.home), **added}

    def command(
        self,
        command: Sequence[str],
        folder: str,
        *,
        private: PrivateFolder | None = None,
        shell: Path | None = None,
        readable: Path | None = None,
    ) -> list[str]:
        """The command that runs `command` in the sandbox, in `folder`.

        `private` holds the home and the `/tmp` that commands have in common, and is hidden itself; without it, a home
        and a `/tmp` are gone with the command. `readable` is a file that is seen too. `shell`: the folder of a shell's
        files; it keeps the terminal that it is started in, which is its own.
        """
        mounts: dict[Path, list[str]] = {path: ["--tmpfs"] for path in _hidden(self.home)}
        if private is not None:
            mounts[Path(_TMP)] = ["--bind", str(private.tmp)]
            mounts[self.home] = ["--bind", str(private.home)]
            mounts[private.root] = ["--tmpfs"]
        for path in (self.folder, shell):
            if path is not None:
                mounts[path] = ["--bind", str(path)]
        if readable is not None:
            mounts[readable] = ["--ro-bind", str(readable)]
        for path in _interpreter(mounts):
            mounts[path] = ["--ro-bind", str(path)]
        # A folder comes before those inside it, which it would cover.
        inside = [word for path in sorted(mounts) for word in (*mounts[path], str(path))]
        session = ["--new-session"] if shell is None else []
        return [
            *(self.program, "--die-with-parent", *session, *_NAMESPACES, "--cap-drop", "ALL"),
            *("--ro-bind", "/", "/", "--dev", "/dev", "--proc", "/proc", *inside),
            *("--chdir", folder, "--", *command),
        ]


def find_sandbox(folder: Path, environment: Mapping[str, str]) -> Sandbox:
    """The sandbox in which `folder` can be written to. Blocks: it is tried.

    SandboxMissing where this machine cannot make one, or where the folder is one that the sandbox hides.
    """
    program = shutil.which(_PROGRAM, path=environment.get("PATH"))
    if program is None:
        raise SandboxMissing("the sandbox needs bubblewrap, and there is no bwrap on PATH")
    sandbox = Sandbox(program, folder.resolve(), _home(environment))
    for path in (*_hidden(sandbox.home), sandbox.home):
        if path.is_relative_to(sandbox.folder):
            raise SandboxMissing(
                f"the sandbox makes {sandbox.folder} writable, and it hides {path}: start in a folder of the project"
            )
    command = sandbox.command(["true"], str(sandbox.folder))
    try:
        tried = subprocess.run(
            command,
            env=sandbox.environment(environment, {}),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            timeout=_PROBE_SECONDS,
            text=True,
            errors="replace",
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise SandboxMissing(f"the sandbox does not work here: {error}") from None
    if tried.returncode != 0:
        lines = tried.stderr.strip().splitlines() or [f"bwrap ended with {tried.returncode}"]
        raise SandboxMissing(f"the sandbox does not work here: {lines[-1]}")
    return sandbox


async def shell_inside(process: int, is_gone: Callable[[], bool]) -> int:
    """The process of the shell that the bwrap of a pane runs, as it is numbered outside."""
    began = monotonic()
    is_inside = False
    while not is_gone() and monotonic() - began < _PROBE_SECONDS:
        name = _name(process)
        is_bwrap = name == _PROGRAM
        if name and is_inside and not is_bwrap:
            return process
        # Before it is bwrap, it is the shell that runs it.
        below = _children(process) if is_bwrap else []
        if below:
            process, is_inside = below[0], True
        else:
            await asyncio.sleep(_TICK)
    raise TerminalError("the sandbox of a new session has not started its shell")


def _home(environment: Mapping[str, str]) -> Path:
    home = Path(environment.get("HOME") or "/").resolve()
    return home if home != Path("/") and home.is_dir() else Path(_TMP)


def _hidden(home: Path) -> list[Path]:
    """The folders that hold what is the user's: homes, and temporary files and sockets of others."""
    found = {home, Path(tempfile.gettempdir()).resolve()}
    with contextlib.suppress(KeyError):  # a user without an entry has no other home
        found.add(Path(pwd.getpwuid(os.getuid()).pw_dir).resolve())
    found |= {Path(name).resolve() for name in (*_HOMES, *_TEMPORARY)}
    return sorted(path for path in found if path.is_dir() and path != Path("/"))


def _interpreter(hidden: Iterable[Path]) -> list[Path]:
    """The folders of the Python that runs this, where they lie in hidden folders and hold none of these."""
    folders = {Path(prefix).resolve() for prefix in (sys.prefix, sys.base_prefix)}
    return [
        folder
        for folder in folders
        if any(folder.is_relative_to(path) for path in hidden)
        and not any(path.is_relative_to(folder) for path in hidden)
    ]


def _name(process: int) -> str:
    try:
        return Path(f"/proc/{process}/comm").read_text("utf-8", "replace").strip()
    except OSError:
        return ""


def _children(process: int) -> list[int]:
    try:
        return [int(child) for child in Path(f"/proc/{process}/task/{process}/children").read_text().split()]
    except OSError:
        return []
