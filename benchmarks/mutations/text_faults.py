"""Faults of syntax and of names: brackets, quotes, words, misspellings, what is defined twice or too late."""

import re
from collections.abc import Iterator

from benchmarks.mutations.sample import Edit, Fault, Sample
from hdsl.syntax import tree

SYNTAX, NAMES = ("HG0",), ("HG1",)


def misspelt(name: str) -> str:
    """A name with two of its letters swapped, or one doubled."""
    base, _, last = name.rpartition(".")
    at = len(last) // 2
    swapped = last[: at - 1] + last[at] + last[at - 1] + last[at + 1 :] if len(last) > 2 else last
    wrong = swapped if swapped != last else last + last[-1]
    return f"{base}.{wrong}" if base else wrong


def respelt(name: tree.Name) -> Edit:
    return Edit(name.span.start, name.span.end, misspelt(name.text))


def lines_of(sample: Sample, span: tree.Span) -> tuple[int, ...]:
    """A place on each line of a range."""
    return (span.start, *(span.start + found.end() for found in re.finditer("\n", sample.written(span))))


def whole_line(sample: Sample, span: tree.Span) -> Edit:
    """Takes a statement with its line away."""
    start = sample.text.rfind("\n", 0, span.start) + 1
    return Edit(start, sample.text.find("\n", span.end) + 1, "")


# Syntax


def unclosed_call(sample: Sample) -> Iterator[Fault]:
    for _, node, call in sample.calls:
        yield Fault((Edit(call.span.end - 1, call.span.end, ""),), SYNTAX, lines_of(sample, node.span))


def unclosed_text(sample: Sample) -> Iterator[Fault]:
    for _, node, call in sample.calls:
        for option in call.arguments:
            if isinstance(option, tree.Option) and isinstance(option.value, tree.Text):
                end = option.value.span.end
                yield Fault((Edit(end - 1, end, ""),), SYNTAX, lines_of(sample, node.span))


def missing_equals(sample: Sample) -> Iterator[Fault]:
    for _, node in sample.nodes:
        at = sample.text.rindex("=", node.span.start, node.value.span.start)
        yield Fault((Edit(at, at + 1, ""),), SYNTAX, (node.span.start,))


def missing_colon(sample: Sample) -> Iterator[Fault]:
    for _, node in sample.nodes:
        yield Fault((Edit(node.name.span.end, node.name.span.end + 1, ""),), SYNTAX)


def missing_arrow(sample: Sample) -> Iterator[Fault]:
    for harness in sample.harnesses:
        at = sample.text.rindex("->", harness.span.start, harness.result.span.start)
        yield Fault((Edit(at, at + 2, ""),), SYNTAX, (harness.result.span.start,))


def missing_return(sample: Sample) -> Iterator[Fault]:
    for harness in sample.harnesses:
        assert harness.returned is not None
        edit = whole_line(sample, harness.returned.span)
        yield Fault((edit,), SYNTAX, (harness.name.span.start, harness.span.end - 1))


def semicolon(sample: Sample) -> Iterator[Fault]:
    for _, node in sample.nodes:
        yield Fault((Edit(node.span.end, node.span.end, ";"),), SYNTAX)


def single_quotes(sample: Sample) -> Iterator[Fault]:
    for _, _, call in sample.calls:
        for option in call.arguments:
            if isinstance(option, tree.Option) and isinstance(option.value, tree.Text):
                written = sample.written(option.value.span)
                if "'" not in written and "\\" not in written:
                    span = option.value.span
                    yield Fault((Edit(span.start, span.end, f"'{written[1:-1]}'"),), SYNTAX)


def missing_version(sample: Sample) -> Iterator[Fault]:
    edit = Edit(0, sample.text.index("\n") + 1, "")
    yield Fault(
        (edit,), SYNTAX, (edit.end, re.search(r"^\w", sample.text[edit.end :], re.MULTILINE).start() + edit.end)
    )  # type: ignore[union-attr]


def missing_comma(sample: Sample) -> Iterator[Fault]:
    for _, node, call in sample.calls:
        if len(call.arguments) > 1:
            at = sample.text.index(",", call.arguments[0].span.end)
            yield Fault((Edit(at, at + 1, ""),), SYNTAX, lines_of(sample, node.span))


def extra_bracket(sample: Sample) -> Iterator[Fault]:
    for _, _, call in sample.calls:
        yield Fault((Edit(call.span.end, call.span.end, ")"),), SYNTAX)


def operator(sample: Sample) -> Iterator[Fault]:
    for _, _, call in sample.calls:
        names = [each for each in call.arguments if isinstance(each, tree.Name)]
        if call.operation.text == "join" and len(names) > 1:
            yield Fault((Edit(call.span.start, call.span.end, f"{names[0].text} + {names[1].text}"),), SYNTAX)


def unclosed_harness(sample: Sample) -> Iterator[Fault]:
    for harness in sample.harnesses:
        end = harness.span.end
        opened = sample.text.index("{", harness.result.span.end)
        yield Fault((Edit(end - 1, end, ""),), SYNTAX, (harness.name.span.start, opened, end - 1))


def misspelt_keyword(sample: Sample) -> Iterator[Fault]:
    for harness in sample.harnesses:
        yield Fault((Edit(harness.span.start, harness.span.start + 7, "harnes"),), SYNTAX)


# Names


