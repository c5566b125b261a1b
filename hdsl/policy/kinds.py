"""What a single command does that cannot be taken back, by its name and arguments: the built-in kinds."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import NamedTuple

from hdsl.policy import places
from hdsl.policy.texts import UNKNOWN, has_glob, shown


class Harm(NamedTuple):
    """A built-in kind, and what in the command is of it."""

    kind: str
    reason: str


KINDS: Mapping[str, str] = {
    "recursive-delete": "deletes folders with all that is in them, or many files at once",
    "disk-write": "writes to a disk or makes a file system",
    "fork-bomb": "starts processes without end",
    "history-rewrite": "throws away commits, branches or uncommitted work",
    "credentials": "reads keys, passwords or tokens",
    "exfiltration": "sends a whole home folder or disk away",
    "remote-code": "runs what a server says",
    "privilege": "runs with the rights of another user",
    "persistence": "changes what runs later by itself: start files, timers, hooks, keys that may log in",
    "kill-all": "ends processes that it did not start",
    "power": "stops or restarts the machine",
    "permissions": "changes permissions or owners of whole folders of the system",
    "truncation": "empties many files",
    "system-files": "changes files of the system",
    "disguise": "runs a text that cannot be known before it runs",
}
"""Every kind, and what a command of it does. `disguise` is asked about, the others are denied."""

_USES_KEYS = frozenset(
    [
        "ssh",
        "scp",
        "sftp",
        "ssh-add",
        "ssh-keygen",
        "ssh-copy-id",
        "chmod",
        "chown",
        "ls",
        "stat",
        "mkdir",
        "test",
        "[",
        "touch",
        "file",
        "echo",
        "printf",
        "cd",
        "which",
        "find",
        "rm",
        "git",
        "ansible",
        "ansible-playbook",
        "mosh",
        "autossh",
        "sshfs",
        "curlie",
        "du",
        "tree",
        "realpath",
        "readlink",
        "dirname",
        "basename",
        "kubectl",
    ]
)
_NETWORK = frozenset(
    [
        "curl",
        "wget",
        "nc",
        "ncat",
        "netcat",
        "socat",
        "scp",
        "rsync",
        "ftp",
        "sftp",
        "telnet",
        "http",
        "https",
        "xh",
        "rclone",
        "aws",
        "gsutil",
    ]
)


def harms(name: str, arguments: Sequence[str], input_known: bool = True) -> Iterator[Harm]:
    """The kinds of one command. `name` has no folder."""
    judge = _JUDGES.get(name)
    if judge is not None:
        yield from judge(arguments)
    if name.startswith(("mkfs", "mke2fs", "newfs")):
        yield Harm("disk-write", "makes a file system")
    yield from _read_credentials(name, arguments)
    if name in _NETWORK:
        yield from _sent(name, arguments)


def written(path: str, appends: bool = False) -> Iterator[Harm]:
    """The kinds of writing to a path."""
    if places.is_disk(path):
        yield Harm("disk-write", f"writes to {shown(path)}")
    elif places.is_start_file(path):
        yield Harm("persistence", f"changes {shown(path)}")
    elif places.is_credential(path):
        yield Harm("credentials", f"changes {shown(path)}")
    elif places.normal_path(path) in ("/proc/sysrq-trigger", "/proc/sys/kernel/sysrq"):
        yield Harm("power", "triggers the kernel")
    elif places.is_system(path):
        yield Harm("system-files", f"changes {shown(path)}")
    elif not appends and has_glob(path):
        yield Harm("truncation", f"empties {shown(path)}")


def read(path: str) -> Iterator[Harm]:
    """The kinds of reading a path."""
    if places.is_credential(path):
        yield Harm("credentials", f"reads {shown(path)}")


def flags(arguments: Sequence[str]) -> str:
    """The letters of all short options together."""
    return "".join(each[1:] for each in arguments if re.match(r"-[A-Za-z0-9]", each))


def targets(arguments: Sequence[str], valued: frozenset[str] = frozenset()) -> list[str]:
    """The arguments that are no options, nor the values of those that take one."""
    found: list[str] = []
    plain = skip = False
    for each in arguments:
        if skip:
            skip = False
        elif each == "--" and not plain:
            plain = True
        elif plain or not each.startswith("-") or each == "-":
            found.append(each)
        else:
            skip = each in valued
    return found


def _has(arguments: Sequence[str], *names: str) -> bool:
    """Whether a long option is there, also shortened as GNU programs allow."""
    return any(
        each.split("=")[0] == name or (len(each) > 4 and name.startswith(each.split("=")[0]) and each.startswith("--"))
        for each in arguments
        for name in names
    )


def _before_dashes(arguments: Sequence[str]) -> Sequence[str]:
    return arguments[: list(arguments).index("--")] if "--" in arguments else arguments


def _rm(arguments: Sequence[str]) -> Iterator[Harm]:
    options = _before_dashes(arguments)
    named = targets(arguments)
    shown_names = " ".join(map(shown, named[:3])) or "what it is given"
    if re.search("[rR]", flags(options)) or _has(options, "--recursive"):
        yield Harm("recursive-delete", f"deletes {shown_names} with all that is in it")
    elif any(has_glob(each) and places.is_wide(each) for each in named):
        yield Harm("recursive-delete", f"deletes all files of {shown_names}")
    yield from (Harm("system-files", f"deletes {shown(each)}") for each in named if places.is_system(each))
    yield from (Harm("credentials", f"deletes {shown(each)}") for each in named if places.is_credential(each))
    yield from (Harm("persistence", f"deletes {shown(each)}") for each in named if places.is_start_file(each))


def _find(arguments: Sequence[str]) -> Iterator[Harm]:
    if "-delete" in arguments:
        yield Harm("recursive-delete", "deletes every file that it finds")
    for option in ("-fprint", "-fprintf", "-fls", "-fprint0"):
        if option in arguments[:-1]:
            yield from written(arguments[list(arguments).index(option) + 1])


def _rsync(arguments: Sequence[str]) -> Iterator[Harm]:
    if any(each.startswith(("--delete", "--remove-source-files")) for each in arguments):
        yield Harm("recursive-delete", "deletes what the other side has not")


def _always(kind: str, reason: str) -> Callable[[Sequence[str]], Iterator[Harm]]:
    def judge(arguments: Sequence[str]) -> Iterator[Harm]:
        if not any(each in ("--help", "--version") for each in arguments):
            yield Harm(kind, reason)

    return judge


def _unless(kind: str, reason: str, *harmless: str) -> Callable[[Sequence[str]], Iterator[Harm]]:
    def judge(arguments: Sequence[str]) -> Iterator[Harm]:
        if not any(each in (*harmless, "--help", "--version") for each in arguments):
            yield Harm(kind, reason)

    return judge


def _when(kind: str, reason: str, pattern: str) -> Callable[[Sequence[str]], Iterator[Harm]]:
    sought = re.compile(pattern)

    def judge(arguments: Sequence[str]) -> Iterator[Harm]:
        if sought.search(" ".join(map(shown, arguments))):
            yield Harm(kind, reason)

    return judge


def _dd(arguments: Sequence[str]) -> Iterator[Harm]:
    for each in arguments:
        if each.startswith("of="):
            yield from written(each[3:], appends=True)
        elif each.startswith("if="):
            yield from read(each[3:])


def _tee(arguments: Sequence[str]) -> Iterator[Harm]:
    named = targets(arguments)
    for each in named:
        yield from written(each, appends="a" in flags(arguments) or _has(arguments, "--append"))


def _truncate(arguments: Sequence[str]) -> Iterator[Harm]:
    named = targets(arguments, frozenset({"-s", "-r", "--size", "--reference"}))
    if len(named) > 1 or any(has_glob(each) or UNKNOWN in each for each in named):
        yield Harm("truncation", "empties many files")
    for each in named:
        yield from written(each, appends=True)


def _copied(arguments: Sequence[str]) -> Iterator[Harm]:
    named = targets(arguments, frozenset({"-S", "-m", "-o", "-g", "--mode", "--suffix"}))
    into = [each.partition("=")[2] for each in arguments if each.startswith("--target-directory=")]
    if "-t" in arguments[:-1]:
        into.append(arguments[list(arguments).index("-t") + 1])
    for each in into or named[-1:]:
        yield from written(each, appends=True)
        if each.endswith("/.ssh") or each.endswith("/.ssh/"):
            yield Harm("persistence", f"changes {shown(each)}")
    if named[:1] == ["/dev/null"] and (len(named) > 2 or any(has_glob(each) for each in named)):
        yield Harm("truncation", "empties many files")


def _moved(arguments: Sequence[str]) -> Iterator[Harm]:
    named = targets(arguments)
    if named[-1:] == ["/dev/null"]:
        yield Harm("recursive-delete", "moves files to nowhere")
    for each in named[:-1]:
        if places.is_wide(each) and places.normal_path(each) not in (".", "..", "*", "./*"):
            yield Harm("recursive-delete", f"moves {shown(each)} away")
        elif places.is_system(each):
            yield Harm("system-files", f"moves {shown(each)} away")
    yield from _copied(arguments)


def _install(arguments: Sequence[str]) -> Iterator[Harm]:
    yield from _copied(arguments)
    modes = [each.partition("=")[2] for each in arguments if each.startswith("--mode=")]
    modes += [following for option, following in itertools.pairwise(arguments) if option in ("-m", "--mode")]
    yield from (Harm("privilege", "makes a program run as its owner") for mode in modes if _sets_user(mode))


def _sets_user(mode: str) -> bool:
    return bool(re.search(r"(?:^|,)[ugoa]*[+=][rwxXt]*s", mode) or re.fullmatch(r"0?[2-7][0-7]{3}", mode))


def _chmod(arguments: Sequence[str]) -> Iterator[Harm]:
    words = [each for each in arguments if not each.startswith("--") and not re.fullmatch(r"-[Rcfvh]+", each)]
    if words and _sets_user(words[0]):
        yield Harm("privilege", "makes a program run as its owner")
    yield from _owned(arguments)


def _owned(arguments: Sequence[str]) -> Iterator[Harm]:
    recursive = re.search("R", flags(_before_dashes(arguments))) or _has(arguments, "--recursive")
    for each in targets(arguments)[1:]:
        path = places.normal_path(each)
        if (recursive and places.is_wide(each) and path not in (".", "*", "./*", "./")) or path in ("/", "/*"):
            yield Harm("permissions", f"changes the permissions or owners of {shown(each)}")
        elif places.is_system(each) or is_sensitive(each):
            yield Harm("permissions", f"changes the permissions or the owner of {shown(each)}")


def is_sensitive(path: str) -> bool:
    """Whether others must not be let at a path; making it private is fine."""
    return places.normal_path(path).startswith(("/etc/shadow", "/etc/sudoers", "/etc/passwd"))


def _kill(arguments: Sequence[str]) -> Iterator[Harm]:
    words = list(arguments)
    if words and re.fullmatch(r"-(?:\d+|[A-Z]\w+)", words[0]) and len(words) > 1:
        words = words[1:]
    elif words[:1] and words[0] in ("-s", "-n"):
        words = words[2:]
    words = [each for each in words if each != "--"]
    if "-1" in words or "0" in words:
        yield Harm("kill-all", "ends every process that it may end")
    elif any(UNKNOWN in each for each in words):
        yield Harm("kill-all", "ends processes that are only known when it runs")


def _pkill(arguments: Sequence[str]) -> Iterator[Harm]:
    wide = any(each in ("", ".", ".*", "^", "$", "..*", "[a-z]") or "*" in shown(each) for each in targets(arguments))
    if wide or any(re.match(r"-[uUGgtvs]|--(?:euid|uid|user|inverse|session|terminal)", each) for each in arguments):
        yield Harm("kill-all", "ends every process of a user or terminal")


def _killall(arguments: Sequence[str]) -> Iterator[Harm]:
    wide = any(each.startswith(("-u", "--user", "-r", "--regexp")) for each in arguments)
    if wide or any(each in ("", ".", ".*") or has_glob(each) for each in targets(arguments)):
        yield Harm("kill-all", "ends every process of a user")


_GIT_VALUED = frozenset({"-C", "-c", "--git-dir", "--work-tree", "--namespace", "--config-env", "--exec-path"})


def _git(arguments: Sequence[str]) -> Iterator[Harm]:
    words = list(arguments)
    while words and words[0].startswith("-"):
        del words[: 2 if words[0] in _GIT_VALUED else 1]
    verb, rest = (words[0], words[1:]) if words else ("", [])
    letters, named = flags(rest), targets(rest)
    discards = "throws away commits or uncommitted work"
    if verb == "push":
        forced = "f" in letters or "d" in letters or any(each.startswith("--force") for each in rest)
        forced = (
            forced or _has(rest, "--mirror", "--delete", "--prune") or any(each[:1] in "+:" for each in named if each)
        )
        if forced:
            yield Harm("history-rewrite", "overwrites or deletes branches of the server")
    elif verb in ("filter-branch", "filter-repo"):
        yield Harm("history-rewrite", "rewrites the history of the repository")
    elif verb == "clean":
        if "f" in letters or _has(rest, "--force"):
            yield Harm("recursive-delete", "deletes every file that git does not know")
    elif (
        (verb == "reset" and "--hard" in rest)
        or (verb == "checkout" and ("f" in letters or named[-1:] in (["."], ["*"])))
        or (verb == "restore" and named[-1:] == ["."] and "--staged" not in rest)
    ):
        yield Harm("history-rewrite", discards)
    elif verb == "branch" and ("D" in letters or ("d" in letters and "f" in letters)):
        yield Harm("history-rewrite", "deletes branches with their commits")
    elif verb == "stash" and named[:1] in (["clear"], ["drop"]):
        yield Harm("history-rewrite", "throws away stashed work")
    elif (verb == "reflog" and named[:1] in (["expire"], ["delete"])) or (verb == "update-ref" and "d" in letters):
        yield Harm("history-rewrite", discards)
    elif (verb == "gc" and any(each.startswith("--prune") for each in rest)) or verb == "prune":
        yield Harm("history-rewrite", "throws away what only the reflog holds")
    elif verb == "credential" and named[:1] == ["fill"]:
        yield Harm("credentials", "asks git for passwords")
    elif (
        verb == "config" and len(named) > 1 and re.match(r"core\.(?:hookspath|sshcommand|fsmonitor)", named[0].lower())
    ):
        yield Harm("persistence", f"changes what git runs: {shown(named[0])}")


def _crontab(arguments: Sequence[str]) -> Iterator[Harm]:
    if not {"-l", "--help", "-V"} & set(arguments):
        yield Harm("persistence", "changes what runs at given times")


def _systemctl(arguments: Sequence[str]) -> Iterator[Harm]:
    verb = next(iter(targets(arguments, frozenset({"-H", "-M", "-t", "--host", "--machine"}))), "")
    if verb in ("reboot", "poweroff", "halt", "kexec", "soft-reboot", "emergency", "rescue", "exit") or (
        verb == "isolate" and re.search(r"reboot|poweroff|halt|rescue|emergency|runlevel[06]", " ".join(arguments))
    ):
        yield Harm("power", "stops or restarts the machine")
    elif verb in ("enable", "reenable", "link", "edit", "preset", "preset-all", "add-wants", "set-default", "mask"):
        yield Harm("persistence", "changes what starts with the machine")


def _init(arguments: Sequence[str]) -> Iterator[Harm]:
    if any(each in ("0", "6", "1", "s", "S") for each in arguments):
        yield Harm("power", "stops or restarts the machine")


def _environment(arguments: Sequence[str]) -> Iterator[Harm]:
    named = targets(arguments)
    if not named:
        yield Harm("credentials", "shows all environment variables, and the keys among them")
    for each in named:
        if is_secret_name(each):
            yield Harm("credentials", f"shows {shown(each)}")


def _declared(arguments: Sequence[str]) -> Iterator[Harm]:
    if not targets(arguments) and not any(re.fullmatch(r"[-+][A-Za-z]*[fF][A-Za-z]*", each) for each in arguments):
        yield Harm("credentials", "shows all variables, and the keys among them")


def is_secret_name(name: str) -> bool:
    """Whether a variable of that name keeps a secret, by the look of it."""
    from hdsl.ground.secrets import is_secret_name as looks_secret

    return looks_secret(name)


def _sed(arguments: Sequence[str]) -> Iterator[Harm]:
    if re.search("i", flags(each for each in arguments if each.startswith("-i"))) or _has(arguments, "--in-place"):  # type: ignore[arg-type]
        for each in targets(arguments)[1:]:
            yield from written(each, appends=True)


def _container(arguments: Sequence[str]) -> Iterator[Harm]:
    words = " ".join(map(shown, arguments))
    if re.search(
        r"--privileged\b|--pid[= ]host|(?:-v|--volume)[= ]?['\"]?/:|source=/,|--device[= ]/dev/(?:sd|nvme)", words
    ):
        yield Harm("privilege", "gives a container the whole machine")
    if re.search(r"\bsystem prune\b.*(?:-a|--all|--volumes)|\bvolume prune\b", words):
        yield Harm("recursive-delete", "deletes everything that no container uses")


def _users(arguments: Sequence[str]) -> Iterator[Harm]:
    yield Harm("privilege", "changes users of the machine")


def _wget(arguments: Sequence[str]) -> Iterator[Harm]:
    for option, following in itertools.pairwise(arguments):
        if option in ("-O", "--output-document", "-o", "--output", "-P"):
            yield from written(following, appends=True)


def _tar(arguments: Sequence[str]) -> Iterator[Harm]:
    if _has(arguments, "--remove-files"):
        yield Harm("recursive-delete", "deletes what it packs")
    for option, following in itertools.pairwise(arguments):
        if option in ("-C", "--directory") and places.normal_path(following) == "/":
            yield Harm("system-files", "unpacks over the system")


def _parted(arguments: Sequence[str]) -> Iterator[Harm]:
    words = set(arguments)
    if not words & {"-l", "--list", "-v", "--version", "-h", "--help", "print", "-x", "-L"} and arguments:
        yield Harm("disk-write", "changes the partitions of a disk")


def _ln(arguments: Sequence[str]) -> Iterator[Harm]:
    yield from _copied(arguments)
    for each in targets(arguments)[:-1]:
        yield from read(each)


def _secret_tool(pattern: str) -> Callable[[Sequence[str]], Iterator[Harm]]:
    return _when("credentials", "reads keys, passwords or tokens", pattern)


_ROOT = _always("privilege", "runs with the rights of another user")
_POWER = _unless("power", "stops or restarts the machine", "-c", "--help", "-w", "--wtmp-only")
_PARTITIONS = _always("disk-write", "changes a disk")
_SHRED = _always("recursive-delete", "overwrites files so that nothing is left of them")

_JUDGES: Mapping[str, Callable[[Sequence[str]], Iterator[Harm]]] = {
    "rm": _rm,
    "find": _find,
    "rsync": _rsync,
    "shred": _SHRED,
    "wipe": _SHRED,
    "srm": _SHRED,
    "rimraf": _always("recursive-delete", "deletes folders with all that is in them"),
    "dd": _dd,
    "tee": _tee,
    "sponge": _tee,
    "truncate": _truncate,
    "cp": _copied,
    "mv": _moved,
    "ln": _ln,
    "install": _install,
    "sed": _sed,
    "perl": _sed,
    "chmod": _chmod,
    "chown": _owned,
    "chgrp": _owned,
    "setfacl": _owned,
    "kill": _kill,
    "pkill": _pkill,
    "skill": _pkill,
    "killall": _killall,
    "killall5": _always("kill-all", "ends every process"),
    "git": _git,
    "bfg": _always("history-rewrite", "rewrites the history of the repository"),
    "crontab": _crontab,
    "at": _unless("persistence", "runs commands later", "-l", "-V", "-c", "-d", "-r"),
    "batch": _always("persistence", "runs commands later"),
    "systemctl": _systemctl,
    "loginctl": _when("persistence", "lets services run after logout", r"\benable-linger\b"),
    "systemd-run": _when("persistence", "runs commands later", r"--on-|--timer"),
    "update-rc.d": _always("persistence", "changes what starts with the machine"),
    "chkconfig": _when("persistence", "changes what starts with the machine", r"\bon\b"),
    "shutdown": _POWER,
    "reboot": _POWER,
    "halt": _POWER,
    "poweroff": _POWER,
    "init": _init,
    "telinit": _init,
    "wipefs": _unless("disk-write", "erases a file system", "-n", "--no-act"),
    "blkdiscard": _PARTITIONS,
    "mkswap": _PARTITIONS,
    "fdisk": _parted,
    "sfdisk": _unless("disk-write", "changes the partitions of a disk", "-l", "-d", "--list", "--dump"),
    "cfdisk": _PARTITIONS,
    "gdisk": _parted,
    "sgdisk": _unless("disk-write", "changes the partitions of a disk", "-p", "-i", "--print"),
    "parted": _parted,
    "badblocks": _when("disk-write", "overwrites a disk", r"(?:^| )-\w*w"),
    "cryptsetup": _when("disk-write", "erases a disk", r"\b(?:luksFormat|luksErase|erase|reencrypt)\b"),
    "hdparm": _when("disk-write", "erases a disk", r"--security-erase|--trim-sector|--write-sector"),
    "nvme": _when("disk-write", "erases a disk", r"\b(?:format|sanitize|write-zeroes)\b"),
    "zpool": _when("disk-write", "destroys a pool", r"\b(?:destroy|labelclear)\b"),
    "zfs": _when("recursive-delete", "destroys a file system", r"\bdestroy\b"),
    "lvremove": _PARTITIONS,
    "vgremove": _PARTITIONS,
    "pvremove": _PARTITIONS,
    "sudo": _ROOT,
    "su": _ROOT,
    "doas": _ROOT,
    "pkexec": _ROOT,
    "run0": _ROOT,
    "runuser": _ROOT,
    "sudoedit": _ROOT,
    "visudo": _ROOT,
    "gosu": _ROOT,
    "su-exec": _ROOT,
    "nsenter": _ROOT,
    "dzdo": _ROOT,
    "sux": _ROOT,
    "gksudo": _ROOT,
    "kdesu": _ROOT,
    "setcap": _always("privilege", "gives a program rights of the administrator"),
    "usermod": _users,
    "useradd": _users,
    "adduser": _users,
    "userdel": _users,
    "passwd": _unless("privilege", "changes a password", "-S", "--status"),
    "chpasswd": _users,
    "gpasswd": _users,
    "docker": _container,
    "podman": _container,
    "nerdctl": _container,
    "tar": _tar,
    "curl": _wget,
    "wget": _wget,
    "printenv": _environment,
    "export": _declared,
    "declare": _declared,
    "typeset": _declared,
    "secret-tool": _secret_tool(r"^(?:lookup|search)\b"),
    "security": _secret_tool(r"find-(?:generic|internet)-password|dump-keychain|export"),
    "keyring": _secret_tool(r"^get\b"),
    "keyctl": _secret_tool(r"^(?:print|pipe|read)\b"),
    "gpg": _secret_tool(r"--export-secret"),
    "gpg2": _secret_tool(r"--export-secret"),
    "gh": _secret_tool(r"\bauth (?:token|status .*(?:-t|--show-token))"),
    "gcloud": _secret_tool(r"\bprint-(?:access|identity)-token|secrets versions access"),
    "aws": _secret_tool(r"\bexport-credentials|configure get|get-secret-value|get-session-token"),
    "unshadow": _secret_tool(r""),
    "unlink": _rm,
}


def _read_credentials(name: str, arguments: Sequence[str]) -> Iterator[Harm]:
    if name in ("echo", "printf"):
        return
    reading = name not in _USES_KEYS
    for each in arguments:
        path = re.sub(r"^(?:-[A-Za-z]*|--?[\w-]+=|[\w.-]+=?@|@|\w+=@?|file://)(?=[~/.$\ue003])", "", each)
        path = re.sub(r"^[^/]*=(?:@|<)?(?=[~/.\ue003])", "", path)
        if reading and places.is_credential(path):
            yield Harm("credentials", f"reads {shown(path)}")
            return


def _sent(name: str, arguments: Sequence[str]) -> Iterator[Harm]:
    if name in ("scp", "rsync", "rclone", "aws", "gsutil"):
        named = targets(arguments)
        away = named[-1:] and re.match(r"^(?:[\w.@-]+:|s3://|gs://)", named[-1])
        for each in named[:-1]:
            if away and (places.is_wide(each) and places.normal_path(each) not in (".", "..", "*", "./", "./*")):
                yield Harm("exfiltration", f"sends {shown(each)} away")
            elif away and places.is_credential(each):
                yield Harm("credentials", f"sends {shown(each)} away")
