"""What is asked: each part is rows to answer from, questions, and how an answer is judged."""

import random
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from benchmarks.reality.data import Pair, commands, each_label, intents, shuffled

CONFUSABLE = (
    "card_arrival",
    "card_delivery_estimate",
    "card_payment_fee_charged",
    "card_payment_wrong_exchange_rate",
    "declined_card_payment",
    "extra_charge_on_statement",
    "pending_card_payment",
    "reverted_card_payment?",
    "top_up_failed",
    "top_up_reverted",
)
ROWS_A_LABEL = 20
SHOWN_AS = {"banking77": "BANKING77", "clinc150": "CLINC150"}
MAPPING = "A mapping that nobody can know"
EVERYTHING = "All intents, without a model"
COLORS = ("red", "green", "blue", "black", "white", "yellow", "brown", "orange")
_PLACEHOLDER = re.compile(r"\{\{.*?\}\}")
_BLANKS = re.compile(r"\s+")


def _exact(answer: str, expected: str | None) -> bool:
    return answer.strip() == (expected or "")


@dataclass(frozen=True, slots=True)
class Part:
    """A part of the bench. `with_model`: whether a language model is asked too."""

    name: str
    title: str
    task: str
    rows: tuple[Pair, ...]
    questions: tuple[Pair, ...]
    labels: tuple[str, ...] = ()
    topk: int = 8
    with_model: bool = True
    is_trained: bool = False
    """Whether the rows are what is trained on, and accuracy before and after the training is what is asked for."""
    table: str = ""
    """The table that it is a line of, where it has none of its own."""
    twins: Mapping[str, str] = field(default_factory=dict)
    """Arms by the part in which they were asked the same questions with the same rows, so that they are not again."""
    right: Callable[[str, str | None], bool] = field(default=_exact)

    def asked_in(self, arm: str) -> str:
        """The part in whose name an arm's answers are kept."""
        return self.twins.get(arm, self.name)


def parts(data: Path) -> list[Part]:
    """All parts, in the order in which they are asked."""
    found = [_confusable(data), _all_intents(data, ROWS_A_LABEL, 100), _words_to_command(data)]
    found += [*_mappings(), *_trainings(found[0]), _scope(data, ROWS_A_LABEL), _scope(data, None)]
    for name in ("banking77", "clinc150"):
        for rows in (None, ROWS_A_LABEL):
            found.append(_everything(data, name, rows))
    return found


def canonical(command: str) -> str:
    """A command with every placeholder the same and every blank one."""
    return _BLANKS.sub(" ", _PLACEHOLDER.sub("{{x}}", command)).strip()


def _labels(pairs: list[Pair]) -> tuple[str, ...]:
    return tuple(sorted({pair.answer for pair in pairs if pair.answer}))


def _confusable(data: Path) -> Part:
    pairs = shuffled(pair for pair in intents(data, "banking77", "train") if pair.answer in CONFUSABLE)
    questions, rest = pairs[:150], pairs[150:]
    rows = each_label(rest, ROWS_A_LABEL)
    task = "Which intent does the customer's question have?"
    return Part("confusable", "Ten confusable intents of BANKING77", task, (*rows,), (*questions,), _labels(rows))


def _all_intents(data: Path, count: int, questions: int) -> Part:
    rows = each_label(intents(data, "clinc150", "train"), count)
    asked = shuffled(intents(data, "clinc150", "dev"))[:questions]
    title = f"All intents of CLINC150, {count} rows a label"
    return Part("all-intents", title, "Which intent does the question have?", (*rows,), (*asked,), _labels(rows))


def _scope(data: Path, count: int | None) -> Part:
    pairs = intents(data, "clinc150", "train")
    rows = pairs if count is None else each_label(pairs, count)
    asked = intents(data, "clinc150", "dev")
    if count is not None:
        asked = shuffled(asked, "scope")[:200]
    asked += intents(data, "clinc150", "dev-out-of-scope")
    title = f"Questions of no intent, CLINC150, {'all rows' if count is None else f'{count} rows a label'}"
    name = "scope all" if count is None else "scope"
    return Part(name, title, "", (*rows,), (*asked,), _labels(rows), 16, with_model=False)


