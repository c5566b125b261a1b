"""What a single command does that cannot be taken back, by its name and arguments."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence

from hdsl.policy import places
from hdsl.policy.file_judges import (
    judge_chmod,
    judge_copied,
    judge_dd,
    judge_find,
    judge_install,
    judge_ln,
    judge_moved,
    judge_owned,
    judge_rm,
    judge_rsync,
    judge_sed,
    judge_tar,
    judge_tee,
    judge_truncate,
    judge_wget,
)
from hdsl.policy.harm import Harm, always, targets, unless, when
from hdsl.policy.machine_judges import (
    judge_container,
    judge_crontab,
    judge_declared,
    judge_environment,
    judge_git,
    judge_init,
    judge_kill,
    judge_killall,
    judge_parted,
    judge_pkill,
    judge_secret_tool,
    judge_systemctl,
    judge_users,
)
from hdsl.policy.texts import shown

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
_ROOT = always("privilege", "runs with the rights of another user")
_POWER = unless("power", "stops or restarts the machine", "-c", "--help", "-w", "--wtmp-only")
_PARTITIONS = always("disk-write", "changes a disk")
_SHRED = always("recursive-delete", "overwrites files so that nothing is left of them")
JUDGED: Mapping[str, Callable[[Sequence[str]], Iterator[Harm]]] = {
    "rm": judge_rm,
    "find": judge_find,
    "rsync": judge_rsync,
    "shred": _SHRED,
    "wipe": _SHRED,
    "srm": _SHRED,
    "rimraf": always("recursive-delete", "deletes folders with all that is in them"),
    "dd": judge_dd,
    "tee": judge_tee,
    "sponge": judge_tee,
    "truncate": judge_truncate,
    "cp": judge_copied,
    "mv": judge_moved,
    "ln": judge_ln,
    "install": judge_install,
    "sed": judge_sed,
    "perl": judge_sed,
    "chmod": judge_chmod,
    "chown": judge_owned,
    "chgrp": judge_owned,
    "setfacl": judge_owned,
    "kill": judge_kill,
    "pkill": judge_pkill,
    "skill": judge_pkill,
    "killall": judge_killall,
    "killall5": always("kill-all", "ends every process"),
    "git": judge_git,
    "bfg": always("history-rewrite", "rewrites the history of the repository"),
    "crontab": judge_crontab,
    "at": unless("persistence", "runs commands later", "-l", "-V", "-c", "-d", "-r"),
    "batch": always("persistence", "runs commands later"),
    "systemctl": judge_systemctl,
    "loginctl": when("persistence", "lets services run after logout", r"\benable-linger\b"),
    "systemd-run": when("persistence", "runs commands later", r"--on-|--timer"),
    "update-rc.d": always("persistence", "changes what starts with the machine"),
    "chkconfig": when("persistence", "changes what starts with the machine", r"\bon\b"),
    "shutdown": _POWER,
    "reboot": _POWER,
    "halt": _POWER,
    "poweroff": _POWER,
    "init": judge_init,
    "telinit": judge_init,
    "wipefs": unless("disk-write", "erases a file system", "-n", "--no-act"),
    "blkdiscard": _PARTITIONS,
    "mkswap": _PARTITIONS,
    "fdisk": judge_parted,
    "sfdisk": unless("disk-write", "changes the partitions of a disk", "-l", "-d", "--list", "--dump"),
    "cfdisk": _PARTITIONS,
    "gdisk": judge_parted,
    "sgdisk": unless("disk-write", "changes the partitions of a disk", "-p", "-i", "--print"),
    "parted": judge_parted,
    "badblocks": when("disk-write", "overwrites a disk", r"(?:^| )-\w*w"),
    "cryptsetup": when("disk-write", "erases a disk", r"\b(?:luksFormat|luksErase|erase|reencrypt)\b"),
    "hdparm": when("disk-write", "erases a disk", r"--security-erase|--trim-sector|--write-sector"),
    "nvme": when("disk-write", "erases a disk", r"\b(?:format|sanitize|write-zeroes)\b"),
    "zpool": when("disk-write", "destroys a pool", r"\b(?:destroy|labelclear)\b"),
    "zfs": when("recursive-delete", "destroys a file system", r"\bdestroy\b"),
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
    "setcap": always("privilege", "gives a program rights of the administrator"),
    "usermod": judge_users,
    "useradd": judge_users,
    "adduser": judge_users,
    "userdel": judge_users,
    "passwd": unless("privilege", "changes a password", "-S", "--status"),
    "chpasswd": judge_users,
    "gpasswd": judge_users,
    "docker": judge_container,
    "podman": judge_container,
    "nerdctl": judge_container,
    "tar": judge_tar,
    "curl": judge_wget,
    "wget": judge_wget,
    "printenv": judge_environment,
    "export": judge_declared,
    "declare": judge_declared,
    "typeset": judge_declared,
    "secret-tool": judge_secret_tool(r"^(?:lookup|search)\b"),
    "security": judge_secret_tool(r"find-(?:generic|internet)-password|dump-keychain|export"),
    "keyring": judge_secret_tool(r"^get\b"),
    "keyctl": judge_secret_tool(r"^(?:print|pipe|read)\b"),
    "gpg": judge_secret_tool(r"--export-secret"),
    "gpg2": judge_secret_tool(r"--export-secret"),
    "gh": judge_secret_tool(r"\bauth (?:token|status .*(?:-t|--show-token))"),
    "gcloud": judge_secret_tool(r"\bprint-(?:access|identity)-token|secrets versions access"),
    "aws": judge_secret_tool(r"\bexport-credentials|configure get|get-secret-value|get-session-token"),
    "unshadow": judge_secret_tool(r""),
    "unlink": judge_rm,
}


def harms(name: str, arguments: Sequence[str], input_known: bool = True) -> Iterator[Harm]:
    """The kinds of one command. `name` has no folder."""
    judge = JUDGED.get(name)
    if judge is not None:
        yield from judge(arguments)
    if name.startswith(("mkfs", "mke2fs", "newfs")):
        yield Harm("disk-write", "makes a file system")
    yield from _read_credentials(name, arguments)
    if name in _NETWORK:
        yield from _sent(name, arguments)


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
