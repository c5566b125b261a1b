"""Where segments are kept: a folder, or any place that fsspec can address. Nothing in it is ever changed."""

import contextlib
import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from hdsl.ground.display import one_line
from hdsl.ground.files import read_regular, rename_if_free
from hdsl.pool.faults import PoolError, needs_package
from hdsl.pool.segments import SEGMENT_NAME

if TYPE_CHECKING:
    from fsspec import AbstractFileSystem

SEGMENTS, POOL = "segments", "pool.json"
_STRAY_SECONDS = 3600
"""The age from which a temporary file is one that a killed process left."""


class Store(Protocol):
    """Files that are added and never changed. OSError where the place cannot be used."""

    url: str

    def add(self, name: str, data: bytes) -> bool:
        """Adds a file, whole or not at all. Whether it was not there; one that is there stays as it is."""
        ...

    def read(self, name: str, limit: int) -> bytes:
        """A file's bytes, if they are not more than the limit: else OSError. FileNotFoundError."""
        ...

    def segments(self) -> list[str]:
        """The names of all segments, in order; whatever else lies there is no segment."""
        ...


def store_at(url: str) -> Store:
    """The store at an address: a folder, or `PROTOCOL://…` of fsspec. PoolError where there is no such protocol."""
    protocol, separator, path = url.partition("://")
    if not separator:
        return FolderStore(Path(url))
    if protocol in ("file", "local"):
        return FolderStore(Path(path))
    if protocol in ("http", "https"):
        from hdsl.pool.http_store import HttpStore

        return HttpStore(url)
    return RemoteStore(url)


class FolderStore:
    """A folder. A file appears in it by a link to one that is whole, so that several may write at once."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder.absolute()
        self.url = str(self.folder)
        self._is_swept = False

    def add(self, name: str, data: bytes) -> bool:
        """See `Store`. The bytes are on the disk before the name is there."""
        target = self.folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        aside = target.with_name(f".{target.name}-{os.urandom(6).hex()}.tmp")
        try:
            with aside.open("xb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            if not rename_if_free(aside, target):
                return False
        finally:
            aside.unlink(missing_ok=True)
        _settle(target.parent)
        if not self._is_swept:
            self._is_swept = True
            _remove_strays(target.parent)
        return True

    def read(self, name: str, limit: int) -> bytes:
        """See `Store`."""
        return read_regular(self.folder / name, limit)

    def segments(self) -> list[str]:
        """See `Store`."""
        try:
            names = os.listdir(self.folder / SEGMENTS)  # noqa: PTH208 - a Path for each would take ten times as long
        except FileNotFoundError:
            return []
        return sorted(filter(SEGMENT_NAME.fullmatch, names))


class RemoteStore:
    """A place that fsspec addresses. Tested with S3."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._files, self._root = _file_system(url)

    def add(self, name: str, data: bytes) -> bool:
        """See `Store`: one request, which the service makes whole or not at all, and only if the name is free."""
        try:
            with self._told():
                self._files.pipe_file(f"{self._root}/{name}", data, mode="create")
        except FileExistsError:
            return False
        return True

    def read(self, name: str, limit: int) -> bytes:
        """See `Store`."""
        with self._told():
            data: bytes = self._files.cat_file(f"{self._root}/{name}", start=0, end=limit + 1)
        if len(data) > limit:
            raise OSError(f"{self.url}/{name} is larger than {limit:,} bytes")
        return data

    def segments(self) -> list[str]:
        """See `Store`. What was listed before is not remembered."""
        self._files.invalidate_cache()
        try:
            with self._told():
                found = self._files.ls(f"{self._root}/{SEGMENTS}", detail=False)
        except FileNotFoundError:
            return []
        names = (path.rpartition("/")[2] for path in found)
        return sorted(name for name in names if SEGMENT_NAME.fullmatch(name))

    @contextlib.contextmanager
    def _told(self) -> Iterator[None]:
        """What goes wrong is told as a PoolError: each file system of fsspec has errors of its own."""
        try:
            yield
        except (FileNotFoundError, FileExistsError):
            raise
        except Exception as error:
            reason = one_line(str(error)) or type(error).__name__
            raise PoolError(f"{self.url} cannot be used: {reason}") from None


def _file_system(url: str) -> "tuple[AbstractFileSystem, str]":
    try:
        from fsspec.core import url_to_fs
    except ModuleNotFoundError as error:
        raise needs_package(error) from None
    protocol = url.partition("://")[0]
    try:
        found: tuple[Any, str] = url_to_fs(url)
    except ImportError as error:
        raise PoolError(f"{url}: {error}") from None
    except ValueError:
        raise PoolError(f"{url}: fsspec knows no protocol `{protocol}`") from None
    files, root = found
    return files, root.rstrip("/")


def _settle(folder: Path) -> None:
    """Puts a folder's names on the disk."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _remove_strays(folder: Path) -> None:
    """Removes what killed processes left. It is never read: it has no name of a segment."""
    old = time.time() - _STRAY_SECONDS
    for path in folder.glob(".*.tmp"):
        with contextlib.suppress(OSError):
            if path.stat().st_mtime < old:
                path.unlink()
