"""Reports of numbers that are read as attributes, or as the dict that programs written for the framework expect."""

from abc import abstractmethod
from collections.abc import Iterator, Mapping


class Counts(Mapping[str, int]):
    """Numbers by their names."""

    __slots__ = ()

    @abstractmethod
    def counts(self) -> dict[str, int]:
        """All of them."""

    def __getitem__(self, name: str) -> int:
        return self.counts()[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.counts())

    def __len__(self) -> int:
        return len(self.counts())
