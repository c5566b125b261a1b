"""The folder home: one file an element, for what people, agents and git look at."""

import json
import os
import shutil
import tempfile
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from io import FileIO
from math import prod
from pathlib import Path

from hdsl.ground.files import write_atomically
from hdsl.storage.coefficients import create_sidecar, read_coefficient, read_sidecar, write_coefficient, write_ones
from hdsl.storage.folder_changes import changes_since, end_notes, note
from hdsl.storage.layout import decode, element_file, element_path, encode, link_file
from hdsl.storage.store import Changes, Entry, Home, Shape, Store


class Folder:
    """A folder of tensors. Every write is atomic; readers in other processes see whole elements."""

    def __init__(self, root: str | os.PathLike[str]) -> None:
        self._root = os.fspath(root)

    @property
    def root(self) -> str:
        """The folder."""
        return self._root

    def new(self, uid: str, shape: Shape) -> "FolderStore":
        """The store of a tensor of this shape; one that is there with another shape is a ValueError."""
        found = self._stored_shape(uid)
        if found is not None and found != shape:
            raise ValueError(f"tensor {uid} in {self._root} has shape {list(found)}, not {list(shape)}")
        return FolderStore(self, uid, shape, on_disk=found is not None)

    def open(self, uid: str) -> "FolderStore":
        """The store of a tensor that is there. Without a `shape` file it is one dimension, up to the last element."""
        if not Path(self._root, uid).is_dir():
            raise FileNotFoundError(f"there is no tensor {uid} in {self._root}")
        shape = self._stored_shape(uid)
        if shape is None:
            shape = (_count_elements(Path(self._root, uid, "storage")),)
        return FolderStore(self, uid, shape, on_disk=True)

    def flush(self) -> None:
        """Nothing is held back."""

    def close(self) -> None:
        """Nothing is held open."""

    def _stored_shape(self, uid: str) -> Shape | None:
        try:
            shape = json.loads(Path(self._root, uid, "shape").read_text())
        except FileNotFoundError:
            return None
        return tuple(int(size) for size in shape)


class TemporaryFolder(Folder):
    """A folder of its own that is removed when the process ends or nobody holds the home any more."""

    def __init__(self) -> None:
        self._temporary = tempfile.TemporaryDirectory(prefix="hdsl-", ignore_cleanup_errors=True)
        super().__init__(self._temporary.name)


