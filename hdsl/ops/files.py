"""read_file and write_file: files of the file system, by a path as text [ft_read_file]."""

import os
import stat
from pathlib import Path

from hdsl.future.flight import Element
from hdsl.future.future_tensor import FutureTensor
from hdsl.future.status import Status
from hdsl.ground.files import write_atomically
from hdsl.ops.element import blocking, lift
from hdsl.storage.layout import encode


@blocking
def read_file(path: str) -> Element:
    """The content of a UTF-8 file, newlines as they are; a path is relative to the working folder."""
    name = path.strip()
    if not name:
        return _failed("the path is empty")
    try:
        return Path(name).read_bytes().decode("utf-8"), Status.confidence(1.0)
    except UnicodeDecodeError:
        return _failed(f"{name} is not a text in UTF-8")
    except (OSError, ValueError) as error:
        return _failed(_cause("read", name, error))


@blocking
def write_file(path: str, content: str) -> Element:
    """Writes the whole file or nothing, makes missing folders, keeps the mode and follows a link; is the content."""
    name = path.strip()
    if not name:
        return _failed("the path is empty")
    try:
        _write(name, content)
    except (OSError, ValueError) as error:
        return _failed(_cause("written", name, error))
    return content, Status.confidence(1.0)


def ft_read_file(x: FutureTensor) -> FutureTensor:
    """`read_file` by hand."""
    return lift(read_file, (x,))


def _write(name: str, content: str) -> None:
    target = Path(os.path.realpath(name))
    if target.is_dir():
        raise IsADirectoryError(21, "it is a folder")
    mode = stat.S_IMODE(target.stat().st_mode) if target.exists() else None
    if mode is not None and not os.access(target, os.W_OK):
        raise PermissionError(13, "it is write-protected")
    write_atomically(target, encode(content))
    if mode is not None:
        target.chmod(mode)


def _cause(done: str, name: str, error: Exception) -> str:
    match error:
        case FileNotFoundError():
            return f"there is no file {name}"
        case OSError(strerror=str(reason)):
            return f"{name} cannot be {done}: {reason}"
    return f"{name} cannot be {done}: {error}"


def _failed(cause: str) -> Element:
    return "", Status.failed_because(cause)
