"""The rows of an experience, a text tensor `[N, 3]`: all of them, and those most like a text."""

from collections.abc import Callable, Sequence

import torch

from hdsl.ground.row import WIDTH as WIDTH
from hdsl.ground.row import Row
from hdsl.kernel.prompt_frames import telling_query
from hdsl.ops.asking import note_usage
from hdsl.ops.embedded import finder_in
from hdsl.ops.site import Pull
from hdsl.ops.table import table_of
from hdsl.retrieval.index import Match
from hdsl.retrieval.similarity import order_alike
from hdsl.retrieval.tokens import tokens
from hdsl.storage.layout import coordinates_of, flat_index
from hdsl.storage.store import Store
from hdsl.tensor.text_tensor import store_of

KEY, VALUE = 1, 2

_MORE = 4
"""How many times as many rows are looked at where some of the best are the same."""

RetrievalMethod = Callable[[str, str], float]
"""How like a row's query (second) a text (first) is; larger is more alike."""


def check_experience(experience: torch.Tensor) -> None:
    """Raises TypeError where it has no texts, ValueError where its shape is neither `[…, 3]` nor, empty, `[0]`."""
    shape = store_of(experience).shape
    if not is_table(shape):
        raise ValueError(f"an experience has the shape [N, {WIDTH}], not {list(shape)}")


def is_table(shape: Sequence[int]) -> bool:
    """Whether it is the shape of an experience: rows of three in one dimension or several, or none."""
    return tuple(shape) == (0,) or (len(shape) >= 2 and shape[-1] == WIDTH)


def row_indexes(rows: Sequence[int], shape: Sequence[int]) -> list[torch.Tensor]:
    """Where rows, by their numbers, begin: an index tensor for each dimension of an experience."""
    if len(shape) < 2:
        return [torch.tensor(list(rows), dtype=torch.long)]
    columns = zip(*(coordinates_of(row * WIDTH, shape) for row in rows), strict=True) if rows else [()] * len(shape)
    return [torch.tensor(column, dtype=torch.long) for column in columns]


