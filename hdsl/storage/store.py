"""The one storage interface: a home keeps tensors, a store is one tensor of a home."""

from collections.abc import Collection, Mapping
from pathlib import Path
from typing import NamedTuple, Protocol

Shape = tuple[int, ...]


class ShapeMismatch(ValueError, AssertionError):  # noqa: N818 - scripts written for the framework catch an assertion
    """Shapes, or the lengths of nested lists, that do not fit together."""


class Entry(NamedTuple):
    """What is stored of one element: its text, its coefficient (0 is "not computed") and, where it failed, why."""

    text: str
    coefficient: float = 1.0
    cause: str = ""


class Changes(NamedTuple):
    """What was written to a tensor, by whatever process, between two moments."""

    moment: object
    """Now: what to ask from the next time. Only the store that gave it knows what it is."""
    elements: Collection[int] | None
    """The flat indices whose texts may be others now; None: any may."""


class Store(Protocol):
    """The texts of one tensor, by flat row-major index. Nothing is on disk before the first write."""

    @property
    def home(self) -> "Home":
        """The home it belongs to."""
        ...

    @property
    def uid(self) -> str:
        """The tensor's name in its home."""
        ...

    @property
    def shape(self) -> Shape:
        """The tensor's shape."""
        ...

    @property
    def redacted(self) -> bool:
        """Whether some texts are kept without their secrets, which this process reads: nothing may be made of them that
        outlives it.
        """
        ...

    def read(self, index: int) -> str | None:
        """The text of an element; None where it was never written."""
        ...

    def texts(self) -> list[str | None]:
        """All texts in row-major order, read at one go."""
        ...

    def changes(self, since: object = None) -> Changes:
        """The elements written since the moment of an earlier answer, which is cheap to ask where there are none.

        Without a moment: any. What is written while this answers is in this answer or in the next one.
        """
        ...

    def entry(self, index: int) -> Entry | None:
        """All that is stored of an element; None where it was never written."""
        ...

    def write(self, index: int, entry: Entry) -> None:
        """Stores one element; a linked element is written through to the element it stands for."""
        ...

    def mark(self, index: int, coefficient: float) -> None:
        """Stores the coefficient alone; the text stays."""
        ...

    def remove(self, index: int) -> None:
        """Makes an element absent; a link is cut."""
        ...

    def fill(self, entries: Mapping[int, Entry]) -> None:
        """Stores a fresh tensor whole: another process sees all of it or nothing."""
        ...

    def resize(self, shape: Shape) -> None:
        """Changes the shape; elements keep their flat index, new ones are absent, those beyond it are gone."""
        ...

    def coefficients(self) -> dict[int, float]:
        """The coefficient of each element that is not absent; 1 where there is a text and no coefficient is known."""
        ...

    def link(self, index: int, target: "Store", target_index: int) -> None:
        """Makes an element stand for one of another tensor of the same home; another home is a ValueError."""
        ...

    def path(self, index: int) -> Path:
        """A file that holds the element: its own in a folder, one written out for the reader in a pack."""
        ...


class Home(Protocol):
    """Where tensors are kept: a folder, or the pack of a run."""

    @property
    def root(self) -> str:
        """The folder, or the pack's file."""
        ...

    def new(self, uid: str, shape: Shape) -> Store:
        """The store of a tensor that is not there yet, or is there with this shape and goes on; else ValueError."""
        ...

    def open(self, uid: str) -> Store:
        """The store of a tensor that is there; FileNotFoundError where it is not."""
        ...

    def flush(self) -> None:
        """Returns when all that was written is durable."""
        ...

    def close(self) -> None:
        """Flushes and lets go of files; the home is not used again."""
        ...