def _words_to_command(data: Path) -> Part:
    rows = tuple(Pair(pair.text, canonical(pair.answer or "")) for pair in commands(data, "train"))
    asked = tuple(Pair(pair.text, canonical(pair.answer or "")) for pair in shuffled(commands(data, "dev"))[:60])
    task = "Write the command line that does this. Write {{x}} for each part that the reader fills in."
    return Part("commands", "Words to command (tldr)", task, rows, asked, right=_same_command)


def _same_command(answer: str, expected: str | None) -> bool:
    return canonical(answer) == expected


def _mappings() -> list[Part]:
    """Who has which color: nobody can know without the rows."""
    source = random.Random(11)
    made_up = [
        "".join(source.choice(("ka", "vu", "mi", "do", "re", "zu", "pe", "lo")) for _ in range(3)) for _ in range(40)
    ]
    real = ["table", "river", "lamp", "horse", "bridge", "coat", "garden", "window", "paper", "stone", "ship", "bread"]
    real += ["clock", "mirror", "basket", "ladder", "pillow", "hammer", "candle", "carpet", "bottle", "engine", "fence"]
    found = []
    for kind, words in (("made-up", sorted(set(made_up))[:23]), ("real", real)):
        pairs = tuple(Pair(f"the {word} of Anselm", source.choice(COLORS)) for word in words)
        values = [pair.answer for pair in pairs]
        permuted = tuple(
            replace(pair, answer=value) for pair, value in zip(pairs, values[1:] + values[:1], strict=True)
        )
        task = "Which color is it?"
        for arm, rows, asked, topk in (
            ("no rows", (), pairs, 4),
            ("one row", pairs, pairs, 1),
            ("four rows", pairs, pairs, 4),
            ("one row, values permuted", permuted, permuted, 1),
            ("four rows, values permuted", permuted, permuted, 4),
        ):
            title = f"{kind} words, {arm}"
            found.append(
                Part(f"mapping {kind}, {arm}", title, task, rows, asked, tuple(sorted(COLORS)), topk, table=MAPPING)
            )
    return found


def _trainings(clean: Part) -> list[Part]:
    """The confusable intents as training data, all labels right and a fifth of them wrong."""
    peers = dict.fromkeys(("TF-IDF votes", "linear SVM", "look-up", "DSPy KNNFewShot"), clean.name)
    right = replace(clean, name="trained", is_trained=True, twins=peers, title=_training_title(clean, 0.0))
    untrained = dict.fromkeys(("nearest, before", "hdsl, before"), right.name)
    return [right, replace(_noisy(clean, 0.2), name="trained on noise", is_trained=True, twins=untrained)]


def _training_title(part: Part, share: float) -> str:
    return f"Training on {len(part.rows)} rows of the ten intents, {share:.0%} of them labelled wrong"


def _noisy(clean: Part, share: float) -> Part:
    """The same with a share of the rows' labels wrong."""
    source = random.Random(7)
    wrong = {}
    for pair in shuffled(clean.rows, "noise"):
        others = [label for label in clean.labels if label != pair.answer]
        answer = source.choice(others)
        if source.random() < share:
            wrong[pair.text] = answer
    rows = tuple(replace(pair, answer=wrong.get(pair.text, pair.answer)) for pair in clean.rows)
    return replace(clean, title=_training_title(clean, share), rows=rows)


def _everything(data: Path, name: str, count: int | None) -> Part:
    pairs = intents(data, name, "train")
    rows = pairs if count is None else each_label(pairs, count)
    title = f"{SHOWN_AS[name]}, {'all' if count is None else f'{count} rows a label'} ({len(rows):,})"
    asked = (*intents(data, name, "dev"),)
    name = f"{name} {count or 'all'}"
    return Part(name, title, "", (*rows,), asked, _labels(rows), 16, with_model=False, table=EVERYTHING)
