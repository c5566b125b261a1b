"""The embedded kernel: answers with the value of the most similar row, without a model, the same each time.

An honest baseline (instance-based learning). What it has not seen it refuses.

Outside a loop, if the answer is a label, the rows that retrieval found vote for theirs. They say how like the question
they are, 0.5 from what the table itself calls like enough; a row of exactly the question's words decides alone. Where
rows were found by embeddings, the most similar one gives an answer of any other type too.

For other answers, and in a loop, where the goal stays and only the input moves on:

    similarity of a row = coverage of the goal by one of the rows x mean of (
        the row's query against the tokens of input and goal: max(Jaccard, containment), as in retrieval;
        the row's key, its example of what comes in, against the tokens of the input: Jaccard)

- The key takes part because in a loop the goal stays and only the input moves on: by their queries alone the row that
  began the task would win every turn.
- The coverage is there because the tokens of a screen agree with every row that was ever seen at a prompt. A token of
  the goal that a row (by its query or its key) does not know says that another task is asked for, and weighs eight
  times as much as one that is known, unless it is a word that says nothing ("the", "please"): "count the words" is
  refused by the row of "count the lines", while "list the files" is known to that of "list files". One row has to know
  the goal, whichever of those that were found: the row for a later step ("press Enter") need not repeat it, but words
  of several tasks do not make one that is known ("print README.md").

- Of rows that agree equally, one whose key ends with the last line of the input is taken, and of those the one with the
  most lines of the input, in its order; else the first.

Over `nearest_min`, by default 0.5, more agrees than does not.
"""

from collections.abc import Sequence

from hdsl.kernel.request import Answer, Correction, Request, Row, Usage
from hdsl.retrieval.similarity import jaccard, order_alike, similarity
from hdsl.retrieval.tokens import token_list, tokens
from hdsl.structure.fields import values_alone

UNKNOWN_WEIGHT = 8
"""How many known tokens of a goal one unknown token outweighs."""

VOTE_POWER = 2
"""Between 1, where many far rows outvote a near one, and infinity, where the nearest row alone decides."""

SURE_POWER = 3
"""Higher than that of votes: many far rows may decide between labels, but do not make a question a known one."""

SAYING_NOTHING = frozenset(
    {"a", "an", "and", "at", "by", "for", "from", "in", "into", "is", "it", "me", "my", "of", "on", "or", "please"}
    | {"that", "the", "then", "this", "to", "with"}
)
"""Words that do not make a goal another one."""


class NearestKernel:
    """Answers by the most similar row, or refuses where its similarity is under `nearest_min` (in [0, 1])."""

    name = "nearest"

    def __init__(self, nearest_min: float) -> None:
        self._nearest_min = nearest_min

    async def answer(self, request: Request) -> Answer:
        """The best row's value, unchanged; for "keywords" the input's tokens, one a line. Never raises.

        For "gradient" the expected text itself: of a key the input it is to stand for, else what should have come out.
        For an input of rows the key of a row that answers what is expected; where none does, the input as it is.
        """
        if request.kind == "keywords":
            return _answered("\n".join(token_list(request.input)))
        if request.correction is not None:
            return _corrected(request, request.correction)
        if not request.rows:
            return _refused("the nearest kernel answers from rows of experience and was given none")
        best, found = most_similar(request)
        if found < self._nearest_min:
            return _refused(
                f"the most similar row ({(best.query or best.key).strip()[:60]!r}) has a similarity of {found:.2f}, "
                f"under nearest_min = {self._nearest_min:.2f}"
            )
        return _answered(best.value)

    async def close(self) -> None:
        """Holds nothing."""


def most_similar(request: Request) -> tuple[Row, float]:
    """The row that answers, and how sure that is, in [0, 1]."""
    known = [row.similarity for row in request.rows if row.similarity is not None]
    if len(known) == len(request.rows) and not request.goal:
        if request.labels:
            return _elected(request.rows, known)
        if all(row.by_meaning for row in request.rows):
            most = max(known)
            return request.rows[known.index(most)], most
    scores = [row_similarity(request, row) for row in request.rows]
    equal = [row for row, score in enumerate(scores) if score == max(scores)]
    best = max(equal, key=lambda row: order_alike(request.input, request.rows[row].key)) if len(equal) > 1 else equal[0]
    return request.rows[best], goal_coverage(request) * scores[best]


def _elected(rows: Sequence[Row], similarities: Sequence[float]) -> tuple[Row, float]:
    """The first row of the value with the most votes.

    A vote is a power of the odds: near rows outweigh many that are far. Rows that are the same as the question decide
    among themselves.
    """
    same = max(similarities) >= 1
    odds: dict[str, list[float]] = {}
    first: dict[str, Row] = {}
    for row, likeness in zip(rows, similarities, strict=True):
        candidate = row.value.strip()
        odds.setdefault(candidate, []).append(float(likeness >= 1) if same else likeness / (1 - likeness))
        first.setdefault(candidate, row)
    best = max(odds, key=lambda candidate: sum(each**VOTE_POWER for each in odds[candidate]))
    sure = sum(each**SURE_POWER for each in odds[best]) ** (1 / SURE_POWER)
    return first[best], 1.0 if same else sure / (1 + sure)


def row_similarity(request: Request, row: Row) -> float:
    """How like the row the request's input and goal are, in [0, 1], without regard to what no row covers."""
    here = tokens(values_alone(request.input, request.input_form))
    query = tokens(row.query)
    key = tokens(values_alone(row.key, request.input_form))
    parts = []
    if query:
        parts.append(similarity(here | tokens(request.goal), query))
    if key or not query:
        parts.append(jaccard(here, key))
    return sum(parts) / len(parts)


def goal_coverage(request: Request) -> float:
    """How much of the goal the row knows that knows most, in [0, 1]; 1 without goal."""
    goal = tokens(request.goal)
    if not goal:
        return 1.0
    return max((_covered(goal, tokens(row.query) | tokens(row.key)) for row in request.rows), default=0.0)


def _covered(goal: frozenset[str], row: frozenset[str]) -> float:
    known, unknown = len(goal & row), len(goal - row - SAYING_NOTHING)
    return known / (known + UNKNOWN_WEIGHT * unknown) if known else 0.0


def _corrected(request: Request, correction: Correction) -> Answer:
    if correction.role == "key":
        return _answered(request.input)
    if correction.role == "input" and request.rows and correction.expected:
        return _answered(_better_input(request.rows, correction))
    if not correction.expected:
        return _refused("the nearest kernel corrects a text by the expected one, and there is none")
    return _answered(correction.expected[0])


def _better_input(rows: Sequence[Row], correction: Correction) -> str:
    """The input that the rows answer as expected, the one most like the text where several do."""
    keys = [row.key for row in rows if row.value.strip() == correction.expected[0].strip()]
    here = tokens(correction.text)
    return max(keys, key=lambda key: jaccard(here, tokens(key)), default=correction.text)


def _answered(text: str) -> Answer:
    return Answer(text, usage=Usage(calls=1), final=True)


def _refused(cause: str) -> Answer:
    return Answer("", refused=cause, usage=Usage(calls=1), final=True)