def rows_at(indexes: Sequence[torch.Tensor], shape: Sequence[int]) -> tuple[int, ...]:
    """The numbers of the rows that index tensors, one a dimension, name."""
    columns = [column.reshape(-1).tolist() for column in indexes]
    return tuple(flat_index(at, shape) // WIDTH for at in zip(*columns, strict=True)) if columns else ()


def rows_of(experience: torch.Tensor) -> tuple[Row, ...]:
    """The rows as they are now, in order; an absent element is an empty text."""
    return table_rows(store_of(experience))


def table_rows(store: Store) -> tuple[Row, ...]:
    """The rows of the experience in a store."""
    return table_of(store).rows(store)


def nearest_rows(experience: torch.Tensor, texts: tuple[str, ...], topk: int, *, by_lines: bool) -> tuple[Match, ...]:
    """The `topk` rows most like the texts (the input and the goal) together.

    `by_lines`: the first text is keywords, one a line, and lines are compared (Jaccard) instead of tokens.
    """
    store = store_of(experience)
    table = table_of(store)
    first, *others = texts or ("",)
    return table.nearest(store, (table.columns.read_key(first), *others), topk, by_lines=by_lines)


async def found_rows(
    experience: torch.Tensor, texts: tuple[str, ...], topk: int, pull: Pull, *, by_lines: bool
) -> tuple[Match, ...]:
    """`nearest_rows` in the way that the run finds rows; what it costs is noted. Keywords are compared by lines."""
    finder = finder_in(pull.context)
    if finder is None or by_lines:
        return nearest_rows(experience, texts, topk, by_lines=by_lines)
    matches, usage = await finder.nearest(store_of(experience), texts, topk, pull.context.redactor)
    note_usage(usage, pull)
    return matches


async def shown_rows(
    experience: torch.Tensor, texts: tuple[str, ...], topk: int, pull: Pull, *, by_lines: bool
) -> tuple[Match, ...]:
    """`rows_to_show` in the way that the run finds rows."""
    if finder_in(pull.context) is None or by_lines:
        return rows_to_show(experience, texts, topk, by_lines=by_lines)
    found = await found_rows(experience, texts, topk, pull, by_lines=by_lines)
    if len(_distinct(found)) < len(found):
        found = await found_rows(experience, texts, _MORE * topk, pull, by_lines=by_lines)
    return _related(_distinct(found)[:topk])


def rows_to_show(experience: torch.Tensor, texts: tuple[str, ...], topk: int, *, by_lines: bool) -> tuple[Match, ...]:
    """The `topk` rows most like the texts that are worth showing to a model: each once, and only those that have
    something in common with the texts, if any has.
    """
    found = nearest_rows(experience, texts, topk + 1, by_lines=by_lines)
    distinct = _distinct(found)
    if len(distinct) < len(found) or _are_equal(found[topk - 1 :]):
        distinct = _distinct(nearest_rows(experience, texts, _MORE * topk, by_lines=by_lines))
    return _related(_best_first(distinct, texts[0])[:topk])


def _are_equal(matches: Sequence[Match]) -> bool:
    """Whether rows are equally like the texts, as far as words tell."""
    return len(matches) > 1 and len({match.score for match in matches}) == 1


def _best_first(matches: Sequence[Match], text: str) -> tuple[Match, ...]:
    """Rows in the order of their scores, equal ones by how their keys read beside the text, else as they were."""
    if len({match.score for match in matches}) == len(matches):
        return tuple(matches)

    def place(match: Match) -> tuple[float, bool, int]:
        ends_alike, lines = order_alike(text, match.row.key)
        return -match.score, not ends_alike, -lines

    return tuple(sorted(matches, key=place))


def _related(matches: tuple[Match, ...]) -> tuple[Match, ...]:
    """Those that have something in common with the texts, if any has."""
    return tuple(match for match in matches if match.score > 0) or matches


def _distinct(matches: Sequence[Match]) -> tuple[Match, ...]:
    """The first of those that would be shown in the same words."""
    shown = {(telling_query(each.row), each.row.key.strip(), each.row.value.strip()): each for each in matches[::-1]}
    return tuple(sorted(shown.values(), key=matches.index))


async def find_rows(
    experience: torch.Tensor,
    texts: tuple[str, ...],
    topk: int,
    method: RetrievalMethod | None,
    pull: Pull,
    *,
    by_lines: bool,
) -> tuple[Match, ...]:
    """The `topk` rows most like the texts, best first, as they are now; by a measure of the user's own if given."""
    if method is None:
        return await found_rows(experience, texts, topk, pull, by_lines=by_lines)
    return rows_by_method(experience, texts, topk, method)


def rows_by_method(
    experience: torch.Tensor, texts: tuple[str, ...], topk: int, method: RetrievalMethod
) -> tuple[Match, ...]:
    """The `topk` rows with a value that a measure of the user's own finds most like the texts; ties in table order."""
    table = rows_of(experience)
    scores = row_scores(experience, texts, method)
    best = sorted(scores, key=lambda row: -scores[row])[:topk]
    return tuple(Match(number, table[number], scores[number]) for number in best)


def row_scores(experience: torch.Tensor, texts: tuple[str, ...], method: RetrievalMethod | None) -> dict[int, float]:
    """How like the texts each row with a value is, best first, equals in the order of the table."""
    rows = [(number, row.query or row.key) for number, row in enumerate(rows_of(experience)) if row.value]
    if method is not None:
        return {number: method("\n".join(texts), found_by) for number, found_by in rows}
    matches = nearest_rows(experience, texts, len(rows), by_lines=False)
    return {match.index: match.score for match in matches}


def row_of_key(store: Store, key: str, goal: str = "") -> int | None:
    """The row whose key is this text (blanks around it apart), and which is found by all words of the goal."""
    table = table_rows(store)
    wanted = tokens(goal)
    numbers = table_of(store).numbers(store, KEY, key)
    return next((number for number in numbers if wanted <= tokens(table[number].query)), None)


def rows_with_value(store: Store, value: str) -> tuple[int, ...]:
    """The rows that answer exactly this, blanks around it apart."""
    return table_of(store).numbers(store, VALUE, value)
