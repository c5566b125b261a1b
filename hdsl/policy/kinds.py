"""What a single command does that cannot be taken back, by its name and arguments."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence

from hdsl.policy.container_judges import judge_compose, judge_container
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
    judge_shred,
    judge_tee,
    judge_truncate,
)
from hdsl.policy.git_judges import judge_git, judge_mercurial, judge_subversion
from hdsl.policy.harm import Harm, always, unless, when
from hdsl.policy.machine_judges import (
    judge_crontab,
    judge_declared,
    judge_environment,
    judge_file_system,
    judge_init,
    judge_kill,
    judge_killall,
    judge_logins,
    judge_parted,
    judge_pkill,
    judge_root,
    judge_systemctl,
    judge_terminals,
    judge_users,
    judge_wipefs,
)
from hdsl.policy.remote_judges import REMOTE
from hdsl.policy.secret_judges import SECRET_TOOLS, read_credentials, sent
from hdsl.policy.shells import SHELLS
from hdsl.policy.wrappers import WRAPPERS
from hdsl.policy.writers import WRITERS, judge_unlisted

_Judge = Callable[[Sequence[str]], Iterator[Harm]]
_ROOT = judge_root
_POWER = unless("power", "stops or restarts the machine", "-c", "--help", "-w", "--wtmp-only")
_PARTITIONS = always("disk-write", "changes a disk")
_TREES = always("recursive-delete", "deletes folders with all that is in them")
_SHRED = judge_shred
_LISTED: Mapping[str, _Judge] = {
    "rm": judge_rm,
    "find": judge_find,
    "rsync": judge_rsync,
    "shred": _SHRED,
    "wipe": _SHRED,
    "srm": _SHRED,
    "rimraf": _TREES,
    "del-cli": _TREES,
    "dd": judge_dd,
    "tee": judge_tee,
    "sponge": judge_tee,
    "truncate": judge_truncate,
    "cp": judge_copied,
    "mv": judge_moved,
    "ln": judge_ln,
    "install": judge_install,
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
    "hg": judge_mercurial,
    "svn": judge_subversion,
    "tmux": judge_terminals,
    "crontab": judge_crontab,
    "at": unless("persistence", "runs commands later", "-l", "-V", "-c", "-d", "-r"),
    "batch": always("persistence", "runs commands later"),
    "systemctl": judge_systemctl,
    "loginctl": judge_logins,
    "systemd-run": when("persistence", "runs commands later", r"--on-|--timer"),
    "update-rc.d": always("persistence", "changes what starts with the machine"),
    "chkconfig": when("persistence", "changes what starts with the machine", r"\bon\b"),
    "shutdown": _POWER,
    "reboot": _POWER,
    "halt": _POWER,
    "poweroff": _POWER,
    "init": judge_init,
    "telinit": judge_init,
    "wipefs": judge_wipefs,
    "blkdiscard": _PARTITIONS,
    "mkswap": judge_file_system,
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
    "btrfs": when("recursive-delete", "deletes a file system", r"\bsubvolume delete\b"),
    "diskutil": when("disk-write", "erases a disk", r"(?i)\b(?:erase|secureErase|zero|partition)(?:Disk|Volume)\b"),
    "dcfldd": judge_dd,
    "dc3dd": judge_dd,
    "zip": when("recursive-delete", "deletes what it packs", r"(?:^| )-(?=\w*r)\w*m|--move\b"),
    "7z": when("recursive-delete", "deletes what it packs", r"(?:^| )-sdel\b"),
    "fuser": when("kill-all", "ends every process that uses a file system", r"(?:^| )-(?=\w*k)\w*[mM]|-k .*-m"),
    "umount": when("system-files", "takes file systems away from under what runs", r"(?:^| )-\w*a|--all\b"),
    "iptables": when("system-files", "opens the firewall", r"(?:^| )(?:-F|--flush)\b"),
    "nft": when("system-files", "opens the firewall", r"\bflush ruleset\b"),
    "ufw": when("system-files", "opens the firewall", r"\b(?:disable|reset)\b"),
    "setenforce": when("system-files", "turns off what protects the system", r"^(?:0|permissive)$"),
    "chsh": when("persistence", "changes what runs at login", r"(?:^| )(?:-s|--shell)\b"),
    "pm2": when("persistence", "changes what starts with the machine", r"^startup\b"),
    "kexec": when("power", "restarts the machine", r"(?:^| )(?:-e|--exec)\b"),
    "rtcwake": unless("power", "stops the machine", "-n", "--dry-run", "show"),
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
    "docker-compose": judge_compose,
    "podman-compose": judge_compose,
    "printenv": judge_environment,
    "export": judge_declared,
    "declare": judge_declared,
    "typeset": judge_declared,
    "unlink": judge_rm,
}


JUDGED: Mapping[str, Sequence[_Judge]] = {
    name: [table[name] for table in (_LISTED, WRITERS, SECRET_TOOLS, REMOTE) if name in table]
    for name in (*_LISTED, *WRITERS, *SECRET_TOOLS, *REMOTE)
}
"""Commands that are judged, and by what."""
_WRITE_ELSEWHERE = frozenset([*_LISTED, *WRITERS, *WRAPPERS, *SHELLS])
"""Programs of which it is known what they write to."""
_MAKE_FILE_SYSTEMS = ("mkfs", "mke2fs", "newfs")
_WITH_SUBCOMMANDS = frozenset(
    [
        *("git", "docker", "podman", "kubectl", "gh", "aws", "gcloud", "az", "terraform", "helm", "systemctl"),
        *("zfs", "zpool", "npm"),
    ]
)

_SUBCOMMAND = re.compile(r"(?!(?:run|exec|create|x)$)[a-z-]+")
"""A word that most likely is one, and does not start a command, whose own `--help` is none of ours."""


def harms(name: str, arguments: Sequence[str]) -> Iterator[Harm]:
    """The kinds of one command. `name` has no folder."""
    if _only_informs(name, arguments):
        return
    judges = JUDGED.get(name, ())
    for judge in judges:
        yield from judge(arguments)
    if name.startswith(_MAKE_FILE_SYSTEMS):
        yield from judge_file_system(arguments)
    elif name not in _WRITE_ELSEWHERE:
        yield from judge_unlisted(name, arguments)
    yield from read_credentials(name, arguments)
    yield from sent(name, arguments)


def _only_informs(name: str, arguments: Sequence[str]) -> bool:
    """Whether a command only tells how it is used: `--help` before all operands, or behind a subcommand."""
    for each in arguments:
        if each in ("--help", "--version"):
            return True
        is_subcommand = name in _WITH_SUBCOMMANDS and _SUBCOMMAND.fullmatch(each)
        if not each.startswith("-") and not is_subcommand:
            return False
    return False
