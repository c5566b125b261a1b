"""What commands leave in files: what was downloaded, packed, copied, or written by `tee` and `dd`."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Sequence

from hdsl.policy import places
from hdsl.policy.folders import Files, joined
from hdsl.policy.names import FETCHERS
from hdsl.policy.options import targets
from hdsl.policy.texts import FETCHED, GATHERED, MANY, UNKNOWN, plain, taint

_PACKS = frozenset(["tar", "zip", "7z", "cpio", "rsync"])
_COMPRESS = {
    **dict.fromkeys(("gzip", "gunzip", "pigz", "uncompress"), ".gz"),
    **dict.fromkeys(("bzip2", "bunzip2"), ".bz2"),
    **dict.fromkeys(("xz", "unxz"), ".xz"),
    **dict.fromkeys(("zstd", "unzstd"), ".zst"),
}
_HERE = (".", "..", "*", "./", "./*", "./.*")


def leave_files(name: str, arguments: Sequence[str], stdin: str, files: Files) -> str:
    """Notes what a command leaves in files, and gives the mark of what it prints besides."""
    if name in FETCHERS:
        _download(arguments, files)
    elif name in ("tee", "sponge"):
        for each in targets(arguments):
            files[each] = stdin
    elif name in _COMPRESS:
        for each in targets(arguments):
            packed, bare = f"{each}{_COMPRESS[name]}", re.sub(r"\.(?:gz|bz2|xz|zst|Z|lz4)$", "", each)
            files[bare if bare != each else packed] = taint(files.get(each, "")) + UNKNOWN
    elif name in _PACKS and gathers(arguments, files.folder):
        for archive in _archives(name, arguments):
            files[archive] = GATHERED
        return GATHERED
    elif name in ("dd", "cat") and any(places.is_disk(each.removeprefix("if=")) for each in arguments):
        return GATHERED
    elif name == "dd":
        for each in arguments:
            if each.startswith("of="):
                files[each[3:]] = stdin
    elif name in ("cp", "mv", "install", "ln") and len(arguments) > 1:
        _copy(arguments[-2], arguments[-1], files)
    return ""


def _copy(source: str, into: str, files: Files) -> None:
    content = files.get(source)
    if content is None:
        files.forget(into)  # It is now like any other file on the disk.
        return
    files[into] = content
    files[joined(into, source.rpartition("/")[2])] = content


def gathers(arguments: Sequence[str], folder: str) -> bool:
    """Whether the arguments name a whole home folder, or the whole disk; the working folder too where it is one."""
    paths = set(arguments) | {joined(folder, each) for each in arguments if plain(each) in _HERE}
    return any(places.is_wide(each) and places.normal_path(each) not in _HERE for each in paths)


def sent_away(arguments: Sequence[str], files: Files) -> bool:
    """Whether the arguments name what holds or stands for a whole home folder or disk."""
    for each in arguments:
        path = re.sub(r"^(?:[\w.-]+=)?@|^-[dFT](?=[~/.\ue003])", "", each)
        if GATHERED in files.get(path, "") or (MANY in path and gathers([path.replace(MANY, "")], files.folder)):
            return True
    return False


def saved_as(name: str, arguments: Sequence[str]) -> Iterator[str]:
    """The names, from addresses, of the files that a download makes in the working folder."""
    given = any(re.match(r"-[A-Za-z]*O|--output-document", each) for each in arguments)
    by_address = any(re.match(r"-[A-Za-z]*O|--remote-name", each) for each in arguments)
    if (name == "wget" and not given) or (name == "curl" and by_address):
        yield from filter(None, map(_last_of_address, arguments))


def _last_of_address(word: str) -> str:
    is_address = "://" in word or re.match(r"[\w-]+(?:\.[\w.-]+)?/", word)
    return word.rstrip("/").rpartition("/")[2].partition("?")[0] if is_address else ""


def _archives(name: str, arguments: Sequence[str]) -> Iterator[str]:
    if name == "tar":
        for at, (option, following) in enumerate(itertools.pairwise(arguments)):
            if re.fullmatch(r"-[a-zA-Z]*f|--file", option) or (not at and re.fullmatch(r"[a-zA-Z]+f", option)):
                yield following
        yield from (each.partition("=")[2] for each in arguments if each.startswith("--file="))
    elif name in ("zip", "7z"):
        yield from targets(arguments)[1 if name == "7z" else 0 :][:1]


def _download(arguments: Sequence[str], files: Files) -> None:
    folder = ""
    for option, following in itertools.pairwise(arguments):
        if option in ("-P", "--directory-prefix", "--output-dir", "-d", "--dir") and "://" not in following:
            folder = following
        elif re.fullmatch(r"-[A-Za-z]*[oO]|--output(?:-document)?|--out", option) and not following.startswith("-"):
            files[following] = FETCHED
    for each in arguments:
        glued = re.match(r"(?:--output(?:-document)?=|-[oO])(?=[\w./~])(.+)", each)
        prefix = re.match(r"(?:--(?:directory-prefix|output-dir|dir)=|-P(?=[\w./~]))(.+)", each)
        if glued:
            files[glued[1]] = FETCHED
        if prefix:
            folder = prefix[1]
    for each in arguments:
        last = _last_of_address(each)
        if last:
            files.setdefault(joined(folder, last), FETCHED)
