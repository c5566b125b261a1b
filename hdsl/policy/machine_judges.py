"""Judges of commands about processes, services, repositories, users and secrets."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from hdsl.ground.secrets import is_secret_name
from hdsl.policy import places
from hdsl.policy.harm import Harm
from hdsl.policy.options import flags, has_option, targets
from hdsl.policy.texts import PROCESSES, has_glob, shown


def judge_kill(arguments: Sequence[str]) -> Iterator[Harm]:
    words, signal = list(arguments), ""
    if words and re.fullmatch(r"-(?:\d+|[A-Z]\w+)", words[0]) and len(words) > 1:
        signal = words[0][1:]
        words = words[1:]
    elif words[:1] and words[0] in ("-s", "-n"):
        signal = "".join(words[1:2])
        words = words[2:]
    words = [each for each in words if each != "--"]
    if signal == "0":
        return  # It only asks whether the process is there.
    if "-1" in words or "0" in words:
        yield Harm("kill-all", "ends every process that it may end")
    elif any(PROCESSES in each for each in words):
        yield Harm("kill-all", "ends processes that are only known when it runs")


def judge_pkill(arguments: Sequence[str]) -> Iterator[Harm]:
    wide = any(each in ("", ".", ".*", "^", "$", "..*", "[a-z]") or "*" in shown(each) for each in targets(arguments))
    if wide or any(re.match(r"-[uUGgtvs]|--(?:euid|uid|user|inverse|session|terminal)", each) for each in arguments):
        yield Harm("kill-all", "ends every process of a user or terminal")


def judge_killall(arguments: Sequence[str]) -> Iterator[Harm]:
    wide = any(each.startswith(("-u", "--user", "-r", "--regexp")) for each in arguments)
    if wide or any(each in ("", ".", ".*") or has_glob(each) for each in targets(arguments)):
        yield Harm("kill-all", "ends every process of a user")


def judge_crontab(arguments: Sequence[str]) -> Iterator[Harm]:
    if not {"-l", "--help", "-V"} & set(arguments):
        yield Harm("persistence", "changes what runs at given times")


def judge_systemctl(arguments: Sequence[str]) -> Iterator[Harm]:
    verb = next(iter(targets(arguments, frozenset({"-H", "-M", "-t", "--host", "--machine"}))), "")
    if verb in (
        "reboot",
        "poweroff",
        "halt",
        "kexec",
        "soft-reboot",
        "emergency",
        "rescue",
        "exit",
        "suspend",
        "hibernate",
        "hybrid-sleep",
    ) or (verb == "isolate" and re.search(r"reboot|poweroff|halt|rescue|emergency|runlevel[06]", " ".join(arguments))):
        yield Harm("power", "stops or restarts the machine")
    elif verb in ("enable", "reenable", "link", "edit", "preset", "preset-all", "add-wants", "set-default", "mask"):
        yield Harm("persistence", "changes what starts with the machine")


def judge_logins(arguments: Sequence[str]) -> Iterator[Harm]:
    verb = next(iter(targets(arguments)), "")
    if verb == "enable-linger":
        yield Harm("persistence", "lets services run after logout")
    elif verb in ("terminate-user", "terminate-session", "terminate-seat", "kill-user", "kill-session"):
        yield Harm("kill-all", "ends every process of a user or session")
    elif verb in ("reboot", "poweroff", "halt", "suspend", "hibernate"):
        yield Harm("power", "stops or restarts the machine")


def judge_init(arguments: Sequence[str]) -> Iterator[Harm]:
    if any(each in ("0", "6", "1", "s", "S") for each in arguments):
        yield Harm("power", "stops or restarts the machine")


def judge_environment(arguments: Sequence[str]) -> Iterator[Harm]:
    named = targets(arguments)
    if not named:
        yield Harm("credentials", "shows all environment variables, and the keys among them")
    for each in named:
        if is_secret_name(each):
            yield Harm("credentials", f"shows {shown(each)}")


def judge_declared(arguments: Sequence[str]) -> Iterator[Harm]:
    if not targets(arguments) and not any(re.fullmatch(r"[-+][A-Za-z]*[fF][A-Za-z]*", each) for each in arguments):
        yield Harm("credentials", "shows all variables, and the keys among them")


def judge_users(arguments: Sequence[str]) -> Iterator[Harm]:
    yield Harm("privilege", "changes users of the machine")


def judge_parted(arguments: Sequence[str]) -> Iterator[Harm]:
    words = set(arguments)
    if not words & {"-l", "--list", "-v", "--version", "-h", "--help", "print", "-x", "-L"} and arguments:
        yield Harm("disk-write", "changes the partitions of a disk")


def judge_root(arguments: Sequence[str]) -> Iterator[Harm]:
    """Programs that run others with the rights of another user; some of their options only show something."""
    asks = re.fullmatch(r"[VlhkKn]*[VlhkK][VlhkKn]*", flags(arguments)) or has_option(arguments, "--list", "--version")
    if targets(arguments) or not asks:
        yield Harm("privilege", "runs with the rights of another user")


def judge_file_system(arguments: Sequence[str]) -> Iterator[Harm]:
    """Programs that make something of a disk, or of a file that is used as one."""
    named = targets(arguments, frozenset({"-t", "-L", "-U", "-b", "-n", "--type", "--label"}))
    if not named or any(map(places.is_device, named)):
        yield Harm("disk-write", "makes a file system or erases one")


def judge_wipefs(arguments: Sequence[str]) -> Iterator[Harm]:
    if not has_option(arguments, "-n", "--no-act"):
        yield from judge_file_system(arguments)


def judge_terminals(arguments: Sequence[str]) -> Iterator[Harm]:
    if "kill-server" in targets(arguments):
        yield Harm("kill-all", "ends all sessions with what runs in them")
