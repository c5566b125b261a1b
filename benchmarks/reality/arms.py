"""What answers: hdsl on `nearest` or on a model, and what people would pick instead. One interface for all."""

import asyncio
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from benchmarks.reality.data import Pair
from benchmarks.reality.parts import Part
from hdsl.ground.row import Row
from hdsl.kernel.nearest import NearestKernel, most_similar
from hdsl.kernel.request import Kernel, Label, Request
from hdsl.ops.rows import rows_to_show
from hdsl.retrieval.index import Match
from hdsl.storage.pack import Pack
from hdsl.storage.store import Entry
from hdsl.tensor.make import filled_tensor

VOTERS = 8
NEAREST_MIN = 0.5
EXPERT_TOPK = 16
"""How many rows an expert is given unless its harness says otherwise."""
LONGEST_ANSWER = 64
"""Tokens of an answer that has no labels, for hdsl and for DSPy."""
MOST_WORDS = 8_192
"""Words that DSPy's vectors are made of: the vectors of 29,000 rows are in memory at once."""


@dataclass(frozen=True, slots=True)
class Said:
    """An answer, how sure it is (where the arm can say), and what it cost. An empty text is a refusal."""

    text: str
    sure: float = 0.0
    tokens: int = 0
    calls: int = 0
    seconds: float = field(default=0.0, compare=False)


Arm = Callable[[Pair], Said]


class Rows:
    """The rows of a part as an experience table; or other ones, such as those of a training."""

    def __init__(self, part: Part, rows: Sequence[Row] | None = None) -> None:
        self.part = part
        table = [Row(pair.text, "", pair.answer or "") for pair in part.rows] if rows is None else rows
        self._folder = TemporaryDirectory()
        cells = [cell for row in table for cell in (row.query, row.key, row.value)]
        home = Pack(Path(self._folder.name, "texts.sqlite"))
        shape = (len(table), 3) if table else (0,)
        self._table = filled_tensor(shape, home, dict(enumerate(map(Entry, cells))), "experience")

    def nearest(self, text: str, topk: int) -> tuple[Match, ...]:
        """The rows that an expert would be shown."""
        return rows_to_show(self._table, (text, ""), topk, by_lines=False)


def kernel_arm(rows: Rows, kernel: Kernel, loop: asyncio.AbstractEventLoop, topk: int) -> Arm:
    """hdsl: an expert's request to a kernel."""
    labels = tuple(map(Label, rows.part.labels))

    def answer(question: Pair) -> Said:
        begin = time.perf_counter()
        shown = tuple(match.row for match in rows.nearest(question.text, topk))
        longest = None if labels else LONGEST_ANSWER
        request = Request("expert", question.text, task=rows.part.task, rows=shown, labels=labels, max_tokens=longest)
        found = loop.run_until_complete(kernel.answer(request))
        tokens = found.usage.prompt_tokens + found.usage.completion_tokens
        text = "" if found.refused else found.text
        return Said(text, 0.0, tokens, found.usage.calls, time.perf_counter() - begin)

    return answer


def nearest_arm(rows: Rows, loop: asyncio.AbstractEventLoop) -> Arm:
    """The embedded kernel with its default threshold; how sure it is, is told for refusals too."""
    answer = kernel_arm(rows, NearestKernel(NEAREST_MIN), loop, EXPERT_TOPK)

    def surely(question: Pair) -> Said:
        said = answer(question)
        shown = tuple(match.row for match in rows.nearest(question.text, EXPERT_TOPK))
        labels = tuple(map(Label, rows.part.labels))
        sure = most_similar(Request("expert", question.text, rows=shown, labels=labels))[1] if shown else 0.0
        return replace(said, sure=sure)

    return surely


def look_up(rows: Rows) -> Arm:
    """The value of the row found first."""

    def answer(question: Pair) -> Said:
        begin = time.perf_counter()
        found = rows.nearest(question.text, 1)
        text = found[0].row.value if found and found[0].score else ""
        return Said(text, found[0].row.similarity or 0.0 if found else 0.0, seconds=time.perf_counter() - begin)

    return answer


