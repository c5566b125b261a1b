"""Judges of containers: what of the machine they are given, and what of theirs is thrown away."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Sequence

from hdsl.policy import places
from hdsl.policy.harm import Harm, written
from hdsl.policy.options import has_option, targets, values
from hdsl.policy.texts import UNKNOWN, shown

_WHOLE = re.compile(r"--privileged(?:=true)?|--(?:pid|userns)=host|--cap-add=(?:ALL|(?:CAP_)?SYS_ADMIN)")
_UNCONFINED = re.compile(r"(?:seccomp|apparmor|label)[=:](?:unconfined|disable)")
_SHARED_SETTINGS = re.compile(
    r"/etc/(?:localtime|timezone|hosts|resolv\.conf|ssl/certs|ca-certificates|machine-id)(?:/.*)?"
)
_STARTS = frozenset({"run", "create", "exec"})


def judge_container(arguments: Sequence[str]) -> Iterator[Harm]:
    named = targets(arguments, frozenset({"-H", "--host", "--context", "--config", "-l", "--log-level"}))
    if _STARTS & set(named[:3]) and _has_the_machine(arguments):
        yield Harm("privilege", "gives a container the whole machine")
    if any(re.search(r"\.(?:ssh|gnupg)/?$", source) for source, _mode in _mounts(arguments)):
        yield Harm("credentials", "gives a container the keys of the user")
    yield from _thrown_away(named, arguments)


def _has_the_machine(arguments: Sequence[str]) -> bool:
    joined = [*arguments, *(f"{option}={value}" for option, value in itertools.pairwise(arguments))]
    return (
        any(_WHOLE.fullmatch(each) for each in joined)
        or any(map(_UNCONFINED.search, values(arguments, "--security-opt")))
        or any(map(_is_disk, values(arguments, "--device")))
        or any(_is_of_machine(source, mode) for source, mode in _mounts(arguments))
    )


def _is_disk(device: str) -> bool:
    return places.is_disk(device.partition(":")[0])


def _mounts(arguments: Sequence[str]) -> Iterator[tuple[str, str]]:
    """What is mounted from the machine, and how."""
    for each in values(arguments, "-v", "--volume"):
        source, _, rest = each.partition(":")
        yield source, "ro" if re.search(r":(?:.*,)?ro(?:,|$)", f":{rest}") else "rw"
    for each in values(arguments, "--mount"):
        parts = dict(part.partition("=")[::2] for part in each.split(","))
        yield parts.get("source", parts.get("src", "")), "ro" if {"readonly", "ro"} & set(parts) else "rw"


def _is_of_machine(source: str, mode: str) -> bool:
    path = places.normal_path(source)
    if path.endswith("docker.sock"):
        return True
    if not re.match(r"[/~]", path) or _SHARED_SETTINGS.fullmatch(path):
        return False
    return places.is_wide(re.sub(r"/\.?(?=/|$)", "/", path)) or (mode != "ro" and places.is_system(path))


def _thrown_away(named: Sequence[str], arguments: Sequence[str]) -> Iterator[Harm]:
    first, second, *rest = (*(each for each in named if each != "container"), "", "")
    unclear = any(UNKNOWN in each for each in (second, *rest))
    volumes = has_option(arguments, "-v", "--volumes")
    if (first, second) in (("volume", "prune"), ("system", "reset")) or (
        (first, second) == ("system", "prune") and has_option(arguments, "-a", "--all", "--volumes")
    ):
        yield Harm("recursive-delete", "deletes everything that no container uses")
    elif (first, second) in (("volume", "rm"), ("volume", "remove")):
        yield Harm("recursive-delete", f"deletes volumes with all that is in them: {shown(' '.join(rest)).strip()}")
    elif first == "compose" and "down" in named and volumes:
        yield Harm("recursive-delete", "deletes the volumes of all services")
    elif first == "rm" and (unclear or volumes) and has_option(arguments, "-f", "--force"):
        yield Harm("recursive-delete", "deletes containers with what is in them")
    elif first in ("kill", "stop") and unclear:
        yield Harm("kill-all", "ends containers that are only known when it runs")
    elif first == "cp":
        yield from written(named[-1], appends=True)


def judge_compose(arguments: Sequence[str]) -> Iterator[Harm]:
    yield from judge_container(["compose", *arguments])
