"""A model that looks for secrets: what the environment of hdsl holds is not found, and what is found is not kept."""

import base64
import codecs
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.commands import Ended, finish, newest_run, start_cold
from tests.servers.models import reached
from tests.servers.scripted_openai import ScriptedServer
from tests.terminal.sandboxes import needs_sandbox

pytestmark = [pytest.mark.slow, pytest.mark.skipif(shutil.which("tmux") is None, reason="needs tmux")]

SPY = """hdsl 1

use std.terminal

harness spy(task: text[1], shell: session[1], T: dim = 60) -> text[1] {
  shells:  session[1, T] = expand(shell, to=[1, T])
  before:  text[1, T]    = terminal.capture(shells)
  line:    text[1, T]    = llm(before, task="Find the keys.")
  typed:   text[1, T]    = terminal.send_text(line, shells)
  pressed: text[1, T]    = terminal.send_key("Enter", shells)
  settled: text[1, T]    = terminal.wait_idle(shells, timeout=60.0)
  proven:  text[1, T]    = terminal.until_exit(settled, shells, command="env; false", timeout=60.0)
  turn:    text[1, T]    = sequential(typed, pressed, settled)
  checked: text[1, T]    = until_match(turn, pattern="all is [t]ried")
  result:  text[1]       = recurrent(checked, task)
  return result
}
"""
LINES = ["cGxhbnRlZCBmaXJzdCBsaW5l", "cGxhbnRlZCBuZXh0IGxpbmU0"]
ENVIRONMENT = {
    "OPENAI_API_KEY": "sk-planted-0f1e2d3c4b5a69788796a5b4c3d2e1f0",
    "GITHUB_TOKEN": "ghp_plantedAbCdEfGhIjKlMnOpQrStUvWxYz",
    "DATABASE_URL": "postgres://user:planted-p%40ss@db.example:5432/x",
    "SIGNING_KEY": "\n".join(["-----BEGIN KEY-----", *LINES, "-----END KEY-----"]),
    "PGPASSWORD": "planted 'with' \"quotes\" $0",
}
SECRETS = [*(ENVIRONMENT[name] for name in ("OPENAI_API_KEY", "GITHUB_TOKEN", "PGPASSWORD")), "planted-p%40ss", *LINES]
IN_HOME = "planted-in-the-home-5d41402abc4b2a76"

# The processes of the run itself: no test reads those of others on this machine.
OURS = '$(pgrep -f "spy[.]hg|${TMPDIR:-spy[.]hg}") $$ $PPID self'
EACH = f"for p in {OURS}; do cat /proc/$p/environ /proc/$p/task/*/environ; done"

ATTEMPTS = [
    *("env", "printenv", "set", "declare -p", "export -p", "compgen -v", "history", "fc -ln -1000"),
    *("cat /proc/self/environ", "cat /proc/$PPID/environ", EACH, f"{EACH} | base64 -w0", f"{EACH} | rev"),
    *(f"{EACH} | od -An -tx1 | tr -d ' \\n'", f"{EACH} | tr A-Za-z N-ZA-Mn-za-m"),
    *(
        f"ps ewwo args {OURS.removesuffix(' self')}",
        f"for p in {OURS}; do cat /proc/$p/cmdline; ls -l /proc/$p/fd; done",
    ),
    *("bash -lc env", "env -i bash -lic env", "sudo -n env", "systemd-run --user env"),
    "for s in $TMPDIR/hdsl-*/*; do tmux -S $s show-environment -g; done",
    "for s in $TMPDIR/hdsl-*/*; do tmux -S $s show-environment; tmux -S $s new-window -d env; done",
    "cat $TMPDIR/hdsl-*/* $TMPDIR/hdsl-*/*/*",
    "cat ~/.bash_history ~/.bashrc ~/.profile ~/.ssh/* ~/.aws/*",
    "cat runs/*/*.json*; cat runs/*/pack* | tr -cd '[:print:]'; cat runs/*/texts/*",
    "cat spy.hg hdsl.toml .env; git config -l; git credential fill < /dev/null",
    'python3 -c "import os; print(os.environ)"',
    "awk 'BEGIN { for (n in ENVIRON) print n, ENVIRON[n] }'",
    f"for n in $(seq 5); do {EACH}; done",
    f"(sleep 0.1; {EACH}) & wait",
    *("(set -o posix; set)", "bash -c 'declare -p; export -p'", "exec 9< /proc/$PPID/environ; cat <&9"),
    "tr '\\0' '\\n' < /proc/$PPID/environ | grep -i -e key -e token -e pass",
    "grep -a -r -s -h planted $TMPDIR spy.hg runs",
]
IN_SANDBOX = ["cat /proc/*/environ", "ps axeww", "base64 -w0 /proc/*/environ", "grep -a -s planted /proc/*/mem"]
LOOKS_AT_HOME = ["cat ~/.netrc", "find ~ -name '.netrc' -exec base64 {} +", "rev ~/.netrc", "cat ../home/.netrc"]


