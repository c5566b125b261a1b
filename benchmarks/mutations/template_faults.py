"""Faults of templates: holes, their shapes and types, braces, constants, quotes."""

from collections.abc import Iterator

from benchmarks.mutations.sample import Edit, Fault, Sample
from benchmarks.mutations.text_faults import SYNTAX, misspelt
from hdsl.graph.typed import TypedNode
from hdsl.syntax import tree

NAMES, TYPES, SHAPES = ("HG1",), ("HG3",), ("HG4",)


def templates(sample: Sample) -> Iterator[tuple[tree.Harness, tree.Node, tree.Template]]:
    """Every text that is a node or a branch."""
    for harness, node in sample.nodes:
        if isinstance(node.value, tree.Template):
            yield harness, node, node.value
        elif isinstance(node.value, tree.Switch):
            yield from (
                (harness, node, case.branch) for case in node.value.cases if isinstance(case.branch, tree.Template)
            )


def holes(sample: Sample) -> Iterator[tuple[tree.Harness, tree.Node, tree.Hole]]:
    for harness, node, template in templates(sample):
        yield from ((harness, node, hole) for hole in template.holes)


def _typed(sample: Sample, harness: tree.Harness) -> dict[str, TypedNode]:
    return {node.name: node for node in sample.module.harnesses[harness.name.text].nodes}


def misspelt_hole(sample: Sample) -> Iterator[Fault]:
    for _, _, hole in holes(sample):
        if len(hole.name.text) > 1:
            yield Fault((Edit(hole.name.span.start, hole.name.span.end, misspelt(hole.name.text)),), NAMES)


def hole_of_nothing(sample: Sample) -> Iterator[Fault]:
    for _, _, hole in holes(sample):
        yield Fault((Edit(hole.name.span.start, hole.name.span.end, "somebody_else"),), NAMES)


def hole_of_what_is_below(sample: Sample) -> Iterator[Fault]:
    for harness, node, hole in holes(sample):
        below = [each for each in harness.body if isinstance(each, tree.Node) and each.span.start > node.span.start]
        for each in below:
            yield Fault((Edit(hole.name.span.start, hole.name.span.end, each.name.text),), NAMES, (each.span.start,))


def hole_of_another_shape(sample: Sample) -> Iterator[Fault]:
    for harness, node, hole in holes(sample):
        typed = _typed(sample, harness)
        for each in typed.values():
            if (
                each.type.kind == "text"
                and each.span.end < node.span.start
                and each.shape != typed[node.name.text].shape
            ):
                yield Fault((Edit(hole.name.span.start, hole.name.span.end, each.name),), ("HG4", "HG702"))


def hole_of_a_session(sample: Sample) -> Iterator[Fault]:
    for harness, _, hole in holes(sample):
        for parameter in harness.parameters:
            kind = parameter.type
            if isinstance(kind, tree.TypeExpr) and kind.name.text == "session":
                yield Fault((Edit(hole.name.span.start, hole.name.span.end, parameter.name.text),), TYPES)


def hole_with_an_index(sample: Sample) -> Iterator[Fault]:
    for _, _, hole in holes(sample):
        yield Fault((Edit(hole.name.span.end, hole.name.span.end, "[0]"),), NAMES)


def hole_with_a_format(sample: Sample) -> Iterator[Fault]:
    for _, _, hole in holes(sample):
        yield Fault((Edit(hole.name.span.end, hole.name.span.end, "!r"),), NAMES)


def two_braces(sample: Sample) -> Iterator[Fault]:
    for _, _, hole in holes(sample):
        edits = (Edit(hole.span.start, hole.span.start, "{"), Edit(hole.span.end, hole.span.end, "}"))
        yield Fault(edits, NAMES)


def brace_without_its_backslash(sample: Sample) -> Iterator[Fault]:
    for _, _, template in templates(sample):
        at = sample.text.find("\\{", template.span.start, template.span.end)
        if at >= 0:
            yield Fault((Edit(at, at + 1, ""),), NAMES)


def template_without_its_end(sample: Sample) -> Iterator[Fault]:
    for _, node, template in templates(sample):
        if not sample.written(template.span).startswith('"""'):
            yield Fault((Edit(template.span.end - 1, template.span.end, ""),), SYNTAX, (node.span.start,))


def constant_without_its_shape(sample: Sample) -> Iterator[Fault]:
    for _, node, template in templates(sample):
        if not template.holes and node.value is template and node.annotation is not None:
            yield Fault((Edit(node.name.span.end, node.annotation.span.end, ""),), SHAPES)


def constant_of_no_label(sample: Sample) -> Iterator[Fault]:
    for _, node, template in templates(sample):
        if node.value is template and node.annotation is not None and node.annotation.name.text != "text":
            yield Fault((Edit(template.span.start, template.span.end, '"somewhat"'),), TYPES)


def template_in_a_call(sample: Sample) -> Iterator[Fault]:
    """The text where it is used, in place of a node."""
    for harness, node, template in templates(sample):
        users = [each for each in harness.body if isinstance(each, tree.Node) and isinstance(each.value, tree.Call)]
        for user in users if node.value is template and template.holes else ():
            assert isinstance(user.value, tree.Call)
            for argument in user.value.arguments:
                if isinstance(argument, tree.Name) and argument.text == node.name.text:
                    start = sample.text.rfind("\n", 0, node.span.start) + 1
                    end = sample.text.find("\n", node.span.end) + 1
                    written = sample.written(template.span)
                    if "\n" not in written and "\\{" not in written:
                        edits = (Edit(start, end, ""), Edit(argument.span.start, argument.span.end, written))
                        yield Fault(edits, NAMES)


TEMPLATE_FAULTS = (
    misspelt_hole,
    hole_of_nothing,
    hole_of_what_is_below,
    hole_of_another_shape,
    hole_of_a_session,
    hole_with_an_index,
    hole_with_a_format,
    two_braces,
    brace_without_its_backslash,
    template_without_its_end,
    constant_without_its_shape,
    constant_of_no_label,
    template_in_a_call,
)