def misspelt_node(sample: Sample) -> Iterator[Fault]:
    for _, node in sample.nodes:
        if isinstance(node.value, tree.Call):
            names = [each for each in node.value.arguments if isinstance(each, tree.Name)]
            yield from (Fault((respelt(name),), _of(name)) for name in names if len(name.text) > 2)
        else:
            if isinstance(node.value, tree.Template):
                continue  # its holes have faults of their own
            first = node.value.condition if isinstance(node.value, tree.Switch) else node.value.source
            yield Fault((respelt(first),), _of(first))


def _of(name: tree.Name) -> tuple[str, ...]:
    """The families that may tell of a name: of a field its last part is wrong."""
    return (*NAMES, "HG3") if "." in name.text else NAMES


def misspelt_branch(sample: Sample) -> Iterator[Fault]:
    for _, node in sample.nodes:
        if isinstance(node.value, tree.Switch):
            names = [case.branch for case in node.value.cases if isinstance(case.branch, tree.Name)]
            yield from (Fault((respelt(name),), _of(name)) for name in names)


def misspelt_return(sample: Sample) -> Iterator[Fault]:
    for harness in sample.harnesses:
        assert harness.returned is not None
        yield Fault((respelt(harness.returned),), NAMES)


def misspelt_operation(sample: Sample) -> Iterator[Fault]:
    for _, _, call in sample.calls:
        yield Fault((respelt(call.operation),), NAMES)


def misspelt_type(sample: Sample) -> Iterator[Fault]:
    for _, node in sample.nodes:
        if node.annotation is not None:
            yield Fault((respelt(node.annotation.name),), NAMES)


def misspelt_input_type(sample: Sample) -> Iterator[Fault]:
    for harness in sample.harnesses:
        for parameter in harness.parameters:
            if isinstance(parameter.type, tree.TypeExpr):
                yield Fault((respelt(parameter.type.name),), NAMES)


def misspelt_module(sample: Sample) -> Iterator[Fault]:
    for item in sample.tree.items:
        if isinstance(item, tree.Use) and item.module is not None:
            yield Fault((respelt(item.module),), NAMES)


def missing_use(sample: Sample) -> Iterator[Fault]:
    for item in sample.tree.items:
        if isinstance(item, tree.Use) and item.module is not None:
            alias = (item.alias or item.module).text.rpartition(".")[2]
            uses = [found.start() for found in re.finditer(rf"\b{alias}\.", sample.text[item.span.end :])]
            places = tuple(item.span.end + use for use in uses)
            yield Fault((whole_line(sample, item.span),), NAMES, places)


def defined_twice(sample: Sample) -> Iterator[Fault]:
    for _, node in sample.nodes:
        yield Fault((Edit(node.span.end, node.span.end, "\n  " + sample.written(node.span)),), NAMES)


def used_too_early(sample: Sample) -> Iterator[Fault]:
    """A node moved behind the first that uses it."""
    for harness, node in sample.nodes:
        for _, user in sample.nodes:
            if user.span.start <= node.span.end or user.span.end > harness.span.end:
                continue
            found = re.search(rf"\b{node.name.text}\b", sample.written(user.value.span))
            if found is not None:
                moved = Edit(user.span.end, user.span.end, "\n  " + sample.written(node.span))
                yield Fault((whole_line(sample, node.span), moved), NAMES, (user.span.start,))
                break


def unused_node(sample: Sample) -> Iterator[Fault]:
    for harness in sample.harnesses:
        for parameter in harness.parameters:
            if isinstance(parameter.type, tree.TypeExpr) and parameter.type.name.text == "text":
                assert harness.returned is not None
                at = sample.text.rindex("\n", 0, harness.returned.span.start) + 1
                shape = sample.written(parameter.type.span)
                yield Fault((Edit(at, at, f"  spare: {shape} = first_line({parameter.name.text})\n"),), NAMES)
                break


def unused_input(sample: Sample) -> Iterator[Fault]:
    for harness in sample.harnesses:
        at = harness.parameters[0].name.span.start
        called = re.search(rf"[=.] *{harness.name.text}\(", sample.text)
        if called is None and sample.name != "lib/tones.hg" and not _is_trained(sample, harness):
            yield Fault((Edit(at, at, "nothing: text[1], "),), NAMES)


def _is_trained(sample: Sample, harness: tree.Harness) -> bool:
    trained = [item.harness.text for item in sample.tree.items if isinstance(item, tree.Train)]
    return harness.name.text in trained


def unknown_effect(sample: Sample) -> Iterator[Fault]:
    for item in sample.tree.items:
        if isinstance(item, tree.Operation):
            for effect in item.effects:
                start = sample.text.index(effect.name, effect.span.start)
                yield Fault((Edit(start, start + len(effect.name), misspelt(effect.name)),), NAMES)


def bad_entry(sample: Sample) -> Iterator[Fault]:
    for item in sample.tree.items:
        if isinstance(item, tree.Operation) and item.entry is not None:
            at = sample.text.index(":", item.entry.span.start)
            yield Fault((Edit(at, at + 1, "."),), NAMES)


TEXT_FAULTS = (
    *(unclosed_call, unclosed_text, missing_equals, missing_colon, missing_arrow, missing_return, semicolon),
    *(single_quotes, missing_version, missing_comma, extra_bracket, operator, unclosed_harness, misspelt_keyword),
    *(misspelt_node, misspelt_branch, misspelt_return, misspelt_operation, misspelt_type, misspelt_input_type),
    *(misspelt_module, missing_use, defined_twice, used_too_early, unused_node, unused_input, unknown_effect),
    bad_entry,
)