class FolderStore:
    """One tensor of a folder."""

    def __init__(self, home: Folder, uid: str, shape: Shape, *, on_disk: bool) -> None:
        self._home = home
        self._root = home.root
        self.uid = uid
        self.shape = shape
        self._shape_known = on_disk

    @property
    def home(self) -> Home:
        """The folder it lies in."""
        return self._home

    @property
    def redacted(self) -> bool:
        """Files hold what was written."""
        return False

    def read(self, index: int) -> str | None:
        """The text of an element; None where there is no file."""
        return _read(element_file(self._root, self.uid, index))

    def texts(self) -> list[str | None]:
        """All texts, file by file."""
        return [self.read(index) for index in range(prod(self.shape))]

    def changes(self, since: object = None) -> Changes:
        """See `folder_changes` for which writers are noticed."""
        return changes_since(self._root, self.uid, prod(self.shape), since)

    def entry(self, index: int) -> Entry | None:
        """The text, with the status from `{uid}/coefficients` and `{uid}/causes/{digits}/data`."""
        text = self.read(index)
        if text is None:
            return None
        owner = self._owner(index)
        coefficient = read_coefficient(self._root, owner.uid, owner.index)
        return Entry(text, coefficient, _read(element_file(self._root, owner.uid, owner.index, "causes")) or "")

    def write(self, index: int, entry: Entry) -> None:
        """Status first, text last: where a kill comes between, the element is absent or as it was."""
        self._settle_shape()
        owner = self._owner(index)
        self._write_cause(owner, entry.cause)
        write_coefficient(self._root, owner.uid, owner.index, entry.coefficient, owner.count)
        write_atomically(element_path(self._root, self.uid, index), encode(entry.text))
        note(self._root, owner.uid, owner.index)

    def write_unseen(self, texts: Mapping[int, str]) -> None:
        """Writes elements that lie beyond the shape, each without a file aside: no reader looks there before `resize`.

        A whole write takes several times as long, which counts where thousands of rows are added at once. A file or a
        link that is in the way is replaced.
        """
        for index, text in texts.items():
            _write_new(element_file(self._root, self.uid, index), encode(text))
        write_ones(self._root, self.uid, texts)
        note(self._root, self.uid, *texts)

    def mark(self, index: int, coefficient: float) -> None:
        """Stores the coefficient alone."""
        self._settle_shape()
        owner = self._owner(index)
        write_coefficient(self._root, owner.uid, owner.index, coefficient, owner.count)

    def remove(self, index: int) -> None:
        """Removes the element's file or link."""
        element_path(self._root, self.uid, index).unlink(missing_ok=True)
        element_path(self._root, self.uid, index, "causes").unlink(missing_ok=True)
        note(self._root, self.uid, index)

    def fill(self, entries: Mapping[int, Entry], links: Mapping[int, Path] | None = None) -> None:
        """Builds the tensor aside, some elements as links to files, and renames it whole."""
        building = f".building-{uuid.uuid4()}"
        Path(self._root, building).mkdir(parents=True)
        try:
            self._build(building, entries)
            for index, source in (links or {}).items():
                link_file(source.resolve(), element_path(self._root, building, index))
            Path(self._root, building).rename(Path(self._root, self.uid))
        except BaseException:
            shutil.rmtree(Path(self._root, building), ignore_errors=True)
            raise
        self._shape_known = True

    def resize(self, shape: Shape) -> None:
        """The shape first: what lies beyond it is not an element any more."""
        before = prod(self.shape)
        self.shape = shape
        write_atomically(Path(self._root, self.uid, "shape"), _shape_bytes(self.shape))
        self._shape_known = True
        for index in range(prod(self.shape), before):
            self.remove(index)

    def coefficients(self) -> dict[int, float]:
        """Read from the sidecar where it says something, else 1 where there is a file."""
        if not Path(self._root, self.uid, "storage").is_dir():
            return {}
        sidecars: dict[str, dict[int, float]] = {}
        known = {}
        for index in range(prod(self.shape)):
            if element_path(self._root, self.uid, index).exists():
                owner = self._owner(index)
                if owner.uid not in sidecars:
                    sidecars[owner.uid] = read_sidecar(self._root, owner.uid)
                known[index] = sidecars[owner.uid].get(owner.index, 1.0)
        return known

    def link(self, index: int, target: Store, target_index: int) -> None:
        """A relative symbolic link to the element it stands for, which may be absent yet."""
        if target.home is not self.home and target.home.root != self._root:
            raise ValueError(f"an element of {self._root} cannot be one of {target.home.root}")
        self._settle_shape()
        if isinstance(target, FolderStore):
            target._settle_shape()
        link_file(
            element_path(self._root, target.uid, target_index).resolve(), element_path(self._root, self.uid, index)
        )
        end_notes(self._root, self.uid)

    def path(self, index: int) -> Path:
        """The element's own file."""
        return element_path(self._root, self.uid, index)

    def _settle_shape(self) -> None:
        if not self._shape_known:
            write_atomically(Path(self._root, self.uid, "shape"), _shape_bytes(self.shape))
            self._shape_known = True

    def _owner(self, index: int) -> "_Owner":
        """The element itself, or the element of another tensor in this folder that it is a link to."""
        path = element_path(self._root, self.uid, index)
        if path.is_symlink():
            root = Path(self._root).resolve()
            target = path.resolve()
            parts = target.relative_to(root).parts if target.is_relative_to(root) else ()
            digits = "".join(parts[2:-1])
            if len(parts) > 3 and parts[1] == "storage" and digits.isdecimal():
                return _Owner(parts[0], int(digits), prod(self._home.open(parts[0]).shape))
        return _Owner(self.uid, index, prod(self.shape))

    def _write_cause(self, owner: "_Owner", cause: str) -> None:
        path = element_path(self._root, owner.uid, owner.index, "causes")
        if cause:
            write_atomically(path, encode(cause))
        else:
            path.unlink(missing_ok=True)

    def _build(self, building: str, entries: Mapping[int, Entry]) -> None:
        for index, entry in entries.items():
            path = element_path(self._root, building, index)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(encode(entry.text))
            if entry.cause:
                write_atomically(element_path(self._root, building, index, "causes"), encode(entry.cause))
        explicit = {index: entry.coefficient for index, entry in entries.items() if entry.coefficient != 1.0}
        if explicit:
            create_sidecar(self._root, building, prod(self.shape), explicit)
        Path(self._root, building, "shape").write_bytes(_shape_bytes(self.shape))


@dataclass(frozen=True, slots=True)
class _Owner:
    """The element that keeps the status: its tensor, its flat index, and how many elements that tensor has."""

    uid: str
    index: int
    count: int


def _read(file: str) -> str | None:
    try:
        with FileIO(file) as opened:
            return decode(opened.readall())
    except (FileNotFoundError, NotADirectoryError):
        return None


def _write_new(file: str, data: bytes) -> None:
    """Writes a file that nobody reads yet. Paths are texts here: making a Path takes as long as making the file."""
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
    folder = file.rpartition("/")[0]
    try:
        os.mkdir(folder)  # noqa: PTH102
    except FileExistsError:
        pass
    except FileNotFoundError:
        os.makedirs(folder)  # noqa: PTH103
    try:
        handle = os.open(file, flags, 0o666)
    except FileExistsError:
        os.unlink(file)  # noqa: PTH108
        handle = os.open(file, flags, 0o666)
    try:
        written = os.write(handle, data)
        while written < len(data):
            written += os.write(handle, data[written:])
    finally:
        os.close(handle)


def _shape_bytes(shape: Shape) -> bytes:
    return json.dumps(list(shape)).encode()


def _count_elements(storage: Path) -> int:
    indices = [int("".join(file.parent.relative_to(storage).parts)) for file in storage.rglob("data")]
    return max(indices, default=-1) + 1
