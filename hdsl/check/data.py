"""Rules of training data: each line against the harness that it trains, reported at the line of that file."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from hdsl.check import findings
from hdsl.check.diagnostic import Place, Related
from hdsl.check.files import may_be_loaded, report_missing_file
from hdsl.check.report import Report
from hdsl.experience.training_data import (
    AT,
    EXPECTED,
    Example,
    Texts,
    TrainingDataError,
    flat,
    scan_examples,
    shape_of,
    span_of,
)
from hdsl.graph.inline import inline
from hdsl.graph.loops import turn_axes
from hdsl.graph.program import Constant, HarnessInput, Node, Program
from hdsl.graph.shapes import Shape
from hdsl.graph.typed import Module
from hdsl.graph.types import Type
from hdsl.ground.files import read_regular
from hdsl.ground.labels import label_of
from hdsl.ground.spelling import certain
from hdsl.structure.reading import problem_of
from hdsl.syntax import tree
from hdsl.syntax.source import Source
from hdsl.syntax.tree import Span

DATA_FILES = ("*.jsonl",)

SHOWN = 60
"""How much of a text without a label is shown."""


def check_data(report: Report, module: Module, load: tree.Load, harness: str) -> None:
    """Reads the file that a `train` block names; its lines must fit the harness, if that is without errors."""
    file = Path(module.path).parent / load.path.text
    if not may_be_loaded(report, module, load.path, file, DATA_FILES):
        return
    try:
        found = list(scan_examples(file))
        text = read_regular(file).decode("utf-8", errors="replace").removeprefix("\ufeff")
    except (FileNotFoundError, ValueError):  # a path with a character that no path can have is a ValueError
        report_missing_file(report, module, load.path, file, DATA_FILES)
        return
    except OSError as error:
        unreadable = findings.files.UnreadableFile(load.path.text, error.strerror or "unreadable")
        report.tell(unreadable, module.source, load.path.span)
        return
    faults = _Faults(
        report,
        Source(os.path.normpath(file), text),
        Related("loaded here for training", Place(module.source, load.path.span)),
    )
    trained = _Trained.of(inline(module, module.harnesses[harness])) if harness in module.sound else None
    for each in found:
        if isinstance(each, TrainingDataError):
            faults.add(findings.data.MalformedData(each.message), each.line, each.column - 1)
        elif trained is not None:
            _Line(faults, trained, each).check()
    faults.tell()


@dataclass(frozen=True, slots=True)
class _Trained:
    """What lines are compared with: the inputs that hold texts, the nodes that give texts, the axes that are turns."""

    program: Program
    inputs: Mapping[str, Node]
    nodes: Mapping[str, Node]
    turns: Mapping[str, frozenset[int]]

    @classmethod
    def of(cls, program: Program) -> _Trained:
        texts = {path: node for path, node in program.nodes.items() if node.type.kind == "text"}
        return cls(
            program,
            {wanted.name: texts[wanted.name] for wanted in program.inputs if wanted.name in texts},
            {path: node for path, node in texts.items() if not isinstance(node.what, HarnessInput | Constant)},
            turn_axes(program),
        )


class _Faults:
    """The faults of one file by what they say. What many lines have in common is one fault, told at the first."""

    def __init__(self, report: Report, source: Source, named: Related) -> None:
        self.report = report
        self.source = source
        self._named = named
        self._found: dict[findings.data.InData, list[Span]] = {}

    def add(self, finding: findings.data.InData, line: int, start: int, end: int | None = None) -> None:
        """A fault from one offset of a line to another, or to its end."""
        begin, length = self.source.line_starts[line - 1], len(self.source.line(line))
        span = Span(begin + min(start, length), begin + (length if end is None else end))
        self._found.setdefault(finding, []).append(span)

    def tell(self) -> None:
        """Reports what was found."""
        for first, spans in self._found.items():
            finding = replace(first, more=len(spans) - 1)
            self.report.tell(finding, self.source, spans[0], related=[self._named])


class _Line:
    """One line against the harness that it trains."""

    def __init__(self, faults: _Faults, trained: _Trained, example: Example) -> None:
        self.faults = faults
        self.trained = trained
        self.program = trained.program
        self.example = example
        self.sizes = {name: size for name, size in self.program.dimensions.items() if isinstance(size, int)}

    def check(self) -> None:
        for name, given in self.example.inputs.items():
            if name not in self.trained.inputs:
                self._unknown(name)
            elif self._fits((name,), given, self.trained.inputs[name].shape):
                self._carries_labels((name,), given, self.trained.inputs[name].type)
        if self.example.expected is not None:
            result = self.program.nodes[self.program.result]
            if self._fits((EXPECTED,), self.example.expected, result.shape):
                self._carries_labels((EXPECTED,), self.example.expected, result.type)
        if self.example.inputs.keys() <= self.trained.inputs.keys():  # else a misspelt name stands for what is missing
            self._missing()
        for path, texts in self.example.at.items():
            self._at(path, texts)

    def _missing(self) -> None:
        missing: list[str | None] = [name for name in self.trained.inputs if name not in self.example.inputs]
        if self.example.expected is None and not self.example.at:
            missing.append(None)
        for name in missing:
            self._add(findings.data.MissingInData(name, self.program.name), ())

    def _unknown(self, name: str) -> None:
        names = [*self.trained.inputs, EXPECTED, AT]
        finding = findings.data.UnknownInData(
            name,
            self.program.name,
            names,
            known=self.faults.report.likely(name, names),
            meant=self._meant(name, names),
            is_option=any(option.name == name for option in self.program.options),
            is_input=any(wanted.name == name for wanted in self.program.inputs),
        )
        self._add(finding, (name,))

    def _at(self, path: str, texts: Texts) -> None:
        """A text stands for every element of a node; lists have its shape, or that of the turns of one element."""
        node = self.trained.nodes.get(path)
        if node is None:
            self._unknown_path(path)
            return
        shape, turns = shape_of(texts), self.trained.turns.get(path, frozenset())
        left_out = len(node.shape) - len(shape)
        padded = (1,) * left_out + shape if turns and min(turns) >= left_out else shape
        if not shape or self._has_shape(padded, node.shape, turns):
            self._carries_labels((AT, path), texts, node.type)
        else:
            self._disagrees((AT, path), shape, node.shape)

    def _unknown_path(self, path: str) -> None:
        nodes = list(self.trained.nodes)
        inner = [each for each in nodes if each.startswith(f"{path}.")]
        is_there = bool(inner) or path in self.program.nodes
        known = [] if is_there else self.faults.report.likely(path, nodes)
        self._add(
            findings.data.UnknownPath(path, self.program.name, nodes, inner, known, self._meant(path, nodes)),
            (AT, path),
        )

    def _meant(self, name: str, candidates: Sequence[str]) -> str | None:
        """The one that a name can only mean."""
        return certain(name, self.faults.report.likely(name, candidates))

    def _fits(self, keys: tuple[str, ...], texts: Texts, shape: Shape) -> bool:
        """Whether texts have the shape of an input or of the result; a text is one element."""
        given = shape_of(texts) or (1,) * len(shape)
        if self._has_shape(given, shape):
            return True
        self._disagrees(keys, shape_of(texts), shape)
        return False

    def _has_shape(self, given: tuple[int, ...], shape: Shape, turns: frozenset[int] = frozenset()) -> bool:
        """Whether sizes are those of a shape; of turns there may be fewer."""
        if len(given) != len(shape):
            return False
        for axis, (size, dimension) in enumerate(zip(given, shape, strict=True)):
            wanted = dimension if isinstance(dimension, int) else self.sizes.setdefault(dimension, size)
            if size > wanted or (size < wanted and axis not in turns):
                return False
        return True

    def _disagrees(self, keys: tuple[str, ...], given: tuple[int, ...], shape: Shape) -> None:
        sizes = tuple((name, self.sizes[name]) for name in shape if isinstance(name, str) and name in self.sizes)
        self._add(findings.data.DataShapeDisagrees(keys[-1], given, shape, sizes), keys)

    def _carries_labels(self, keys: tuple[str, ...], texts: Texts, kind: Type) -> None:
        labels = kind.label_texts
        if kind.form is not None and not (labels and any(label_of(text, labels) is None for text in flat(texts))):
            why = next(filter(None, (problem_of(text, kind.form) for text in flat(texts))), "")
            if why:
                self._add(findings.data.NotOfRecordInData(kind.name, why), keys)
            return
        wrong = next((text for text in flat(texts) if labels and label_of(text, labels) is None), None)
        if wrong is not None:
            known = self.faults.report.likely(wrong, labels)
            self._add(findings.data.NotALabelInData(wrong[:SHOWN], kind.name, wrong, labels, known), keys)

    def _add(self, finding: findings.data.InData, keys: tuple[str, ...]) -> None:
        """A fault at the last of nested keys."""
        start, end = span_of(self.faults.source.line(self.example.line), keys)
        self.faults.add(finding, self.example.line, start, end)
