"""Faults of calls, types, shapes, control, contracts and files."""

import json
from collections.abc import Iterator

from benchmarks.mutations.sample import Edit, Fault, Sample
from benchmarks.mutations.text_faults import lines_of, misspelt, respelt, whole_line
from hdsl.graph.typed import CallOf
from hdsl.syntax import tree

CALLS, TYPES, SHAPES, CONTROL, CONTRACTS, FILES = ("HG2",), ("HG3",), ("HG4",), ("HG6",), ("HG7",), ("HG8",)

FIXED = {"llm", "first_line", "expert", "until_match", "until_label", "gate", "write_file", "read_file", "payload"}
FIXED |= {"merge", "causal_mask", "attend", "terminal.capture", "terminal.send_text", "terminal.send_key"}
FIXED |= {"terminal.wait_idle", "terminal.until_idle", "terminal.speculate"}
"""Operations that take exactly so many inputs."""


def inputs_of(call: tree.Call) -> list[tree.Value]:
    return [each for each in call.arguments if not isinstance(each, tree.Option)]


def options_of(call: tree.Call) -> list[tree.Option]:
    return [each for each in call.arguments if isinstance(each, tree.Option)]


# Calls


def missing_input(sample: Sample) -> Iterator[Fault]:
    for _, node, call in sample.calls:
        given = inputs_of(call)
        if call.operation.text in FIXED and given:
            start = given[-2].span.end if len(given) > 1 else given[-1].span.start
            end = given[-1].span.end
            if len(given) == 1 and len(call.arguments) > 1:
                end = call.arguments[1].span.start
            yield Fault((Edit(start, end, ""),), CALLS, lines_of(sample, node.span))


def extra_input(sample: Sample) -> Iterator[Fault]:
    for _, node, call in sample.calls:
        given = inputs_of(call)
        if call.operation.text in FIXED and given:
            again = sample.written(given[0].span)
            yield Fault((Edit(given[-1].span.end, given[-1].span.end, f", {again}"),), CALLS, (node.span.start,))


def misspelt_option(sample: Sample) -> Iterator[Fault]:
    for _, _, call in sample.calls:
        yield from (Fault((respelt(option.name),), CALLS) for option in options_of(call))


def option_by_position(sample: Sample) -> Iterator[Fault]:
    for _, _, call in sample.calls:
        for option in options_of(call):
            if isinstance(option.value, tree.Text) and call.operation.text in FIXED:
                yield Fault((Edit(option.span.start, option.value.span.start, ""),), CALLS)


def wrong_literal(sample: Sample) -> Iterator[Fault]:
    for _, _, call in sample.calls:
        for option in options_of(call):
            if isinstance(option.value, tree.Number):
                text = f'"{sample.written(option.value.span)}"'
                yield Fault((Edit(option.value.span.start, option.value.span.end, text),), CALLS)


def option_out_of_range(sample: Sample) -> Iterator[Fault]:
    for _, _, call in sample.calls:
        for option in options_of(call):
            is_ranged = option.name.text in ("timeout", "seconds", "topk", "size", "lines", "code")
            if is_ranged and isinstance(option.value, tree.Number):
                yield Fault((Edit(option.value.span.start, option.value.span.end, "-2"),), CALLS)


def number_for_text(sample: Sample) -> Iterator[Fault]:
    for _, _, call in sample.calls:
        for option in options_of(call):
            if isinstance(option.value, tree.Text):
                yield Fault((Edit(option.value.span.start, option.value.span.end, "3"),), CALLS)


def option_twice(sample: Sample) -> Iterator[Fault]:
    for _, _, call in sample.calls:
        for option in options_of(call):
            yield Fault((Edit(option.span.end, option.span.end, ", " + sample.written(option.span)),), CALLS)


def nested_call(sample: Sample) -> Iterator[Fault]:
    """A node of one user, written into it."""
    for _, node, call in sample.calls:
        uses = [
            (user, name)
            for _, user in sample.nodes
            for name in _names(user.value)
            if name.text == node.name.text and user.span.start > node.span.end
        ]
        if len(uses) == 1 and isinstance(uses[0][0].value, tree.Call) and "\n" not in sample.written(call.span):
            name = uses[0][1]
            inside = Edit(name.span.start, name.span.end, sample.written(call.span))
            returned = [harness.returned.text for harness in sample.harnesses if harness.returned is not None]
            if node.name.text not in returned:
                yield Fault((whole_line(sample, node.span), inside), CALLS, (name.span.start,))


