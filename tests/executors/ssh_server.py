"""A real sshd on loopback for the time of a test: keys and configuration of its own, no password, this user alone."""

import os
import pwd
import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.commands import until

REPOSITORY = Path(__file__).parents[2]
_SSHD = shutil.which("sshd", path=os.pathsep.join((os.environ.get("PATH", ""), "/usr/sbin", "/usr/local/sbin")))
# Of root, sshd wants a folder below /run, which is made where nobody else sees it.
_AS_ROOT = ("unshare", "-m", "sh", "-c", 'mount -t tmpfs tmpfs /run && mkdir /run/sshd && exec "$@"', "sh")
_TRIES = 5

_SERVER = """ListenAddress 127.0.0.1:{port}
HostKey {folder}/host
AuthorizedKeysFile {folder}/user.pub
AllowUsers {user}
PidFile none
UsePAM {pam}
StrictModes no
PasswordAuthentication no
KbdInteractiveAuthentication no
PermitRootLogin prohibit-password
SetEnv PYTHONPATH={path}
"""

_CLIENT = """Host machine
  HostName 127.0.0.1
  Port {port}
  User {user}
  IdentityFile {folder}/user
  IdentityAgent none
  IdentitiesOnly yes
  UserKnownHostsFile {folder}/known
  GlobalKnownHostsFile none
  StrictHostKeyChecking yes
  BatchMode yes
"""


def why_not() -> str:
    """Why no server can be started here; empty if one can."""
    if _SSHD is None or shutil.which("ssh") is None:
        return "sshd and ssh are not installed: openssh-server, openssh-client"
    if os.geteuid() == 0 and subprocess.run([*_AS_ROOT, "true"], capture_output=True).returncode != 0:
        return "no mount namespace can be made here, which sshd needs as root"
    return ""


@contextmanager
def serving(folder: Path) -> Iterator[Path]:
    """The configuration for `ssh -F FILE machine COMMAND`, which works until the end, and not for anybody else."""
    user = pwd.getpwuid(os.geteuid()).pw_name
    for name in ("host", "user"):
        words = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "", "-f", str(folder / name)]
        subprocess.run(words, check=True, stdin=subprocess.DEVNULL)
    server, port = _started(folder, user)
    (folder / "known").write_text(f"[127.0.0.1]:{port} {(folder / 'host.pub').read_text()}")
    client = folder / "client"
    client.write_text(_CLIENT.format(folder=folder, port=port, user=user))
    with server:
        try:
            yield client
        finally:
            server.terminate()


def _started(folder: Path, user: str) -> tuple["subprocess.Popen[str]", int]:
    """A server that listens, and its port: another one where somebody else has taken that in between."""
    log = folder / "log"
    for _ in range(_TRIES):
        with socket.create_server(("127.0.0.1", 0)) as free:
            port: int = free.getsockname()[1]
        configuration = folder / "server"
        # Who may not read the shadow file needs PAM, or sshd takes each account for locked.
        pam = "no" if os.geteuid() == 0 else "yes"
        configuration.write_text(_SERVER.format(folder=folder, port=port, user=user, path=REPOSITORY, pam=pam))
        log.write_bytes(b"")
        words = [*(_AS_ROOT if os.geteuid() == 0 else ()), str(_SSHD), "-D", "-f", str(configuration), "-E", str(log)]
        server = subprocess.Popen(words, stdin=subprocess.DEVNULL, text=True)
        until(lambda server=server, port=port: server.poll() is not None or _listens(port))
        if server.poll() is None:
            return server, port
    raise RuntimeError(f"sshd does not start: {log.read_text()}")


def _listens(port: int) -> bool:
    with socket.socket() as tried:
        return tried.connect_ex(("127.0.0.1", port)) == 0
