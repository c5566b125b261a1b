"""What rows of others do on a harness's own validation examples: its losses with them and without, in memory."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from types import TracebackType

from hdsl.experience.records import CellChange, TensorChange
from hdsl.experience.row_changes import Rows
from hdsl.graph.program import Program
from hdsl.ground.row import WIDTH
from hdsl.kernel.request import Kernel, Usage
from hdsl.learn.changes import make_change
from hdsl.learn.forward import run_examples
from hdsl.learn.module import HarnessModule, seeds
from hdsl.learn.split import split
from hdsl.learn.start import NothingToTrain
from hdsl.learn.training import Work
from hdsl.storage.store import Store
from hdsl.tensor.text_tensor import store_of

Losses = tuple[float, ...]
"""The loss of each validation example, in the order of the data."""

_AT_ONCE = 32
"""Examples that run at once, where no session is opened."""


class Proving:
    """A harness with copies of its tables, in which rows are tried. Use it in a `with`, or call `close()`.

    Raises NothingToTrain where the train block keeps no validation examples; trying raises what running raises.
    """

    def __init__(self, work: Work, kernel: Kernel) -> None:
        _, self._examples = split(work.examples, work.choices.valid, work.choices.seed)
        if not self._examples:
            raise NothingToTrain(
                f"{work.choices.file} keeps no validation examples, which rows are judged by: set `valid` in its "
                f"`train {work.choices.harness}` to a share of its data"
            )
        self._work = work
        self._at_once = work.choices.batch if _opens(work.program) else max(work.choices.batch, _AT_ONCE)
        self._module = HarnessModule(
            work.program,
            kernel,
            seeds(work.program, work.project),
            sandbox=work.choices.sandbox,
            rules=work.rules,
            finder=work.finder,
        )
        self.usage = Usage()
        """What all calls so far cost."""
        self._runs = 0
        try:
            self.losses = self._measured()
        except BaseException:
            self.close()
            raise

    @property
    def examples(self) -> int:
        """How many validation examples there are."""
        return len(self._examples)

    def trial(self, rows: Mapping[str, Rows]) -> Losses:
        """The losses with some more rows, by the tables' keys; the tables are afterwards as before."""
        with self._added(rows):
            return self._measured()

    def keep(self, rows: Mapping[str, Rows], losses: Losses) -> None:
        """Adds rows for what is tried from now on. `losses`: those that their trial gave."""
        for key, change in self._changes(rows):
            make_change(self._module.tables[key], change)
        self.losses = losses

    def close(self) -> None:
        """Closes sessions and kernel, and lets go of all texts."""
        self._module.close()

    def __enter__(self) -> "Proving":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @contextmanager
    def _added(self, rows: Mapping[str, Rows]) -> Iterator[None]:
        changes = self._changes(rows)
        for key, change in changes:
            make_change(self._module.tables[key], change)
        try:
            yield
        finally:
            for key, change in reversed(changes):
                make_change(self._module.tables[key], change.reversed())

    def _changes(self, rows: Mapping[str, Rows]) -> list[tuple[str, TensorChange]]:
        return [(key, _addition(store_of(self._module.tables[key]), added)) for key, added in rows.items() if added]

    def _measured(self) -> Losses:
        self._runs += 1
        losses: list[float] = []
        for start in range(0, len(self._examples), self._at_once):
            batch = self._examples[start : start + self._at_once]
            with run_examples(self._module, batch, self._work.loss, f"trial {self._runs}") as scored:
                losses += [each.loss for each in scored]
                self.usage = sum((each.usage for each in scored), start=self.usage)
        return tuple(losses)


def _opens(program: Program) -> bool:
    """Whether sessions are opened, each of which is a process."""
    return any(effect.name == "open" for node in program.nodes.values() for effect in node.effects)


def mean(losses: Sequence[float]) -> float:
    """The mean loss."""
    return sum(losses) / len(losses)


def _addition(store: Store, rows: Rows) -> TensorChange:
    count = store.shape[0] if store.shape else 0
    texts = [text for row in rows for text in row]
    cells = tuple(CellChange(count * WIDTH + place, None, text) for place, text in enumerate(texts))
    return TensorChange(store.uid, count, count + len(rows), cells)