def _names(value: tree.Expression) -> list[tree.Name]:
    match value:
        case tree.Call():
            return [each for each in value.arguments if isinstance(each, tree.Name)]
        case tree.Switch():
            branches = (case.branch for case in value.cases)
            return [value.condition, *(each for each in branches if isinstance(each, tree.Name))]
        case _:
            return [] if isinstance(value, tree.Template) else [value.source]


def input_by_name(sample: Sample) -> Iterator[Fault]:
    for _, _, call in sample.calls:
        if call.operation.text in ("llm", "expert"):
            at = inputs_of(call)[0].span.start
            if len(inputs_of(call)) == 1:
                yield Fault((Edit(at, at, "input="),), CALLS)


# Types


def text_for_session(sample: Sample) -> Iterator[Fault]:
    for harness, _, call in sample.calls:
        texts = [each.name.text for each in harness.parameters if _kind(each) == "text"]
        given = inputs_of(call)
        if call.operation.text.startswith("terminal.") and given and texts and call.operation.text in FIXED:
            last = given[-1]
            if call.operation.text != "terminal.speculate":
                yield Fault((Edit(last.span.start, last.span.end, texts[0]),), TYPES)


def session_for_text(sample: Sample) -> Iterator[Fault]:
    for harness, _, call in sample.calls:
        shells = [each.name.text for each in harness.parameters if _kind(each) == "session"]
        given = inputs_of(call)
        if call.operation.text in ("llm", "first_line", "until_match", "join") and shells:
            yield Fault((Edit(given[0].span.start, given[0].span.end, shells[0]),), TYPES)


def _kind(parameter: tree.Parameter) -> str:
    return parameter.type.name.text if isinstance(parameter.type, tree.TypeExpr) else ""


def _experiences(sample: Sample) -> list[tree.Experience]:
    return [item for item in sample.tree.items if isinstance(item, tree.Experience)]


def other_experience(sample: Sample) -> Iterator[Fault]:
    """An expert asked with an experience of other keys."""
    known = {each.name.text: each for each in _experiences(sample)}
    for _, _, call in sample.calls:
        for given in inputs_of(call):
            mine = known.get(given.text) if isinstance(given, tree.Name) else None
            for other in known.values() if mine is not None else ():
                if mine is not None and other.key.name.text != mine.key.name.text:
                    yield Fault((Edit(given.span.start, given.span.end, other.name.text),), TYPES)


def text_for_experience(sample: Sample) -> Iterator[Fault]:
    for _, _, call in sample.calls:
        given = inputs_of(call)
        if call.operation.text == "expert":
            again = sample.written(given[0].span)
            yield Fault((Edit(given[1].span.start, given[1].span.end, again),), TYPES)


def value_of_no_label(sample: Sample) -> Iterator[Fault]:
    labelled = [item.name.text for item in sample.tree.items if isinstance(item, tree.TypeDeclaration)]
    for experience in _experiences(sample):
        if isinstance(experience.source, tree.Rows) and experience.value.name.text.rpartition(".")[2] in labelled:
            for row in experience.source.rows:
                span = row.values[2].span
                yield Fault((Edit(span.start, span.end, '"whatever"'),), TYPES)


def row_of_two(sample: Sample) -> Iterator[Fault]:
    for experience in _experiences(sample):
        if isinstance(experience.source, tree.Rows):
            for row in experience.source.rows:
                yield Fault((Edit(row.values[1].span.end, row.values[2].span.end, ""),), TYPES)


def label_twice(sample: Sample) -> Iterator[Fault]:
    for item in sample.tree.items:
        if isinstance(item, tree.TypeDeclaration):
            label = item.labels[0]
            yield Fault((Edit(label.span.end, label.span.end, f",\n  {sample.written(label.span)}"),), TYPES)


def longer_label(sample: Sample) -> Iterator[Fault]:
    """A label that begins with another which ends in a colon."""
    for item in sample.tree.items:
        if isinstance(item, tree.TypeDeclaration):
            for label in item.labels:
                if label.text.text.endswith(":"):
                    added = f',\n  "{label.text.text}more": "and more"'
                    yield Fault((Edit(label.span.end, label.span.end, added),), TYPES, (label.span.start,))


def wrong_label(sample: Sample) -> Iterator[Fault]:
    for _, _, call in sample.calls:
        if call.operation.text == "until_label":
            span = inputs_of(call)[1].span
            yield Fault((Edit(span.start, span.end, '"accepted"'),), TYPES)


# Shapes


