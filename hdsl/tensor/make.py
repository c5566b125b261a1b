"""New text tensors: from nested values, and absent, empty or TODO ones in the shape of another."""

import os
from collections.abc import Iterator, Sequence
from math import prod
from pathlib import Path

import torch

from hdsl.storage.folder import Folder, FolderStore
from hdsl.storage.layout import decode
from hdsl.storage.store import Entry, Shape, ShapeMismatch, Store
from hdsl.tensor.text_tensor import Place, attach, home_at, home_of, new_store, read_texts, store_of, tensor_over

Nested = None | str | os.PathLike[str] | Sequence["Nested"]
Leaf = None | str | os.PathLike[str]


def make_tensor(nested: Nested, relative_to: Place, symlink: bool = False) -> torch.Tensor:
    """A text tensor of nested lists of texts; None is an absent element, a path a file's content.

    With `symlink` a path becomes a relative link to the file, which may be absent yet (folders only: else ValueError).
    Ragged nesting is a ValueError; a path to nothing is an absent element. The tensor appears on disk whole.
    """
    shape = _shape_of(nested)
    leaves = list(_leaves(nested, shape))
    store = new_store(shape, relative_to)
    entries = {}
    links = {}
    for index, leaf in enumerate(leaves):
        if symlink and isinstance(leaf, os.PathLike):
            links[index] = Path(leaf)
        elif (text := _text_of(leaf)) is not None:
            entries[index] = Entry(text)
    if links:
        return _with_links(store, entries, links)
    store.fill(entries)
    return tensor_over(store)


def make_none_tensor(shape: Sequence[int], relative_to: Place, dtype: torch.dtype = torch.bfloat16) -> torch.Tensor:
    """A tensor whose elements are all absent; nothing is written before the first element.

    Its coefficients may be of another floating type than bfloat16; those of tensors made from it are bfloat16.
    """
    if not dtype.is_floating_point:
        raise TypeError(f"the coefficients of a text tensor are floating numbers, not {dtype}")
    return attach(torch.zeros(tuple(shape), dtype=dtype), new_store(shape, relative_to))


def none_tensor_like(tensor: torch.Tensor, dtype: torch.dtype = torch.bfloat16) -> torch.Tensor:
    """A tensor of the same shape, in the same home, whose elements are all absent."""
    return make_none_tensor(tensor.shape, home_of(tensor), dtype)


def empty_tensor_like(tensor: torch.Tensor) -> torch.Tensor:
    """A tensor of the same shape, in the same home, of empty texts."""
    return filled_tensor(tensor.shape, home_of(tensor), dict.fromkeys(range(prod(tensor.shape)), Entry("")))


def todo_tensor_like(tensor: torch.Tensor) -> torch.Tensor:
    """A tensor of the same shape, in the same home: "TODO" where the other's text is not empty, else absent."""
    entries = {index: Entry("TODO") for index, text in enumerate(read_texts(tensor)) if text}
    return filled_tensor(tensor.shape, home_of(tensor), entries)


def filled_tensor(
    shape: Sequence[int], place: Place, entries: dict[int, Entry], uid: str | None = None
) -> torch.Tensor:
    """A new tensor with these elements, by flat index; it appears on disk whole."""
    store = new_store(shape, place, uid)
    store.fill(entries)
    return tensor_over(store, {index: entry.coefficient for index, entry in entries.items()})


def copy_tensor(tensor: torch.Tensor, relative_to: Place, uid: str | None = None) -> torch.Tensor:
    """The texts, coefficients and causes in another home, under a name of their own: exports and imports a tensor."""
    store = store_of(tensor)
    flat = tensor.detach().reshape(-1).tolist()
    stored = ((index, store.entry(index)) for index in range(len(flat)))
    entries = {index: Entry(entry.text, flat[index], entry.cause) for index, entry in stored if entry is not None}
    return filled_tensor(tensor.shape, relative_to, entries, uid)


def open_tensor(relative_to: Place, uid: str) -> torch.Tensor:
    """The tensor `{relative_to}/{uid}` where it lies; FileNotFoundError where there is none."""
    return tensor_over(home_at(relative_to).open(uid))


def _shape_of(nested: Nested) -> Shape:
    if not isinstance(nested, list | tuple):
        return ()
    shapes = {_shape_of(item) for item in nested}
    if len(shapes) > 1:
        raise ShapeMismatch(f"ragged nesting: items of one list have the shapes {sorted(map(list, shapes))}")
    return (len(nested), *(shapes.pop() if shapes else ()))


def _leaves(nested: Nested, shape: Shape) -> Iterator[Leaf]:
    if isinstance(nested, list | tuple):
        for item in nested:
            yield from _leaves(item, shape[1:])
    elif nested is None or isinstance(nested, str | os.PathLike):
        yield nested
    else:
        raise TypeError(f"an element is a str, a path or None, not {type(nested).__name__}")


def _text_of(leaf: Leaf) -> str | None:
    if not isinstance(leaf, os.PathLike):
        return leaf
    try:
        return decode(Path(leaf).read_bytes())
    except FileNotFoundError:
        return None


def _with_links(store: Store, entries: dict[int, Entry], links: dict[int, Path]) -> torch.Tensor:
    if not isinstance(store, FolderStore) or not isinstance(store.home, Folder):
        raise ValueError("only the elements of a folder can be links to files")
    store.fill(entries, links)
    tensor = tensor_over(store)
    tensor.view(-1)[torch.tensor(list(links))] = 1.0
    return tensor