def tfidf_votes(part: Part) -> Arm:
    """scikit-learn: votes of the eight nearest rows by the cosine of TF-IDF; for texts the nearest row."""
    from sklearn.feature_extraction.text import TfidfVectorizer

    vectorizer = TfidfVectorizer(token_pattern=r"(?u)\b\w+\b")
    table = vectorizer.fit_transform([pair.text for pair in part.rows])

    def answer(question: Pair) -> Said:
        begin = time.perf_counter()
        scores = (table @ vectorizer.transform([question.text]).T).toarray().ravel()
        votes: dict[str, float] = defaultdict(float)
        for number in (-scores).argsort(kind="stable")[: VOTERS if part.labels else 1]:
            votes[part.rows[number].answer or ""] += scores[number]
        best = max(votes, key=votes.__getitem__)
        return Said(best, float(scores.max()), seconds=time.perf_counter() - begin)

    return answer


def linear_svm(part: Part) -> Arm:
    """scikit-learn: a linear support vector machine over TF-IDF."""
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.pipeline import make_pipeline
    from sklearn.svm import LinearSVC

    model = make_pipeline(TfidfVectorizer(token_pattern=r"(?u)\b\w+\b"), LinearSVC(random_state=0))
    model.fit([pair.text for pair in part.rows], [pair.answer for pair in part.rows])

    def answer(question: Pair) -> Said:
        begin = time.perf_counter()
        margins = model.decision_function([question.text]).ravel()
        return Said(str(model.predict([question.text])[0]), float(margins.max()), seconds=time.perf_counter() - begin)

    return answer


def dspy_program(part: Part, base_url: str, model: str, how: str) -> Arm:
    """DSPy on the same server: `KNNFewShot`, `LabeledFewShot` or `BootstrapFewShot` over the same rows."""
    import dspy

    lm = dspy.LM(
        f"openai/{model}", api_base=base_url, api_key="none", temperature=0.0, max_tokens=LONGEST_ANSWER, cache=False
    )
    dspy.configure(lm=lm)
    signature = dspy.Signature("question -> answer", part.task or "Answer the question.")
    if part.labels:
        from typing import Literal

        signature = signature.with_updated_fields("answer", type_=Literal[part.labels])  # type: ignore[valid-type]
    examples = [dspy.Example(question=pair.text, answer=pair.answer).with_inputs("question") for pair in part.rows]
    program = _compiled(dspy, dspy.Predict(signature), examples, part, how)

    def answer(question: Pair) -> Said:
        before, begin = len(lm.history), time.perf_counter()
        try:
            text = str(program(question=question.text).answer)
        except Exception:  # an answer that its adapters cannot read, after what they tried
            text = ""
        asked = lm.history[before:]
        tokens = sum((each.get("usage") or {}).get("total_tokens", 0) for each in asked)
        return Said(text, 0.0, tokens, len(asked), time.perf_counter() - begin)

    return answer


def _compiled(dspy: Any, student: Any, examples: Sequence[Any], part: Part, how: str) -> Any:
    if how == "LabeledFewShot":
        return dspy.LabeledFewShot(k=part.topk).compile(student, trainset=list(examples))
    if how == "BootstrapFewShot":

        def metric(example: Any, found: Any, trace: object = None) -> bool:
            return part.right(str(found.answer), example.answer)

        tuned = dspy.BootstrapFewShot(metric=metric, max_bootstrapped_demos=4, max_labeled_demos=4)
        return tuned.compile(student, trainset=list(examples)[:60])
    from sklearn.feature_extraction.text import TfidfVectorizer

    vectorizer = TfidfVectorizer(max_features=MOST_WORDS, dtype="float32").fit([pair.text for pair in part.rows])

    def embed(texts: list[str]) -> Any:
        return vectorizer.transform(texts).toarray()

    bootstrap = {"max_bootstrapped_demos": 0, "max_labeled_demos": part.topk}
    knn = dspy.KNNFewShot(k=part.topk, trainset=list(examples), vectorizer=dspy.Embedder(embed), **bootstrap)
    return knn.compile(student)