def unfitting_expand(sample: Sample) -> Iterator[Fault]:
    for _, _, call in sample.calls:
        for option in options_of(call):
            is_expand = call.operation.text == "expand" and isinstance(option.value, tree.ListValue)
            if is_expand and len(option.value.items) > 1:  # type: ignore[union-attr]
                yield Fault((Edit(option.value.span.start, option.value.span.end, "[]"),), SHAPES)


def outer_for_inner(sample: Sample) -> Iterator[Fault]:
    """What stands outside of a loop, beside inputs of its turns."""
    for harness, node, call in sample.calls:
        if call.operation.text != "expand":
            continue
        outer, inner = inputs_of(call)[0], node.name.text
        for owner, _, user in sample.calls:
            given = [each for each in inputs_of(user) if isinstance(each, tree.Name)]
            if owner is harness and len(given) > 1 and user.operation.text in FIXED | {"sequential", "join"}:
                for each in given:
                    if each.text == inner:
                        yield Fault((Edit(each.span.start, each.span.end, sample.written(outer.span)),), SHAPES)


def index_out_of_range(sample: Sample) -> Iterator[Fault]:
    for _, node in sample.nodes:
        if isinstance(node.value, tree.Index):
            for item in node.value.items:
                if isinstance(item, tree.IndexAt):
                    yield Fault((Edit(item.span.start, item.span.end, "9"),), SHAPES)


def too_many_indices(sample: Sample) -> Iterator[Fault]:
    for _, node in sample.nodes:
        if isinstance(node.value, tree.Index):
            at = node.value.span.end - 1
            yield Fault((Edit(at, at, ", 0, 0, 0, 0"),), SHAPES)


def missing_shape(sample: Sample) -> Iterator[Fault]:
    for _, node in sample.nodes:
        if node.annotation is not None:
            yield Fault((Edit(node.annotation.name.span.end, node.annotation.span.end, ""),), SHAPES)


# Control


def missing_case(sample: Sample) -> Iterator[Fault]:
    for _, node in sample.nodes:
        if isinstance(node.value, tree.Switch):
            last, before = node.value.cases[-1], node.value.cases[-2]
            edit = Edit(before.span.end, last.span.end, "")
            yield Fault((edit,), CONTROL, lines_of(sample, node.span))


def case_twice(sample: Sample) -> Iterator[Fault]:
    for _, node in sample.nodes:
        if isinstance(node.value, tree.Switch):
            case = node.value.cases[0]
            yield Fault((Edit(case.span.end, case.span.end, ", " + sample.written(case.span)),), CONTROL)


def misspelt_case(sample: Sample) -> Iterator[Fault]:
    for _, node in sample.nodes:
        if isinstance(node.value, tree.Switch):
            for case in node.value.cases:
                if case.label is not None:
                    span = case.label.span
                    wrong = misspelt(case.label.text.rstrip(":")) + (":" if case.label.text.endswith(":") else "")
                    yield Fault((Edit(span.start, span.end, f'"{wrong}"'),), CONTROL)


def recursion(sample: Sample) -> Iterator[Fault]:
    for harness, node, call in sample.calls:
        kinds = [_kind(each) for each in harness.parameters]
        alone = [each for each in harness.parameters if each.default is None]
        if call.operation.text == "llm" and len(alone) == 1 and kinds[0] == "text" and node.annotation is not None:
            own = sample.written(alone[0].type.span) if isinstance(alone[0].type, tree.TypeExpr) else ""
            if sample.written(node.annotation.span) == own == sample.written(harness.result.span):
                text = f"{harness.name.text}({sample.written(inputs_of(call)[0].span)})"
                yield Fault((Edit(call.span.start, call.span.end, text),), CONTROL, (harness.name.span.start,))


# Contracts


def wrong_shape_written(sample: Sample) -> Iterator[Fault]:
    for _, node in sample.nodes:
        if node.annotation is not None and node.annotation.dims:
            first = node.annotation.dims[0].span
            yield Fault((Edit(first.start, first.end, "7"),), CONTRACTS)


def wrong_type_written(sample: Sample) -> Iterator[Fault]:
    declared = [item.name.text for item in sample.tree.items if isinstance(item, tree.TypeDeclaration)]
    for harness, node in sample.nodes:
        if node.annotation is not None and not _is_of_any_type(sample, harness, node):
            name = node.annotation.name
            other = declared[:1] if name.text == "text" else ["text"]
            if name.text in ("text", *declared) and other:
                yield Fault((Edit(name.span.start, name.span.end, other[0]),), CONTRACTS)


