"""Finding rows by the embeddings of their texts: the vectors of a table are asked for when it is first searched."""

import atexit
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from weakref import WeakKeyDictionary

from hdsl.configuration.settings import Settings, load_settings
from hdsl.future.context import BudgetSpent, RowFinder, RunContext
from hdsl.future.loop import CLOSING, TimeSpent, run_sync
from hdsl.ground.row import Row
from hdsl.ground.secrets import Redactor
from hdsl.kernel.embeddings import Embeddings
from hdsl.kernel.request import LimitReached, Usage
from hdsl.kernel.spending import Purse
from hdsl.ops.table import table_of
from hdsl.retrieval.index import Match
from hdsl.retrieval.vectors import Vector, VectorIndex, found_by
from hdsl.storage.store import Store


@dataclass(frozen=True, slots=True)
class _Indexed:
    """An index, and what it is of."""

    rows: tuple[Row, ...]
    generation: int
    index: VectorIndex


class EmbeddedRows:
    """Finds the rows most like a text by the embeddings of a server."""

    def __init__(self, embeddings: Embeddings) -> None:
        self._embeddings = embeddings
        self._indexed: WeakKeyDictionary[Store, _Indexed] = WeakKeyDictionary()

    async def nearest(
        self, store: Store, texts: Sequence[str], topk: int, redact: Redactor
    ) -> tuple[tuple[Match, ...], Usage]:
        """The `topk` rows with a value most like the texts together, as they are now, and what asking cost.

        Only rows whose text is new are asked for. Known secrets are taken out of what is sent. Raises BudgetSpent,
        KernelUnreachable and NotEmbedded.
        """
        rows = table_of(store).rows(store)
        text = redact("\n".join(part.strip() for part in texts if part.strip()))
        if not rows or not text:
            return (), Usage()
        spent = Usage()
        while True:
            indexed = self._indexed.get(store)
            if indexed is not None and (indexed.rows is not rows or indexed.generation != self._embeddings.generation):
                indexed = None
            sent = {} if indexed is not None else {each: redact(each) for each in map(found_by, rows) if each}
            vectors, usage = await self._embedded([text, *sent.values()])
            spent += usage
            if indexed is None:
                by_text = {each: vectors[as_sent] for each, as_sent in sent.items() if as_sent in vectors}
                index = VectorIndex(rows, by_text, self._embeddings.size)
                indexed = self._indexed[store] = _Indexed(rows, self._embeddings.generation, index)
            if indexed.generation == self._embeddings.generation:
                return indexed.index.select(vectors[text], text, topk), spent

    async def close(self) -> None:
        """Closes the connections."""
        await self._embeddings.close()

    async def _embedded(self, texts: list[str]) -> tuple[dict[str, Vector], Usage]:
        try:
            return await self._embeddings.embed(texts)
        except LimitReached as reached:
            raise BudgetSpent(str(reached)) from None


def finder_of(settings: Settings, purse: Purse | None = None) -> EmbeddedRows | None:
    """Who finds rows as the settings say; None: by their words. Raises what making `Embeddings` raises."""
    return EmbeddedRows(Embeddings(settings, purse)) if settings.similarity == "embeddings" else None


def finder_in(context: RunContext) -> RowFinder | None:
    """Who finds rows in a context; outside of runs the settings say it."""
    return _finder_of_settings() if context.finder is None and context.by_settings else context.finder


@cache
def _finder_of_settings() -> EmbeddedRows | None:
    finder = finder_of(load_settings())
    if finder is not None:
        atexit.register(_closed_at_exit, finder)
    return finder


def _closed_at_exit(finder: EmbeddedRows) -> None:
    with suppress(TimeSpent):
        run_sync(finder.close(), CLOSING)
