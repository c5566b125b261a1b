"""Faults as models make them who know other languages better, of definitions, and of training data."""

import json
import re
from collections.abc import Iterator
from itertools import pairwise

from benchmarks.mutations.sample import Edit, Fault, Sample
from benchmarks.mutations.text_faults import NAMES, SYNTAX, lines_of, misspelt, respelt, whole_line
from benchmarks.mutations.use_faults import CALLS, CONTRACTS, SHAPES, TYPES, inputs_of, options_of
from hdsl.syntax import tree


def colon_for_equals(sample: Sample) -> Iterator[Fault]:
    for _, _, call in sample.calls:
        for option in options_of(call):
            yield Fault((Edit(option.name.span.end, option.value.span.start, ": "),), SYNTAX)


def thin_arrow(sample: Sample) -> Iterator[Fault]:
    for _, node in sample.nodes:
        if isinstance(node.value, tree.Switch):
            for case in node.value.cases:
                at = sample.text.rindex("=>", case.span.start, case.branch.span.start)
                yield Fault((Edit(at, at + 2, "->"),), SYNTAX)


def let_before_node(sample: Sample) -> Iterator[Fault]:
    for _, node in sample.nodes:
        yield Fault((Edit(node.span.start, node.span.start, "let "),), SYNTAX)


def import_for_use(sample: Sample) -> Iterator[Fault]:
    for item in sample.tree.items:
        if isinstance(item, tree.Use):
            yield Fault((Edit(item.span.start, item.span.start + len("use"), "import"),), SYNTAX)


def function_for_harness(sample: Sample) -> Iterator[Fault]:
    for harness in sample.harnesses:
        yield Fault((Edit(harness.span.start, harness.span.start + len("harness"), "def"),), SYNTAX)


def slashes_for_comment(sample: Sample) -> Iterator[Fault]:
    for found in re.finditer(r"^# ", sample.text, re.MULTILINE):
        yield Fault((Edit(found.start(), found.start() + 1, "//"),), SYNTAX)


def fences_around(sample: Sample) -> Iterator[Fault]:
    end = len(sample.text)
    yield Fault((Edit(0, 0, "```hg\n"), Edit(end, end, "\n```\n")), SYNTAX)


def nothing_for_option(sample: Sample) -> Iterator[Fault]:
    for _, _, call in sample.calls:
        for option in options_of(call):
            if isinstance(option.value, tree.Number | tree.Text):
                yield Fault((Edit(*option.value.span, "None"),), CALLS)


def list_for_text(sample: Sample) -> Iterator[Fault]:
    for _, _, call in sample.calls:
        for option in options_of(call):
            if isinstance(option.value, tree.Text):
                yield Fault((Edit(*option.value.span, f"[{sample.written(option.value.span)}]"),), CALLS)


def swapped_inputs(sample: Sample) -> Iterator[Fault]:
    """A tensor and an experience, or a text and a session, the wrong way round."""
    for _, node, call in sample.calls:
        given = inputs_of(call)
        if call.operation.text in ("expert", "terminal.send_text", "terminal.send_key", "terminal.until_idle"):
            first, second = given[0].span, given[1].span
            edits = (Edit(*first, sample.written(second)), Edit(*second, sample.written(first)))
            yield Fault(edits, TYPES, lines_of(sample, node.span))


def row_of_four(sample: Sample) -> Iterator[Fault]:
    for item in sample.tree.items:
        if isinstance(item, tree.Experience) and isinstance(item.source, tree.Rows):
            for row in item.source.rows:
                yield Fault((Edit(row.values[2].span.end, row.values[2].span.end, ', "more"'),), TYPES)


def missing_dim(sample: Sample) -> Iterator[Fault]:
    """A dimension of the signature that is not declared."""
    for harness in sample.harnesses:
        for parameter in harness.parameters:
            is_dim = isinstance(parameter.type, tree.TypeExpr) and parameter.type.name.text == "dim"
            if is_dim and parameter.default is not None:
                start = sample.text.rindex(",", harness.span.start, parameter.name.span.start)
                edit = Edit(start, parameter.default.span.end, "")
                yield Fault((edit,), SHAPES, _uses(sample, harness, parameter.name.text)[:1])


def _uses(sample: Sample, harness: tree.Harness, name: str) -> tuple[int, ...]:
    start = harness.parameters[-1].name.span.end
    found = re.finditer(rf"(?<![\w.\"]){name}\b", sample.text[start : harness.span.end])
    return tuple(start + each.start() for each in found)


# Definitions


