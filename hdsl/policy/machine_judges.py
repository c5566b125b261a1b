"""Judges of commands about processes, services, repositories, users and secrets."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence

from hdsl.ground.secrets import is_secret_name
from hdsl.policy.harm import Harm, flags, has_option, targets, when
from hdsl.policy.texts import PROCESSES, has_glob, shown

_GIT_VALUED = frozenset({"-C", "-c", "--git-dir", "--work-tree", "--namespace", "--config-env", "--exec-path"})


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


def judge_git(arguments: Sequence[str]) -> Iterator[Harm]:
    words = list(arguments)
    while words and words[0].startswith("-"):
        del words[: 2 if words[0] in _GIT_VALUED else 1]
    verb, rest = (words[0], words[1:]) if words else ("", [])
    letters, named = flags(rest), targets(rest)
    discards = "throws away commits or uncommitted work"
    if verb == "push":
        forced = "f" in letters or "d" in letters or any(each.startswith("--force") for each in rest)
        forced = (
            forced
            or has_option(rest, "--mirror", "--delete", "--prune")
            or any(each[:1] in "+:" for each in named if each)
        )
        if forced:
            yield Harm("history-rewrite", "overwrites or deletes branches of the server")
    elif verb in ("filter-branch", "filter-repo"):
        yield Harm("history-rewrite", "rewrites the history of the repository")
    elif verb == "clean":
        if "f" in letters or has_option(rest, "--force"):
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


def judge_crontab(arguments: Sequence[str]) -> Iterator[Harm]:
    if not {"-l", "--help", "-V"} & set(arguments):
        yield Harm("persistence", "changes what runs at given times")


def judge_systemctl(arguments: Sequence[str]) -> Iterator[Harm]:
    verb = next(iter(targets(arguments, frozenset({"-H", "-M", "-t", "--host", "--machine"}))), "")
    if verb in ("reboot", "poweroff", "halt", "kexec", "soft-reboot", "emergency", "rescue", "exit") or (
        verb == "isolate" and re.search(r"reboot|poweroff|halt|rescue|emergency|runlevel[06]", " ".join(arguments))
    ):
        yield Harm("power", "stops or restarts the machine")
    elif verb in ("enable", "reenable", "link", "edit", "preset", "preset-all", "add-wants", "set-default", "mask"):
        yield Harm("persistence", "changes what starts with the machine")


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


def judge_container(arguments: Sequence[str]) -> Iterator[Harm]:
    words = " ".join(map(shown, arguments))
    if re.search(
        r"--privileged\b|--pid[= ]host|(?:-v|--volume)[= ]?['\"]?/:|source=/,|--device[= ]/dev/(?:sd|nvme)", words
    ):
        yield Harm("privilege", "gives a container the whole machine")
    if re.search(r"\bsystem prune\b.*(?:-a|--all|--volumes)|\bvolume prune\b", words):
        yield Harm("recursive-delete", "deletes everything that no container uses")


def judge_users(arguments: Sequence[str]) -> Iterator[Harm]:
    yield Harm("privilege", "changes users of the machine")


def judge_parted(arguments: Sequence[str]) -> Iterator[Harm]:
    words = set(arguments)
    if not words & {"-l", "--list", "-v", "--version", "-h", "--help", "print", "-x", "-L"} and arguments:
        yield Harm("disk-write", "changes the partitions of a disk")


def judge_secret_tool(pattern: str) -> Callable[[Sequence[str]], Iterator[Harm]]:
    return when("credentials", "reads keys, passwords or tokens", pattern)
