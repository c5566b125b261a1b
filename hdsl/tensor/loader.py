"""The files of a folder as batches of text tensors."""

import os
from collections.abc import Iterator
from pathlib import Path

import torch

from hdsl.storage.folder import Folder, TemporaryFolder
from hdsl.tensor.make import make_tensor
from hdsl.tensor.text_tensor import Place


class SoleFileBatchDataLoader:
    """Batches `[up to batch_size]` of views of the files under a folder, in the order of their paths.

    An element is a link to its file: what is written to it is written to the file. The tensors lie in `relative_to`, a
    folder that is not scanned; without one in a folder of their own that lives as long as they do.
    """

    def __init__(
        self,
        root_dir: str | os.PathLike[str],
        extension: str | None = None,
        batch_size: int = 1,
        relative_to: Place | None = None,
    ) -> None:
        if batch_size < 1:
            raise ValueError(f"a batch has at least one file, not {batch_size}")
        self.root_dir = Path(root_dir)
        self.batch_size = batch_size
        self._place = TemporaryFolder() if relative_to is None else relative_to
        self.file_paths = sorted(path for path in self._files() if path.name.endswith(extension or ""))

    def __iter__(self) -> Iterator[torch.Tensor]:
        """The batches; the last may be smaller."""
        for first in range(0, len(self.file_paths), self.batch_size):
            yield make_tensor(self.file_paths[first : first + self.batch_size], self._place, symlink=True)

    def __len__(self) -> int:
        """How many batches there are."""
        return -(-len(self.file_paths) // self.batch_size)

    def _files(self) -> Iterator[Path]:
        place = self._place
        inside = None if not isinstance(place, str | os.PathLike | Folder) else _folder_of(place)
        for path in self.root_dir.rglob("*"):
            if path.is_file() and (inside is None or inside not in (path.parent.resolve() / path.name).parents):
                yield path


def _folder_of(place: str | os.PathLike[str] | Folder) -> Path:
    return Path(place.root if isinstance(place, Folder) else place).resolve()