def missing_definition(sample: Sample) -> Iterator[Fault]:
    for harness, node in sample.nodes:
        uses = [each for each in _uses(sample, harness, node.name.text) if each > node.span.end]
        if uses:
            yield Fault((whole_line(sample, node.span),), NAMES, uses[:1])


def misspelt_definition(sample: Sample) -> Iterator[Fault]:
    for harness, node in sample.nodes:
        uses = [each for each in _uses(sample, harness, node.name.text) if each > node.span.end]
        if uses and len(node.name.text) > 2:
            yield Fault((respelt(node.name),), NAMES, uses[:1], is_pair=True)


def name_taken(sample: Sample) -> Iterator[Fault]:
    """A node under the name of another."""
    for harness in sample.harnesses:
        nodes = [each for each in harness.body if isinstance(each, tree.Node)]
        for one, other in pairwise(nodes):
            edit = Edit(*other.name.span, one.name.text)
            if one.annotation is not None and other.annotation is not None:
                yield Fault((edit,), NAMES, (one.span.start,), is_pair=True)


def wrong_returned(sample: Sample) -> Iterator[Fault]:
    """The node before the last is returned, where it is of the same type and shape."""
    for harness in sample.harnesses:
        nodes = [each for each in harness.body if isinstance(each, tree.Node)]
        alike = len(nodes) > 1 and all(each.annotation is not None for each in nodes[-2:])
        assert harness.returned is not None
        if alike and nodes[-1].name.text == harness.returned.text:
            written = {
                re.sub(r"\s", "", sample.written(each.annotation.span)) for each in nodes[-2:] if each.annotation
            }
            is_made_of = re.search(rf"\b{nodes[-2].name.text}\b", sample.written(nodes[-1].value.span))
            if len(written) == 1 and is_made_of:
                edit = Edit(*harness.returned.span, nodes[-2].name.text)
                yield Fault((edit,), (*NAMES, "HG5"), (nodes[-1].span.start,), is_pair=True)


# Training data


def _data_lines(sample: Sample) -> Iterator[tuple[str, int, int, dict[str, object]]]:
    """Each line of the data of a file: the file, where it begins and ends, and what it holds."""
    for item in sample.tree.items:
        for setting in item.settings if isinstance(item, tree.Train) else ():
            if isinstance(setting.value, tree.Load):
                name, start = setting.value.path.text, 0
                for line in sample.beside(name).splitlines(keepends=True):
                    yield name, start, start + len(line.rstrip("\n")), json.loads(line)
                    start += len(line)


def data_name(sample: Sample) -> Iterator[Fault]:
    for file, start, end, line in _data_lines(sample):
        changed = {misspelt(name) if i == 0 else name: value for i, (name, value) in enumerate(line.items())}
        yield Fault((Edit(start, end, json.dumps(changed)),), CONTRACTS, file=file)


def data_without_input(sample: Sample) -> Iterator[Fault]:
    for file, start, end, line in _data_lines(sample):
        changed = {name: value for name, value in line.items() if name in ("expected", "at")}
        yield Fault((Edit(start, end, json.dumps(changed)),), CONTRACTS, file=file)


def data_without_expected(sample: Sample) -> Iterator[Fault]:
    for file, start, end, line in _data_lines(sample):
        changed = {name: value for name, value in line.items() if name not in ("expected", "at")}
        yield Fault((Edit(start, end, json.dumps(changed)),), CONTRACTS, file=file)


def data_path(sample: Sample) -> Iterator[Fault]:
    for file, start, end, line in _data_lines(sample):
        yield Fault((Edit(start, end, json.dumps(line | {"at": {"no_such_node": "text"}})),), CONTRACTS, file=file)


def data_shape(sample: Sample) -> Iterator[Fault]:
    for file, start, end, line in _data_lines(sample):
        yield Fault((Edit(start, end, json.dumps(line | {"expected": [["a"], ["b"]]})),), CONTRACTS, file=file)


def data_kind(sample: Sample) -> Iterator[Fault]:
    for file, start, end, line in _data_lines(sample):
        yield Fault((Edit(start, end, json.dumps(line | {"expected": 3})),), ("HG8",), file=file)


HABIT_FAULTS = (
    *(colon_for_equals, thin_arrow, let_before_node, import_for_use, function_for_harness, slashes_for_comment),
    *(fences_around, nothing_for_option, list_for_text, swapped_inputs, row_of_four, missing_dim),
    *(missing_definition, misspelt_definition, name_taken, wrong_returned),
    *(data_name, data_without_input, data_without_expected, data_path, data_shape, data_kind),
)
