"""Where a shell is: the working folder as far as it is known, and the paths and files that are named from there."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, MutableMapping, Sequence

from hdsl.policy.texts import HOME, UNKNOWN, settled

_PATHS_ONLY = frozenset(
    [
        *("rm", "unlink", "cp", "mv", "ln", "install", "tee", "sponge", "truncate", "shred", "dd", "touch", "mkdir"),
        *("chmod", "chown", "chgrp", "setfacl", "rsync", "scp", "tar", "zip", "7z", "cpio", "curl", "wget"),
        *("cat", "tac", "nl", "head", "tail", "less", "more", "most", "bat", "od", "xxd", "hexdump", "strings"),
        *("base64", "base32", "sort", "uniq", "cut", "rev", "paste", "cmp", "diff", "split", "source", "."),
        *("vi", "vim", "nvim", "view", "nano", "emacs", "find"),
    ]
)
_PATHS_BEHIND_ONE = frozenset(["grep", "egrep", "fgrep", "rg", "sed", "awk", "gawk", "mawk", "perl", "jq"])
_REMOTE = re.compile(r"[\w.@-]+:")
_OPTION_OF_PATH = re.compile(r"((?:if|of|--[\w-]+)=)(.+)", re.DOTALL)


class Files(MutableMapping[str, str]):
    """The content of files that commands wrote, by their paths; `folder` is the working folder, empty if unknown."""

    def __init__(self) -> None:
        self._contents: dict[str, str] = {}
        self.folder = ""
        self.left: list[str] = []

    def __getitem__(self, path: str) -> str:
        found = self._contents.get(self._key(path))
        # A `cd` that failed has left the shell where it was.
        return self._contents[_tidied(path)] if found is None else found

    def __setitem__(self, path: str, content: str) -> None:
        self._contents[self._key(path)] = content

    def __delitem__(self, path: str) -> None:
        del self._contents[self._key(path)]

    def __iter__(self) -> Iterator[str]:
        return iter(self._contents)

    def __len__(self) -> int:
        return len(self._contents)

    def _key(self, path: str) -> str:
        return _tidied(joined(self.folder, path))

    def forget(self, path: str) -> None:
        """Nothing is known any more of a file."""
        self._contents.pop(self._key(path), None)

    def go(self, arguments: Sequence[str]) -> None:
        """`cd` and `pushd` with these arguments; a folder that is not known is the one where the shell began."""
        named = [each for each in arguments if each == "-" or not each.startswith("-")]
        before = self.folder
        if named[:1] == ["-"]:
            self.folder = self.left.pop() if self.left else ""
        else:
            self.folder = _tidied(joined(self.folder, named[0] if named else HOME))
            if not settled(self.folder):
                self.folder = ""
        self.left.append(before)

    def go_back(self) -> None:
        """`popd`."""
        self.folder = self.left.pop() if self.left else ""


def is_absolute(path: str) -> bool:
    """Whether a path is the same wherever the shell is."""
    return path.startswith(("/", HOME, "~"))


def joined(folder: str, path: str) -> str:
    """A path as it is from where the shell began."""
    if not folder or not path or is_absolute(path) or "://" in path:
        return path
    while path.startswith("./"):
        path = path[2:].lstrip("/")
    return folder if path in ("", ".") else f"{folder.rstrip('/')}/{path}"


def placed(folder: str, name: str, arguments: Sequence[str]) -> list[str] | None:
    """The arguments with their paths as they are from where the shell began; None where nothing is known of them."""
    if not folder or folder.startswith("..") or UNKNOWN in folder:
        return None
    if name not in _PATHS_ONLY and name not in _PATHS_BEHIND_ONE:
        return None
    words: list[str] = []
    skipped = name in _PATHS_BEHIND_ONE
    for each in arguments:
        valued = _OPTION_OF_PATH.fullmatch(each)
        if valued:
            words.append(valued[1] + joined(folder, valued[2]))
        elif each.startswith("-") or skipped or _REMOTE.match(each):
            skipped = skipped and each.startswith("-")
            words.append(each)
        else:
            words.append(joined(folder, each))
    return words


def _tidied(path: str) -> str:
    if path.startswith(HOME):
        return HOME + _tidied(f"/{path[1:]}").rstrip("/") if path[1:2] in ("", "/") else path
    if not path:
        return ""
    tidy = posixpath.normpath(path)
    return "" if tidy == "." else f"/{tidy.lstrip('/')}" if tidy.startswith("/") else tidy