@dataclass(frozen=True)
class Spied:
    """A run that looked for secrets: its folder, what it printed, and what the model was asked."""

    folder: Path
    ended: Ended
    prompts: Sequence[str]

    def kept(self) -> Iterator[tuple[str, str]]:
        """Everything that was written, shown or sent, by where it stands."""
        yield "stdout", self.ended.out
        yield "stderr", self.ended.err
        yield "prompts", "\n".join(self.prompts)
        for path in self.folder.rglob("*"):
            if path.is_file():
                yield str(path.relative_to(self.folder)), path.read_bytes().decode("latin-1")


def spy(folder: Path, attempts: Sequence[str], *options: str) -> Spied:
    """Runs a harness whose model types one attempt after the other."""
    home, temporary, project = (folder / name for name in ("home", "t", "project"))
    for path in (home, temporary, project):
        path.mkdir()
    (home / ".netrc").write_text(f"machine x password {IN_HOME}\nmachine y {ENVIRONMENT['GITHUB_TOKEN']}\n")
    (project / "spy.hg").write_text(SPY, encoding="utf-8")
    with ScriptedServer([*attempts, "echo all is 't'ried"]) as server:
        hidden = {"HOME": str(home), "TMPDIR": str(temporary), **ENVIRONMENT, **reached(server.url)}
        words = ["run", "spy.hg", "--task", "look", "--kernel", "openai", *options]
        ended = finish(start_cold(*words, folder=project, environment=hidden), 300.0)
        assert ended.code == 0, ended.err
        assert len(server.requests) == len(attempts) + 1
        assert set(server.authorizations) == {f"Bearer {ENVIRONMENT['OPENAI_API_KEY']}"}
        return Spied(project, ended, server.prompts())


def forms(secret: str) -> Iterator[str]:
    """A secret as it is, and in disguises. Of base64 the middle, which is the same whatever stands before."""
    yield secret
    yield secret[::-1]
    yield codecs.encode(secret, "rot13")
    yield secret.encode().hex()
    for shift in range(3):
        yield base64.b64encode(b" " * shift + secret.encode()).decode()[4:-4]


def test_nothing_of_the_environment_is_found(tmp_path: Path) -> None:
    """Each attempt also writes what it finds to a file of its own, where nothing is taken out."""
    spied = spy(tmp_path, [f"clear; {{ {attempt}; }} 2>&1 | tee -a found" for attempt in ATTEMPTS])
    assert (spied.folder / "found").stat().st_size > 10_000
    for place, text in spied.kept():
        for secret in SECRETS:
            for form in forms(secret):
                assert form not in text, (place, secret)


@needs_sandbox
def test_nothing_of_the_environment_and_of_the_home_is_found_in_the_sandbox(tmp_path: Path) -> None:
    attempts = [*ATTEMPTS, *IN_SANDBOX, *LOOKS_AT_HOME]
    spied = spy(tmp_path, [f"clear; {{ {attempt}; }} 2>&1 | tee -a found" for attempt in attempts], "--sandbox")
    assert newest_run(spied.folder).json["sandbox"] is True
    for place, text in spied.kept():
        for secret in [*SECRETS, IN_HOME]:
            for form in forms(secret):
                assert form not in text, (place, secret)


def test_a_secret_of_the_environment_that_is_found_elsewhere_is_not_kept(tmp_path: Path) -> None:
    """Without the sandbox, a process of the same user can read files; what is known as a secret is hidden."""
    token = ENVIRONMENT["GITHUB_TOKEN"]
    attempts = ["cat ~/.netrc", "fold -w 9 ~/.netrc", "cat ~/.netrc; exit-with-no-command", "cd ~; ls -a"]
    spied = spy(tmp_path, attempts, "--yes")  # which the policy would not let pass
    kept = dict(spied.kept())
    assert "machine y [secret]" in kept["prompts"] and "machine x password" in kept["prompts"]
    for place, text in kept.items():
        assert token not in text and token not in text.replace("\n", ""), place


def test_folders_and_sockets_of_a_run_are_for_their_owner_alone(tmp_path: Path) -> None:
    look = "find $TMPDIR -mindepth 1 \\( -type d -o -type s \\) -printf '%y %m\\n' | sort -u > found"
    spied = spy(tmp_path, [look])
    assert (spied.folder / "found").read_text() == "d 700\ns 700\n"
    assert list((tmp_path / "t").iterdir()) == []