def _is_of_any_type(sample: Sample, harness: tree.Harness, node: tree.Node) -> bool:
    """Whether a node is of the type that is written of it, so that no other one is wrong."""
    typed = next(each for each in sample.module.harnesses[harness.name.text].nodes if each.name == node.name.text)
    return isinstance(typed.value, CallOf) and typed.value.signature.is_of_any_type


def missing_annotation(sample: Sample) -> Iterator[Fault]:
    for _, node in sample.nodes:
        if node.annotation is not None:
            yield Fault((Edit(node.name.span.end, node.annotation.span.end, ""),), CONTRACTS)


def wrong_result(sample: Sample) -> Iterator[Fault]:
    for harness in sample.harnesses:
        if f"{harness.name.text}(" not in sample.text[harness.span.end :] and harness.result.dims:
            first = harness.result.dims[0].span
            if not any(isinstance(item, tree.Train) for item in sample.tree.items):
                assert harness.returned is not None
                place = harness.returned.span.start
                yield Fault((Edit(first.start, first.end, "7"),), CONTRACTS, (place,), is_pair=True)


def unknown_trained(sample: Sample) -> Iterator[Fault]:
    for item in sample.tree.items:
        if isinstance(item, tree.Train):
            yield Fault((respelt(item.harness),), CONTRACTS)


def no_expectation(sample: Sample) -> Iterator[Fault]:
    for item in sample.tree.items:
        if isinstance(item, tree.Test):
            gone = [whole_line(sample, each.span) for each in item.statements if isinstance(each, tree.Expect)]
            yield Fault(tuple(gone), CONTRACTS, (item.name.span.start,))


def unknown_version(sample: Sample) -> Iterator[Fault]:
    yield Fault((Edit(5, 6, "9"),), CONTRACTS)


def bad_budget(sample: Sample) -> Iterator[Fault]:
    for harness in sample.harnesses:
        for statement in harness.body:
            if isinstance(statement, tree.Budget):
                span = statement.options[0].value.span
                yield Fault((Edit(span.start, span.end, "-1"),), CONTRACTS)


# Files


def _loads(sample: Sample) -> Iterator[tree.Load]:
    for item in sample.tree.items:
        if isinstance(item, tree.Experience) and isinstance(item.source, tree.Load):
            yield item.source
        if isinstance(item, tree.Train):
            yield from (each.value for each in item.settings if isinstance(each.value, tree.Load))


def missing_file(sample: Sample) -> Iterator[Fault]:
    for load in _loads(sample):
        stem, _, ending = load.path.text.rpartition(".")
        span = load.path.span
        yield Fault((Edit(span.start, span.end, f'"{misspelt(stem)}.{ending}"'),), FILES)


def missing_module_file(sample: Sample) -> Iterator[Fault]:
    for item in sample.tree.items:
        if isinstance(item, tree.Use) and item.path is not None:
            span = item.path.span
            yield Fault((Edit(span.start, span.end, '"lib/tone.hg"'),), FILES)


def broken_data(sample: Sample) -> Iterator[Fault]:
    for load in _loads(sample):
        if load.path.text.endswith(".jsonl"):
            end = sample.beside(load.path.text).index("\n")
            yield Fault((Edit(end - 1, end, ""),), FILES, file=load.path.text)


def missing_column(sample: Sample) -> Iterator[Fault]:
    for load in _loads(sample):
        if load.path.text.endswith(".jsonl"):
            text = sample.beside(load.path.text)
            first = text.partition("\n")[0]
            row = json.loads(first)
            if "value" in row:
                row.pop("value")
                yield Fault((Edit(0, len(first), json.dumps(row)),), FILES, file=load.path.text)


USE_FAULTS = (
    *(
        missing_input,
        extra_input,
        misspelt_option,
        option_by_position,
        wrong_literal,
        option_out_of_range,
        number_for_text,
        option_twice,
        nested_call,
    ),
    *(input_by_name, text_for_session, session_for_text, other_experience, text_for_experience, value_of_no_label),
    *(row_of_two, label_twice, longer_label, wrong_label, unfitting_expand, outer_for_inner, index_out_of_range),
    *(too_many_indices, missing_shape, missing_case, case_twice, misspelt_case, recursion, wrong_shape_written),
    *(wrong_type_written, missing_annotation, wrong_result, unknown_trained, no_expectation, unknown_version),
    *(bad_budget, missing_file, missing_module_file, broken_data, missing_column),
)
