"""Files, read and written whole: regular files only, atomic writes with the right mode, paths that stay in a folder."""

import errno
import os
import stat
from pathlib import Path

from hdsl.ground.errors import HdslError

PRIVATE_FILE, PRIVATE_FOLDER = 0o600, 0o700
"""The modes of what may hold prompts, answers and screens."""

LARGEST = 1 << 30
"""Bytes that a file may have to be read whole, where the caller names no limit of its own."""

_NEW_FILE = 0o666  # the umask takes away what it should
_BLOCK = 1 << 20
_NO_LINKS = (errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS)


class OutsideFolderError(HdslError, ValueError):
    """A path that a file names would leave the folder it belongs to."""


def write_atomically(path: Path, data: bytes | str, *, mode: int | None = None) -> None:
    """Writes a whole file or nothing; a link is written through; missing folders are made; a pipe or a device, which
    would be replaced by a file, is refused.

    `mode`: the file's permissions; by default those of the file that is replaced, or the umask's for a new one.
    Raises OSError with the name of the file, and leaves nothing behind.
    """
    target = path.resolve() if path.is_symlink() else path
    content = data.encode("utf-8") if isinstance(data, str) else data
    _refuse_special(target)
    handle, temporary = _new_beside(target)
    try:
        with os.fdopen(handle, "wb") as file:
            kept = _mode_of(target) if mode is None else mode
            if kept is not None:
                os.fchmod(handle, kept)
            file.write(content)
        temporary.replace(target)
    except BaseException as error:
        temporary.unlink(missing_ok=True)
        if isinstance(error, OSError) and error.errno is not None and error.filename is None:
            raise OSError(error.errno, error.strerror, str(path)) from None
        raise


def rename_if_free(file: Path, target: Path) -> bool:
    """Gives a whole file a name that another file may have already: then it keeps its own. Whether the name was free.

    A file system without hard links, as some network drives are, cannot do both in one step: there, of two that want
    the same name at the same moment, the later one gets it.
    """
    try:
        os.link(file, target)
    except FileExistsError:
        return False
    except OSError as error:
        if error.errno not in _NO_LINKS:
            raise
        if target.exists():
            return False
        file.rename(target)
        return True
    file.unlink()
    return True


def make_private_file(path: Path, data: bytes | str) -> None:
    """Makes a file that only its owner can read, and its folder. One that is there stays: of several processes, one
    makes it."""
    make_private_folder(path.parent)
    aside = path.with_name(f".{path.name[:80]}-{os.urandom(6).hex()}.tmp")
    try:
        write_atomically(aside, data, mode=PRIVATE_FILE)
        rename_if_free(aside, path)
    finally:
        aside.unlink(missing_ok=True)


def read_regular(path: Path, limit: int = LARGEST) -> bytes:
    """The content of a regular file of at most `limit` bytes.

    OSError with the file's name and the reason for anything else: a folder, a pipe, a device, a file that is too large.
    A pipe is not waited for, and a device is not read.
    """
    handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC)
    mode = os.fstat(handle).st_mode
    if not stat.S_ISREG(mode):
        os.close(handle)
        raise OSError(errno.EINVAL, f"is {_kind(mode)}, not a file", str(path))
    with os.fdopen(handle, "rb") as file:
        blocks, size = [], 0
        while block := file.read(_BLOCK):
            size += len(block)
            if size > limit:
                raise OSError(errno.EFBIG, f"is larger than {limit:,} bytes", str(path))
            blocks.append(block)
    return b"".join(blocks)


def inside(folder: Path, name: str) -> Path:
    """The path `name` in `folder`; OutsideFolderError if it is absolute, climbs out, or leads out through a link."""
    path = folder / name
    if not name or "\0" in name or not path.resolve().is_relative_to(folder.resolve()):
        raise OutsideFolderError(f"{name!r} is not a path inside {folder}")
    return path


def make_private_folder(path: Path) -> None:
    """Makes a folder (and those above it) that only its owner can enter; one that is there is left as it is."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.mkdir(mode=PRIVATE_FOLDER, exist_ok=True)


def _refuse_special(path: Path) -> None:
    try:
        mode = path.stat().st_mode
    except OSError:
        return
    if not stat.S_ISREG(mode) and not stat.S_ISDIR(mode):
        raise OSError(errno.EINVAL, f"is {_kind(mode)}, not a file", str(path))


def _new_beside(target: Path) -> tuple[int, Path]:
    temporary = target.with_name(f".{target.name[:80]}-{os.urandom(6).hex()}.tmp")
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
    try:
        return os.open(temporary, flags, _NEW_FILE), temporary
    except FileNotFoundError:
        target.parent.mkdir(parents=True, exist_ok=True)
        return os.open(temporary, flags, _NEW_FILE), temporary


def _mode_of(path: Path) -> int | None:
    try:
        return stat.S_IMODE(path.stat().st_mode)
    except OSError:
        return None


def _kind(mode: int) -> str:
    kinds = {stat.S_IFDIR: "a folder", stat.S_IFIFO: "a pipe", stat.S_IFSOCK: "a socket"}
    return kinds.get(stat.S_IFMT(mode), "a device")
