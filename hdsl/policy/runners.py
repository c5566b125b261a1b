"""Programs with a subcommand that runs a command: in a container, a virtual environment, a terminal of its own."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence

from hdsl.policy.names import ONLY_SHOW
from hdsl.policy.options import values
from hdsl.policy.wrapped import Wrapped, after

_Unwrap = Callable[[Sequence[str]], Wrapped]

_MOUNTS = ("-v", "--volume", "--mount", "--volumes-from")
_RUN_VALUED = (
    "-v --volume --mount --volumes-from -e --env --env-file -p --publish -u --user -w --workdir --name --network --net "
    "--entrypoint -l --label --platform -m --memory --cpus --device --cap-add --cap-drop --security-opt --pid --ipc "
    "--userns --gpus --shm-size --ulimit --restart --add-host -h --hostname --log-driver --log-opt --tmpfs --pull --dns"
)
_EXEC_VALUED = "-e --env --env-file -u --user -w --workdir --detach-keys --index"
_SCRIPTS = ("--command", "--call", "--run", "--exec", "--cmd")


def _verbs(table: Mapping[str, _Unwrap], valued: str = "") -> _Unwrap:
    """What stands behind one of some subcommands; `valued`: options before it that take a value."""
    with_value = frozenset(valued.split())

    def unwrap(arguments: Sequence[str]) -> Wrapped:
        rest = list(arguments)
        while rest and rest[0].startswith("-"):
            del rest[: 2 if rest[0] in with_value else 1]
        found = table.get(rest[0]) if rest else None
        return found(rest[1:]) if found else Wrapped()

    return unwrap


def _one_or_text(valued: str = "", *options: str) -> _Unwrap:
    """The command behind the options, or the text of one of some options."""
    behind = after(valued)

    def unwrap(arguments: Sequence[str]) -> Wrapped:
        # What stands behind the first operand or `--` are options of the command.
        texts: list[str] = []
        found = behind(arguments)
        own = list(arguments)[: len(arguments) - len(found.commands[0])] if found.commands else list(arguments)
        texts += values([each for each in own if each != "--"], *options)
        if texts:
            return Wrapped((), tuple(texts))
        if found.commands and len(found.commands[0]) == 1 and " " in found.commands[0][0]:
            return Wrapped((), found.commands[0])
        return found

    return unwrap


def _container_run(arguments: Sequence[str]) -> Wrapped:
    """The command of a new container, which is none of ours unless something of the machine is in it."""
    return after(_RUN_VALUED, 1)(arguments) if any(values(arguments, *_MOUNTS)) else Wrapped()


def _behind_dashes(arguments: Sequence[str]) -> Wrapped:
    """The command behind `--`."""
    if "--" not in arguments:
        return Wrapped()
    rest = tuple(arguments[list(arguments).index("--") + 1 :])
    return Wrapped((rest,) if rest else ())


def _shown_text(*options: str) -> _Unwrap:
    """The texts of some options, and what stands behind `--`."""

    def unwrap(arguments: Sequence[str]) -> Wrapped:
        return Wrapped(_behind_dashes(arguments).commands, tuple(values(arguments, *options)))

    return unwrap


def _rest_of(*options: str) -> _Unwrap:
    """All that stands behind one of some options: a command, or one text."""

    def unwrap(arguments: Sequence[str]) -> Wrapped:
        at = next((at for at, each in enumerate(arguments) if each in options), len(arguments))
        rest = tuple(arguments[at + 1 :])
        return Wrapped((), rest) if len(rest) == 1 else Wrapped((rest,) if rest else ())

    return unwrap


def _ansible(arguments: Sequence[str]) -> Wrapped:
    return Wrapped((), tuple(values(arguments, "-a", "--args")))


_TERMINAL = _rest_of("-e", "-x", "--", "--command", "--execute")
_EXEC = after(_EXEC_VALUED, 1)
_COMPOSE_VALUED = "-f --file -p --project-name --profile --env-file --project-directory"
_COMPOSE = _verbs(
    {"exec": _EXEC, "run": after(f"{_RUN_VALUED} {_EXEC_VALUED}", 1)},
    _COMPOSE_VALUED,
)
_DOCKER = _verbs(
    {
        "exec": _EXEC,
        "run": _container_run,
        "container": _verbs({"exec": _EXEC, "run": _container_run}),
        "compose": _COMPOSE,
    },
    "-H --host -c --context --config -l --log-level",
)
_KUBE_VALUED = "-n --namespace -c --container --context --kubeconfig -f --filename --pod-running-timeout"
_PACKAGE = _one_or_text("-p --package -w --workspace --filter -F -C --dir", "-c", "--call", "--shell-mode")
_RUN = _one_or_text(
    "-p --python --with --directory --project -C --extra --group --env-file --package -n --name -e --env"
)


def _kubectl(arguments: Sequence[str]) -> Wrapped:
    return _behind_dashes(arguments) if "exec" in arguments or "run" in arguments else Wrapped()


def _package(arguments: Sequence[str]) -> Wrapped:
    """A package that is fetched and run: `rimraf@5` is `rimraf`."""
    found = _PACKAGE(arguments)
    return Wrapped(tuple((re.sub(r"(?<=.)@.*", "", name), *rest) for name, *rest in found.commands), found.scripts)


def _node_packages(*verbs: str) -> _Unwrap:
    """A package manager: what `exec` or `dlx` runs; `yarn rimraf` runs it without a word more."""
    table = {**dict.fromkeys(verbs, _package), **{each: _itself(each) for each in ("rimraf", "del-cli", "shx")}}
    in_workspace = _verbs(table)
    table["workspace"] = lambda arguments: in_workspace(arguments[1:])
    return _verbs(table, "--filter -F -C --dir -w --workspace --prefix --cwd")


def _itself(name: str) -> _Unwrap:
    return lambda arguments: Wrapped(((name, *arguments),))


RUNNERS: Mapping[str, _Unwrap] = {
    "docker": _DOCKER,
    "podman": _DOCKER,
    "nerdctl": _DOCKER,
    "docker-compose": _COMPOSE,
    "podman-compose": _COMPOSE,
    "kubectl": _kubectl,
    "oc": _kubectl,
    "lxc": _verbs({"exec": _EXEC}),
    "incus": _verbs({"exec": _EXEC}),
    "multipass": _verbs({"exec": _EXEC}),
    "wsl": after("-d --distribution -u --user --cd"),
    "adb": _verbs({"shell": after()}, "-s -t"),
    "vagrant": _verbs({"ssh": _shown_text("-c", "--command")}),
    "gcloud": _shown_text("--command"),
    "heroku": _verbs({"run": after("-a --app -r --remote -s --size")}),
    "fly": _shown_text("-C", "--command"),
    "flyctl": _shown_text("-C", "--command"),
    "ansible": _ansible,
    "pdsh": after("-w -x -l -u -t -f"),
    "mosh": _behind_dashes,
    "npx": _package,
    "bunx": _package,
    "pnpx": _package,
    "npm": _node_packages("exec", "x"),
    "pnpm": _node_packages("exec", "dlx"),
    "yarn": _node_packages("exec", "dlx"),
    "uv": _verbs({"run": _RUN, "tool": _verbs({"run": _RUN})}, "--directory --project"),
    "uvx": _RUN,
    "pipx": _verbs({"run": _one_or_text("--spec")}),
    "poetry": _verbs({"run": _RUN}, "-C --directory -P --project"),
    "pipenv": _verbs({"run": _RUN}),
    "pdm": _verbs({"run": _RUN}),
    "rye": _verbs({"run": _RUN}),
    "hatch": _verbs({"run": _RUN}, "-e --env"),
    "pixi": _verbs({"run": _RUN, "exec": _RUN}),
    "tox": _verbs({"exec": _behind_dashes}),
    "conda": _verbs({"run": _one_or_text("-n --name -p --prefix --cwd")}),
    "mamba": _verbs({"run": _one_or_text("-n --name -p --prefix --cwd")}),
    "micromamba": _verbs({"run": _one_or_text("-n --name -p --prefix --cwd")}),
    "bundle": _verbs({"exec": _RUN}),
    "mise": _verbs({"exec": _shown_text("-c", "--command"), "x": _behind_dashes}),
    "asdf": _verbs({"exec": after()}),
    "rbenv": _verbs({"exec": after()}),
    "pyenv": _verbs({"exec": after()}),
    "nvm": _verbs({"exec": after("", 1)}),
    "doppler": _verbs({"run": _shown_text("--command")}),
    "op": _verbs({"run": _behind_dashes}),
    "aws-vault": _verbs({"exec": after("-d --duration", 1)}),
    "nix-shell": _shown_text("--run", "--command"),
    "nix": _rest_of("-c", "--command", "--"),
    "cargo": _verbs({"watch": _shown_text("-s", "--shell")}),
    "man": _shown_text("-P", "--pager", "-H"),
    "rsync": _shown_text("-e", "--rsh", "--rsync-path"),
    "tcpdump": _shown_text("-z"),
    "zip": _shown_text("-TT", "--unzip-command"),
    "sort": _shown_text("--compress-program"),
    "split": _shown_text("--filter"),
    "wget": _shown_text("--use-askpass"),
    "guix": _verbs({"shell": _behind_dashes, "environment": _behind_dashes}),
    "nodemon": _shown_text("--exec", "-x"),
    "watchexec": _one_or_text("-w --watch -e --exts -i --ignore -f --filter -d --debounce -s --signal --shell"),
    "entr": _one_or_text(),
    "chronic": after(),
    "ts": after("-L -N -D"),
    "tsp": after("-L -N -D"),
    "pueue": _verbs({"add": _one_or_text("-w -g -d -a -l")}),
    "dtach": after("-e -r -z", 1),
    "abduco": after("-e", 1),
    "xterm": _TERMINAL,
    "urxvt": _TERMINAL,
    "konsole": _TERMINAL,
    "kitty": _TERMINAL,
    "alacritty": _TERMINAL,
    "gnome-terminal": _TERMINAL,
    "xfce4-terminal": _TERMINAL,
    "x-terminal-emulator": _TERMINAL,
    "ssh-agent": after("-a -t -E -P"),
    "gpg-agent": after("--homedir --options"),
    "dbus-launch": after(),
    "runcon": after("-t -u -r -l", 1),
    "rr": _verbs({"record": after("-n")}),
    "heaptrack": after("-o"),
    "ccache": after(),
    "distcc": after(),
    "faketime": after("", 1),
    "sem": _one_or_text("-j --jobs --id"),
    "setlock": after("", 1),
    "softlimit": after("-m -d -s -l -a"),
}
"""Programs that run a command of their arguments, in some subcommand."""

RARELY_INNOCENT = frozenset(["rm", "dd", "shred", "srm", "wipe", "wipefs", "rimraf", "mkfs", "mke2fs", "blkdiscard"])
"""Names that seldom are words of anything but a command."""
_TAKES_NAMES = frozenset(
    [
        *("apt", "apt-get", "aptitude", "dpkg", "brew", "dnf", "yum", "pacman", "zypper", "snap", "gh"),
        *("hg", "svn"),
    ]
)
"""Programs with subcommands named like others, or that are given the names of programs."""


def unlisted_tail(name: str, arguments: Sequence[str]) -> Wrapped:
    """The command in the arguments of a program that nobody listed, where one with a rarely innocent name stands."""
    if name in ONLY_SHOW or name in _TAKES_NAMES:
        return Wrapped()
    for at, each in enumerate(arguments):
        if _named(each) in RARELY_INNOCENT and _is_started(arguments, at):
            return Wrapped((tuple(arguments[at:]),))
    return Wrapped((), tuple(each for each in values(arguments, *_SCRIPTS) if _named(each) in RARELY_INNOCENT))


def _named(text: str) -> str:
    """The name of the program that a command or a text starts with."""
    first = next(iter(text.split()), "")
    return first.rpartition("/")[2].partition(".")[0]


def _is_started(arguments: Sequence[str], at: int) -> bool:
    """Whether a word is a command's name, and not that of a subcommand (`svn rm -q x`) or a file."""
    name, before = arguments[at].rpartition("/")[2], arguments[at - 1] if at else ""
    following = arguments[at + 1] if at + 1 < len(arguments) else ""
    if before in ("--", "exec", "run"):
        return True
    if name == "rm":
        return re.fullmatch(r"-(?=\w*[rR])(?=\w*f)\w+", following) is not None
    if name == "dd":
        return re.match(r"(?:if|of|bs)=", following) is not None
    return following.startswith(("-", "/dev/"))
