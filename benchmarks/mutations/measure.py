"""Measures what the checker finds of the faults: whether, as what, where, how much more; and its fixes."""

import contextlib
import hashlib
import shutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random

from benchmarks.mutations.control_faults import CONTROL_FAULTS
from benchmarks.mutations.effect_faults import EFFECT_FAULTS
from benchmarks.mutations.habit_faults import HABIT_FAULTS
from benchmarks.mutations.record_faults import RECORD_FAULTS
from benchmarks.mutations.same_meaning import SAME_MEANING
from benchmarks.mutations.sample import FILES, Fault, Mutant, Sample, all_samples
from benchmarks.mutations.stub_faults import STUB_FAULTS
from benchmarks.mutations.template_faults import TEMPLATE_FAULTS
from benchmarks.mutations.text_faults import TEXT_FAULTS
from benchmarks.mutations.use_faults import USE_FAULTS
from hdsl.check.diagnostic import Diagnostic
from hdsl.check.fixes import SAFE
from hdsl.check.fixing import fix_file
from hdsl.check.session import Checked, check_file
from hdsl.graph.inline import inline
from hdsl.graph.program import Call, HarnessInput, Index, NodeArgument, OpenedSession, Program, Switch

FAULTS: tuple[Callable[[Sample], Iterator[Fault]], ...] = (
    *(*TEXT_FAULTS, *USE_FAULTS, *EFFECT_FAULTS, *HABIT_FAULTS, *RECORD_FAULTS, *STUB_FAULTS, *CONTROL_FAULTS),
    *TEMPLATE_FAULTS,
)


@dataclass(frozen=True)
class Found:
    """What was found of one mutant. `fixed`: whether safe fixes make the file it was; None where none is offered."""

    mutant: Mutant
    diagnostics: tuple[Diagnostic, ...]
    fixed: bool | None

    @property
    def is_caught(self) -> bool:
        return bool(self.diagnostics)

    @property
    def is_right_family(self) -> bool:
        return any(each.code.startswith(self.mutant.families) for each in self.diagnostics)

    @property
    def is_right_line(self) -> bool:
        places = [each.place for each in self.diagnostics]
        if self.mutant.is_pair:
            places += [related.place for each in self.diagnostics for related in each.related]
        here = [place for place in places if Path(place.source.path) == Path(self.mutant.file)]
        return any(place.source.position(place.span.start)[0] in self.mutant.lines for place in here)

    @property
    def extra(self) -> int:
        return max(0, len(self.diagnostics) - 1)


def mutants(samples: Sequence[Sample], at_most: int, seed: int = 0) -> Iterator[Mutant]:
    """Of each fault and file at most so many mutants."""
    for fault in FAULTS:
        for sample in samples:
            random = Random(f"{seed} {fault.__name__} {sample.name}")
            found = list(fault(sample))
            for each in random.sample(found, min(at_most, len(found))):
                yield sample.mutant(fault.__name__, each)


def examine(mutant: Mutant, workspace: Path) -> Found:
    """Checks one mutant in the workspace, a copy of the valid files."""
    path = workspace / mutant.file
    before = path.read_text(encoding="utf-8")
    path.write_text(mutant.text, encoding="utf-8")
    try:
        with contextlib.chdir(workspace):
            diagnostics = check_file(Path(mutant.sample.name), mutant.sample.name).diagnostics
            return Found(mutant, diagnostics, _is_fixed(mutant, diagnostics))
    finally:
        path.write_text(before, encoding="utf-8")


def _is_fixed(mutant: Mutant, diagnostics: Sequence[Diagnostic]) -> bool | None:
    if not any(fix.applicability == SAFE for each in diagnostics for fix in each.fixes):
        return None
    fixed = fix_file(mutant.sample.name)
    if fixed is None or fixed.after == fixed.before:
        return False
    path = Path(mutant.sample.name)
    path.write_text(fixed.after, encoding="utf-8")
    checked = check_file(path, mutant.sample.name)
    if checked.diagnostics:
        return False
    path.write_text(mutant.sample.text, encoding="utf-8")
    return graphs(checked) == graphs(check_file(path, mutant.sample.name))


def graphs(checked: Checked) -> list[object]:
    """The programs of a file: what the result and each write are made of, whatever the nodes are called."""
    module = checked.module
    assert module is not None
    return [_shape_of(inline(module, harness)) for harness in module.harnesses.values()] + sorted(checked.tests)


def _shape_of(program: Program) -> object:
    made: dict[str, str] = {}
    for node in program.nodes.values():
        arguments = [made[each.path] if isinstance(each, NodeArgument) else repr(each) for each in node.arguments]
        is_leaf = isinstance(node.what, HarnessInput | OpenedSession)
        entry = node.what.signature.entry if isinstance(node.what, Call) else None
        said = (node.path if is_leaf else "", node.shown, entry, arguments, sorted(node.options.items()))
        labels = node.what.labels if isinstance(node.what, Switch) else ()
        items = list(map(repr, node.what.items)) if isinstance(node.what, Index) else []
        also = (node.type, node.shape, labels, items)
        made[node.path] = hashlib.sha256(repr((said, also)).encode()).hexdigest()
    tables = [(key, table.type, table.rows, table.load) for key, table in program.tables.items()]
    options = [option[:-1] for option in program.options]
    return made.get(program.result), tables, sorted(made.values()), program.budgets, options


def false_alarms(samples: Sequence[Sample], workspace: Path) -> tuple[int, list[str]]:
    """How many valid texts were checked, and those of them in which something was found."""
    count, wrong = 0, []
    for sample in samples:
        texts = [sample.text, *(text for edit in SAME_MEANING for text in edit(sample, Random(sample.name)))]
        path = workspace / sample.name
        for text in texts:
            count += 1
            path.write_text(text, encoding="utf-8")
            with contextlib.chdir(workspace):
                if check_file(Path(sample.name), sample.name).diagnostics:
                    wrong.append(text)
        path.write_text(sample.text, encoding="utf-8")
    return count, wrong


def workspace_in(folder: Path) -> tuple[Path, list[Sample]]:
    """A copy of the valid files to write mutants into, and the files."""
    shutil.copytree(FILES, folder / "files")
    return folder / "files", all_samples()
