"""Judges of programs that write to the files they are given: start files, the system's own files, disks."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterator, Mapping, Sequence

from hdsl.policy import places
from hdsl.policy.harm import Harm, written
from hdsl.policy.names import ONLY_SHOW
from hdsl.policy.options import before_dashes, has_option, targets, values
from hdsl.policy.texts import shown

_OUTPUTS = ("-o", "--output", "--output-file", "--output-document", "--output-dir", "--out", "--outfile", "--outdir")
_PLACES = ("-out", "--dest", "--destination", "--target-directory", "--install-dir")
_KEEP_THE_LAST = frozenset(
    [
        *("bwrap", "perf", "valgrind", "java", "node", "deno", "bun", "nano", "emacs", "code", "subl"),
        *("micro", "hx", "kak", "view", "open", "xdg-open", "gdb", "lldb", "strace", "ltrace", "exec"),
        *("watch", "time", "docker", "podman", "kubectl", "git", "ssh", "ssh-keygen", "ssh-add", "ansible"),
        *("ansible-playbook", "mkdir", "rmdir", "visudo", "fdisk", "hdparm", "nvme", "tune2fs", "eject"),
        *("mount", "umount", "systemctl", "service", "nginx", "apachectl", "sshd", "apt", "apt-get", "dnf"),
        *("yum", "pacman", "brew", "snap", "dpkg", "rpm", "trap"),
    ]
)
"""Other programs that do not change the last file that they are given, or that another judge looks at."""


_NAMES_OUTPUT = re.compile(r"(?:--[\w-]*(?:out|result|dest)[\w-]*|of)=(.+)")


def judge_unlisted(name: str, arguments: Sequence[str]) -> Iterator[Harm]:
    """A program that nobody listed most likely writes where its output goes, and to the last file that it is given.

    It is said to write to a disk or the system only where it is given something to write there: many programs show
    what is in such a place.
    """
    if name in ONLY_SHOW or name in _KEEP_THE_LAST:
        return
    into = [*values(arguments, *_OUTPUTS, *_PLACES)]
    into += [found[1] for each in arguments if (found := _NAMES_OUTPUT.match(each))]
    for each in into:
        if places.is_start_file(each) or places.is_disk(each) or places.is_system(each):
            yield from written(each, appends=True)
    *others, last = arguments or [""]
    if into or re.match(r"--?[A-Za-z]", others[-1] if others else ""):
        return
    sources = [each for before, each in itertools.pairwise(["", *others]) if not before.startswith("-")]
    has_source = any(re.search(r"/|\.\w", each) for each in sources if not each.startswith("-"))
    if places.is_start_file(last) or (has_source and (places.is_disk(last) or places.is_system(last))):
        yield from written(last, appends=True)


def _writes(
    options: tuple[str, ...] = (), operands: slice = slice(0, 0), valued: str = ""
) -> Callable[[Sequence[str]], Iterator[Harm]]:
    """Writes to the values of some options, and to some of its operands."""
    with_value = frozenset([*valued.split(), *options])

    def judge(arguments: Sequence[str]) -> Iterator[Harm]:
        for each in (*values(arguments, *options), *targets(arguments, with_value)[operands]):
            yield from written(each, appends=True)

    return judge


_ALL, _FIRST, _SECOND, _LAST = slice(None), slice(0, 1), slice(1, 2), slice(-1, None)


def judge_copied_away(arguments: Sequence[str]) -> Iterator[Harm]:
    named = targets(arguments, frozenset(["-i", "-P", "-F", "-o", "-J", "-l", "-c", "-S", "-D", "-X"]))
    yield from (harm for each in named[1:][-1:] for harm in written(each, appends=True))


def judge_sed(arguments: Sequence[str]) -> Iterator[Harm]:
    in_place = any(_edits_in_place(each) for each in before_dashes(arguments)) or has_option(arguments, "--in-place")
    scripts = list(values(arguments, "-e", "-f", "--expression", "--file"))
    named = targets(arguments, frozenset({"-e", "-f", "-l", "-E", "--expression", "--file"} if scripts else ()))
    for each in (named if scripts else named[1:]) if in_place else []:
        yield from written(each, appends=True)
    for script in scripts or named[:1]:
        found = re.search(r"(?:^|[;}/\d$gp])\s*w\s*([~/.\ue003][^\s;}]*)$", script)
        if found:
            yield from written(found[1], appends=True)


def judge_perl(arguments: Sequence[str]) -> Iterator[Harm]:
    if any(_edits_in_place(each) for each in before_dashes(arguments)):
        for each in targets(arguments, frozenset(each for each in arguments if re.fullmatch(r"-\w*[eE]", each))):
            yield from written(each, appends=True)


def _edits_in_place(option: str) -> bool:
    """Whether `-i` is among letters that take no value: `-i`, `-ni`, `-pi.bak`, and not in `-e …i…`."""
    return re.match(r"-[nrEszupwlaF0-9]*i", option) is not None


def judge_fetched(arguments: Sequence[str]) -> Iterator[Harm]:
    """`curl -fsSLo f`, `wget -qO f`: where it is put. A file of messages is none (`wget -o log`)."""
    for each in values(arguments, "-o", "-O", "-P", "-d", "--output", "--output-document", "--output-dir"):
        yield from written(each, appends=True)
    for each in values(arguments, "--directory-prefix", "--dir"):
        yield from written(each, appends=True)


def _unpacks(*options: str) -> Callable[[Sequence[str]], Iterator[Harm]]:
    """Archives that are unpacked over folders of the system, or of what starts by itself."""

    def judge(arguments: Sequence[str]) -> Iterator[Harm]:
        for each in values(arguments, *options):
            yield from written(each, appends=True)
            if places.normal_path(each) == "/":
                yield Harm("system-files", "unpacks over the system")

    return judge


def judge_tar(arguments: Sequence[str]) -> Iterator[Harm]:
    if has_option(arguments, "--remove-files"):
        yield Harm("recursive-delete", "deletes what it packs")
    given = _without_bundle(arguments)
    modes = [mode[1] for each in given if (mode := re.match(rf"-[^\W{_TAR_VALUED}]*?([cxtruA])", each))]
    if modes[:1] == ["x"] or has_option(given, "--extract", "--get"):
        yield from _unpacks("-C", "--directory")(given)
    elif modes[:1] == ["c"] or has_option(given, "--create"):
        for each in values(given, "-f", "--file"):
            yield from written(each, appends=True)


_TAR_VALUED = "CfTIbFgKLNX"


def _without_bundle(arguments: Sequence[str]) -> list[str]:
    """The arguments of tar with the letters that it takes without a dash as options: `xfC a /` as `-x -f a -C /`."""
    bundle, rest = next(iter(arguments), ""), list(arguments[1:])
    if not re.fullmatch(r"[A-Za-z]+", bundle):
        return list(arguments)
    options: list[str] = []
    for letter in bundle:
        options += [f"-{letter}", *([rest.pop(0)] if letter in _TAR_VALUED and rest else [])]
    return [*options, *rest]


def judge_awk(arguments: Sequence[str]) -> Iterator[Harm]:
    if "inplace" in values(arguments, "-i", "--include"):
        for each in targets(arguments, frozenset({"-i", "-v", "-F", "-f", "--include"}))[1:]:
            yield from written(each, appends=True)


def judge_editor(arguments: Sequence[str]) -> Iterator[Harm]:
    """An editor that is told what to do; one that a person works in changes what the person wants."""
    scripts = [*values(arguments, "-c", "--cmd"), *(each[1:] for each in arguments if each.startswith("+"))]
    if any(re.match(r"-[A-Za-z]*[es]s?", each) for each in arguments) or any(map(_SAVES.search, scripts)):
        for each in targets(arguments, frozenset({"-c", "--cmd", "-S", "-u", "-i"})):
            yield from written(each, appends=True)
    for script in scripts:
        found = re.match(r":?\s*(?:w|wq|x|sav|saveas)!?\s+(?:>>\s*)?([~/.\ue003].*)", script)
        if found:
            yield from written(found[1].strip(), appends=True)


_SAVES = re.compile(r"(?:^|\|)\s*:?(?:w|wq|x|up|update|wall|wqa|xa)!?$")


def judge_socat(arguments: Sequence[str]) -> Iterator[Harm]:
    for each in arguments:
        found = re.match(r"(?i)(?:FILE|OPEN|CREATE|CREAT|GOPEN):([^,]+)", each)
        if found and (not places.is_disk(found[1]) or each == arguments[-1]):
            yield from written(found[1], appends=True)


def judge_replaced(arguments: Sequence[str]) -> Iterator[Harm]:
    """Programs that put what they make of a file in its place, unless they are told to show it."""
    if not has_option(arguments, "-c", "-l", "-t", "--stdout", "--list", "--test"):
        for each in targets(arguments):
            yield from written(each, appends=True)


def judge_made_folder(arguments: Sequence[str]) -> Iterator[Harm]:
    for each in targets(arguments, frozenset({"-m", "--mode"})):
        if places.is_system(each):
            yield Harm("system-files", f"changes {shown(each)}")


WRITERS: Mapping[str, Callable[[Sequence[str]], Iterator[Harm]]] = {
    "touch": _writes((), _ALL, "-d -t -r --date --reference"),
    "mkdir": judge_made_folder,
    "patch": _writes(("-o", "--output", "-d", "--directory"), _FIRST, "-i -p -F -D --input"),
    "ed": _writes((), _LAST, "-p"),
    "ex": judge_editor,
    "vi": judge_editor,
    "vim": judge_editor,
    "nvim": judge_editor,
    "scp": judge_copied_away,
    "sed": judge_sed,
    "perl": judge_perl,
    "ruby": judge_perl,
    **dict.fromkeys(("gzip", "bzip2", "xz", "zstd", "strip", "dos2unix", "unix2dos"), judge_replaced),
    "sort": _writes(("-o", "--output")),
    "uniq": _writes((), _SECOND, "-f -s -w"),
    "split": _writes((), _SECOND, "-a -b -C -l -n --lines --bytes"),
    "awk": judge_awk,
    "gawk": judge_awk,
    "curl": judge_fetched,
    "wget": judge_fetched,
    "aria2c": judge_fetched,
    "unzip": _unpacks("-d"),
    "cpio": _unpacks("-D", "--directory"),
    **dict.fromkeys(("7z", "7za", "7zz"), _unpacks("-o")),
    "bsdtar": judge_tar,
    "tar": judge_tar,
    "socat": judge_socat,
    "script": _writes((), _FIRST, "-c --command -E -O -I -T -B -m -o"),
    "ddrescue": _writes((), _SECOND),
    "xxd": _writes((), _SECOND, "-l -s -c -g -o"),
}
"""Programs and what they write to."""
